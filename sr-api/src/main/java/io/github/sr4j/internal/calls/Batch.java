// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import static com.google.common.base.Throwables.throwIfUnchecked;

import com.google.common.util.concurrent.Futures;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.ProgressListener.Progress;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.util.MemoryShortage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A batch of image files: two at a time, so that one is decoded or encoded while the network works
 * on the other. A file that fails for lack of memory is tried again while no other is in work, so
 * that it is not the other's size that fails it. Used by one call.
 */
public final class Batch {

  private static final int FILES_AT_A_TIME = 2;

  /** The enlarging of a file. */
  public interface FileTask {

    /** Enlarges a file. */
    void run(Path source, Path target, UpscaleOptions options) throws IOException;
  }

  private final FileTask task;
  private final UpscaleOptions options;
  private final Object listening = new Object();
  private final Semaphore places = new Semaphore(FILES_AT_A_TIME);
  private final ReadWriteLock inWork = new ReentrantReadWriteLock(/* fair= */ true);
  private final AtomicReference<@Nullable Throwable> end = new AtomicReference<>(); // of the batch
  private final ExecutorService workers =
      Executors.newFixedThreadPool(
          FILES_AT_A_TIME,
          work -> {
            Thread thread = new Thread(work, "sr4j-batch");
            thread.setDaemon(true);
            return thread;
          });

  /** Prepares a batch. */
  public Batch(FileTask task, UpscaleOptions options) {
    this.task = task;
    this.options = options;
  }

  /** Does what {@link Upscaler#upscaleAll} says. */
  public Upscaler.BatchReport run(Stream<Path> sources, UnaryOperator<Path> target) {
    List<Future<Upscaler.BatchReport.Item>> items = new ArrayList<>();
    try (sources) {
      Set<Path> targets = new HashSet<>();
      Iterator<Path> paths = sources.iterator();
      while (end.get() == null && paths.hasNext()) {
        Path source = paths.next();
        Path to = target.apply(source);
        boolean isFirst = targets.add(to.toAbsolutePath().normalize());
        places.acquire();
        items.add(workers.submit(() -> inPlace(source, to, isFirst)));
      }
      places.acquire(FILES_AT_A_TIME); // all are done
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      endWith(cancelled(e));
    } catch (RejectedExecutionException e) {
      endWith(e); // too late: it has ended otherwise
    } finally {
      workers.shutdownNow();
      awaitEnd();
    }
    Throwable failure = end.get();
    if (failure != null) {
      throwIfUnchecked(failure);
      throw new SuperResolutionException("the batch has ended: " + failure.getMessage(), failure);
    }
    return new Upscaler.BatchReport(items.stream().map(Futures::getUnchecked).toList());
  }

  private static CancellationException cancelled(InterruptedException e) {
    CancellationException cancelled = new CancellationException("interrupted during a batch");
    cancelled.initCause(e);
    return cancelled;
  }

  /** Ends the batch, if nothing else has done so before. */
  private void endWith(Throwable failure) {
    if (end.compareAndSet(null, failure)) {
      workers.shutdownNow();
    }
  }

  private void awaitEnd() {
    boolean isInterrupted = false;
    boolean isOver = false;
    while (!isOver) {
      try {
        isOver = workers.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        isInterrupted = true;
        workers.shutdownNow();
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Upscaler.BatchReport.Item inPlace(Path source, Path to, boolean isFirst) {
    try {
      Upscaler.BatchReport.Item item = item(source, to, isFirst);
      options.listener().ifPresent(listener -> tell(() -> listener.finished(item)));
      return item;
    } catch (Throwable e) {
      endWith(e);
      throw e;
    } finally {
      places.release();
    }
  }

  private Upscaler.BatchReport.Item item(Path source, Path to, boolean isFirst) {
    long begin = System.nanoTime();
    boolean isSkipped = isFirst && options.skipsExisting() && Files.exists(to);
    Optional<Exception> failure = Optional.empty();
    Set<String> notes = new LinkedHashSet<>(); // once each, though a file may be begun twice
    if (!isSkipped) {
      failure = isFirst ? enlarge(source, to, notes) : Optional.of(sameTarget(to));
    }
    return new Upscaler.BatchReport.Item(
        source,
        to,
        isSkipped,
        failure,
        Duration.ofNanos(System.nanoTime() - begin),
        List.copyOf(notes));
  }

  private static IllegalArgumentException sameTarget(Path target) {
    return new IllegalArgumentException(
        String.format("target must differ from those of other sources, but was %s", target));
  }

  private Optional<Exception> enlarge(Path source, Path to, Set<String> notes) {
    Optional<Exception> failure = enlarge(source, to, notes, inWork.readLock());
    return failure.filter(MemoryShortage::isCauseOf).isPresent()
        ? enlarge(source, to, notes, inWork.writeLock())
        : failure;
  }

  /** Enlarges a file; whatever fails is the failure of that file, unless it ends the batch. */
  private Optional<Exception> enlarge(Path source, Path to, Set<String> notes, Lock place) {
    try {
      place.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled(e);
    }
    try {
      task.run(source, to, options(source, notes));
      return Optional.empty();
    } catch (CancellationException e) {
      if (Deadline.isCauseOf(e)) { // of this file alone
        return Optional.of(e);
      }
      throw e;
    } catch (ThreadDeath e) {
      throw e;
    } catch (Throwable e) {
      if (end.get() != null) { // the listener may have thrown it
        throw new CancellationException("the batch has ended");
      }
      return Optional.of(e instanceof Exception exception ? exception : explained(source, e));
    } finally {
      place.unlock();
    }
  }

  private static Exception explained(Path source, Throwable error) {
    return MemoryShortage.isCauseOf(error)
        ? MemoryShortage.ofEnlarging(source, error)
        : new SuperResolutionException(
            String.format("%s: cannot be enlarged: %s", source, error.getMessage()), error);
  }

  /** Returns the options for a file, of which the listener is told. */
  private UpscaleOptions options(Path source, Set<String> notes) {
    return options.listener(
        new ProgressListener() {
          @Override
          public void progressed(Progress progress) {
            options.listener().ifPresent(listener -> tell(listener, progress, source));
          }

          @Override
          public void noted(String note) {
            notes.add(note);
          }
        });
  }

  private void tell(ProgressListener listener, Progress progress, Path source) {
    tell(
        () ->
            listener.progressed(
                new Progress(
                    progress.tilesDone(),
                    progress.tiles(),
                    progress.elapsed(),
                    Optional.of(source))));
  }

  /** Tells the listener one thing at a time; what it throws ends the batch. */
  private void tell(Runnable news) {
    synchronized (listening) {
      try {
        news.run();
      } catch (Throwable e) {
        endWith(e);
        throw e;
      }
    }
  }
}
