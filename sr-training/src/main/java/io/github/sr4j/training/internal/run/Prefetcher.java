// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.sr4j.spi.PatchBatch;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The batches of a source in order, made ahead by other threads so that training does not wait for
 * them.
 *
 * <p>It begins with one thread: cutting a batch takes a small part of the time of a step, and every
 * further busy thread slows an engine that works on all cores. Whenever the caller has waited for
 * more than a twentieth of the time, as where patches are degraded or images decoded for each
 * batch, another one is added, up to the number of processors. Batches are the same for any number.
 *
 * <p>Confined to one thread; {@link #close} ends the others.
 */
public final class Prefetcher implements AutoCloseable {

  private static final int AHEAD = 4; // for one thread: hides a pause of three steps
  private static final int WINDOW = 8; // batches after which it is seen whether threads are enough
  private static final int MIN_RATIO =
      20; // of the time of a window to the part of it that was waited

  private final PatchBatch.Source source;
  private final ThreadPoolExecutor workers;
  private final int maxWorkers;
  private final ArrayDeque<Future<PatchBatch>> pending = new ArrayDeque<>();
  private final long end;
  private final Ticker ticker;
  private long requested;
  private long waited; // nanoseconds
  private long windowStart; // nanoseconds
  private long windowWaited;
  private int inWindow = -1; // the first batch always waits and is not counted

  /** Makes the batches from {@code first} to {@code end}, exclusive. */
  public Prefetcher(PatchBatch.Source source, long first, long end) {
    this(source, first, end, Runtime.getRuntime().availableProcessors(), Ticker.systemTicker());
  }

  Prefetcher(PatchBatch.Source source, long first, long end, int maxWorkers, Ticker ticker) {
    this.source = source;
    this.requested = first;
    this.end = end;
    this.ticker = ticker;
    this.maxWorkers = maxWorkers;
    this.workers =
        new ThreadPoolExecutor(
            1,
            maxWorkers,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat("sr4j-patches-%d").setDaemon(true).build());
  }

  /**
   * Returns the next batch.
   *
   * @throws InterruptedIOException if the thread is interrupted meanwhile; it stays interrupted
   */
  public PatchBatch next() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted between two steps");
    }
    while (pending.size() < AHEAD * workers.getCorePoolSize() && requested < end) {
      long number = requested++;
      pending.add(workers.submit(() -> source.batch(number)));
    }
    long start = ticker.read();
    try {
      return pending.remove().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a batch");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the source of patches failed", e.getCause());
    } finally {
      waited += ticker.read() - start;
      addWorkerIfNeeded();
    }
  }

  private void addWorkerIfNeeded() {
    inWindow++;
    if (inWindow > 0 && inWindow < WINDOW) {
      return;
    }
    long now = ticker.read();
    boolean isEnough = inWindow == 0 || (waited - windowWaited) * MIN_RATIO <= now - windowStart;
    if (!isEnough && workers.getCorePoolSize() < maxWorkers) {
      workers.setCorePoolSize(workers.getCorePoolSize() + 1);
    }
    windowStart = now;
    windowWaited = waited;
    inWindow = 0;
  }

  /** Returns for how long {@link #next} has waited for batches, all calls together. */
  public Duration waited() {
    return Duration.ofNanos(waited);
  }

  /** Returns the number of threads. */
  int workers() {
    return workers.getCorePoolSize();
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
