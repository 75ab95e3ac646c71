// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Calls that run on threads of their own, a limited number at a time, while a limited number waits.
 * The callbacks of their futures run on further threads, as many as are needed, so that a callback
 * may wait for another call, or on an executor of the program's. Safe for use by multiple threads.
 * All threads are daemons and end when they have been idle for a while.
 */
public final class Async implements AutoCloseable {

  /**
   * The bounds of the queue.
   *
   * @param calls that have not begun
   * @param pixels of the images in memory of these calls
   */
  public record Limits(int calls, long pixels) {

    /** No limits. */
    public static final Limits NONE = new Limits(Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  /** The running of tasks later. */
  interface Timer {

    /** Runs a task after a time. The result, if it is run before, prevents that. */
    Runnable schedule(Runnable task, Duration delay);
  }

  private interface Completion {

    /** Completes a future, and returns whether that was possible. */
    boolean run();
  }

  private static final long IDLE_SECONDS = 10;

  private final int threads;
  private final Limits limits;
  private final Optional<Executor> executor; // of the program
  private final Timer timer;
  private final ThreadPoolExecutor workers;
  private final ThreadPoolExecutor callbacks; // not shut down: the last calls end after close()
  private final Deque<Future<?>> waiting = new ArrayDeque<>(); // guarded by this
  private long waitingPixels; // guarded by this
  private int running; // handed to the workers and not ended; guarded by this
  private long refused; // guarded by this
  private long cancelled; // before they began; guarded by this

  /**
   * Creates a pool.
   *
   * @param threads how many calls run at a time
   * @param executor completes the futures; empty for threads of this
   */
  public Async(int threads, Limits limits, Optional<Executor> executor) {
    this(threads, limits, executor, timer());
  }

  Async(int threads, Limits limits, Optional<Executor> executor, Timer timer) {
    this.threads = threads;
    this.limits = limits;
    this.executor = executor;
    this.timer = timer;
    workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons(Worker::new));
    workers.allowCoreThreadTimeOut(true);
    callbacks =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            daemons(task -> new Thread(task, "sr4j-callback")));
  }

  private static Timer timer() {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(1, daemons(task -> new Thread(task, "sr4j-timeout")));
    thread.setRemoveOnCancelPolicy(true); // or a call that has ended would keep its image
    thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    thread.allowCoreThreadTimeOut(true);
    return (task, delay) -> {
      ScheduledFuture<?> scheduled =
          thread.schedule(task, TimeUnit.NANOSECONDS.convert(delay), TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    };
  }

  private static ThreadFactory daemons(ThreadFactory threads) {
    return task -> {
      Thread thread = threads.newThread(task);
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Runs a call on another thread.
   *
   * @param pixels of the image in memory that the call holds while it waits
   * @param timeout after which the call is cancelled, its waiting included
   * @return a future that, when cancelled with permission to interrupt, or completed by anyone but
   *     the call, interrupts the call; a call that had not begun is then never run. The futures
   *     that are derived from it do the same.
   * @throws RejectedExecutionException if too much waits
   */
  public <T> CompletableFuture<T> submit(
      Callable<T> call, long pixels, Optional<Duration> timeout) {
    Future<T> future = new Future<>(call, pixels);
    timeout.ifPresent(future::endAfter);
    try {
      enqueue(future);
    } catch (RejectedExecutionException e) {
      future.stopTimer.run();
      throw e;
    }
    return future;
  }

  private synchronized void enqueue(Future<?> future) {
    if (running < threads) {
      running++;
      workers.execute(future);
    } else {
      checkLimits(future.pixels);
      waiting.add(future);
      waitingPixels += future.pixels;
    }
  }

  private void checkLimits(long pixels) {
    String reason = null;
    if (waiting.size() >= limits.calls()) {
      reason =
          String.format(
              "maxWaiting is %s images, and as many wait: another one is refused", limits.calls());
    } else if (pixels > limits.pixels() - waitingPixels) {
      reason =
          String.format(
              "maxWaitingPixels is %s, and images of %s pixels wait: one of %s pixels is refused",
              limits.pixels(), waitingPixels, pixels);
    }
    if (reason != null) {
      refused++;
      throw new RejectedExecutionException(reason);
    }
  }

  /** Returns how many calls are in work. */
  synchronized int running() {
    return running;
  }

  /** Returns how many calls wait. */
  public synchronized int waiting() {
    return waiting.size();
  }

  /** Returns how many pixels the images in memory have whose calls wait. */
  public synchronized long waitingPixels() {
    return waitingPixels;
  }

  /** Returns how many calls were refused. */
  public synchronized long refused() {
    return refused;
  }

  /** Returns how many calls were cancelled before they began. */
  public synchronized long cancelled() {
    return cancelled;
  }

  /** Lets what was submitted run, and then the threads end. */
  @Override
  public synchronized void close() {
    for (Future<?> next = waiting.poll(); next != null; next = waiting.poll()) {
      running++;
      workers.execute(next);
    }
    waitingPixels = 0;
    workers.shutdown();
  }

  /** Lets the next call begin when one has ended. */
  private synchronized void next() {
    Future<?> next = waiting.poll();
    if (next == null) {
      running--;
    } else {
      waitingPixels -= next.pixels;
      workers.execute(next);
    }
  }

  private synchronized void countCancelled() {
    cancelled++;
  }

  /** Forgets a call that has not begun. */
  private synchronized void forget(Future<?> future) {
    if (waiting.remove(future)) {
      waitingPixels -= future.pixels;
      cancelled++;
    }
  }

  /**
   * Completes a future away from the workers: its callbacks run within its completion, and a worker
   * that waited in one would be missing for the very call that it waits for.
   */
  private void completeElsewhere(Runnable completion) {
    try {
      if (executor.isPresent()) {
        executor.get().execute(completion);
        return;
      }
    } catch (RejectedExecutionException e) {
      // It is shut down, but somebody may wait for the future.
    }
    try {
      callbacks.execute(completion);
    } catch (OutOfMemoryError e) { // no further thread can be had
      completion.run();
    }
  }

  /** Completes a future where its callbacks may wait, and returns whether that was possible. */
  private boolean awayFromWorkers(CompletableFuture<?> future, Completion completion) {
    if (!(Thread.currentThread() instanceof Worker)) {
      return completion.run();
    }
    completeElsewhere(completion::run); // for a listener
    while (!future.isDone()) { // not for the end of its callbacks, which may need this worker
      LockSupport.parkNanos(10_000);
    }
    return true;
  }

  private static final class Worker extends Thread {
    Worker(Runnable task) {
      super(task, "sr4j-upscale");
    }
  }

  private final class Future<T> extends CompletableFuture<T> implements Runnable {

    private final Callable<T> call;
    private final long pixels;
    private final Object lock = new Object();
    private @Nullable Thread thread; // of the call, while it runs; guarded by lock
    private boolean isStopped; // guarded by lock
    private volatile Runnable stopTimer = () -> {};

    Future(Callable<T> call, long pixels) {
      this.call = call;
      this.pixels = pixels;
    }

    @Override
    public void run() {
      try {
        completeElsewhere(ran());
      } finally {
        next();
      }
    }

    /** Runs the call, and returns the completion of this by its result. */
    private Runnable ran() {
      synchronized (lock) {
        if (isStopped || isDone()) {
          countCancelled();
          return () -> {};
        }
        thread = Thread.currentThread();
      }
      Runnable completion;
      try {
        T result = call.call();
        completion = () -> super.complete(result);
      } catch (Throwable e) { // whatever it is belongs to whoever waits
        completion = () -> super.completeExceptionally(e);
      }
      stopTimer.run();
      synchronized (lock) {
        thread = null;
        Thread.interrupted(); // the interrupt was for this call, not for the next one
        return isStopped ? () -> {} : completion; // who stops a call completes its future
      }
    }

    void endAfter(Duration timeout) {
      stopTimer =
          timer.schedule(
              () -> {
                CancellationException e =
                    Deadline.exceeded(timeout, "the image was not enlarged by then");
                stop();
                completeElsewhere(() -> super.completeExceptionally(e));
              },
              timeout);
    }

    /** Interrupts the call, or lets it never begin. The caller completes this next. */
    void stop() {
      synchronized (lock) {
        isStopped = true;
        if (thread != null) {
          thread.interrupt();
        }
      }
      forget(this);
      stopTimer.run();
    }

    /** Stops the call before dependents are told, which may wait for it, as closing does. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (mayInterruptIfRunning && (!isDone() || isCancelled())) {
        stop();
      } else if (!isDone()) {
        forget(this);
        stopTimer.run();
      }
      return awayFromWorkers(this, () -> super.cancel(mayInterruptIfRunning)) && isCancelled();
    }

    @Override
    public boolean complete(T value) {
      return !isDone() && stopped(() -> super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      return !isDone() && stopped(() -> super.completeExceptionally(failure));
    }

    private boolean stopped(Completion completion) {
      stop();
      return awayFromWorkers(this, completion);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new Derived<>(this);
    }
  }

  /** A future that depends on a call, and stops it when nobody wants the former. */
  private final class Derived<T> extends CompletableFuture<T> {

    private final Future<?> call;

    Derived(Future<?> call) {
      this.call = call;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (mayInterruptIfRunning && !isDone()) {
        return stopped(() -> super.cancel(true));
      }
      return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public boolean complete(T value) {
      return !isDone() && stopped(() -> super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
      return !isDone() && stopped(() -> super.completeExceptionally(failure));
    }

    private boolean stopped(Completion completion) {
      if (!call.isDone()) {
        call.stop();
        callbacks.execute(this::cancelCall);
      }
      return awayFromWorkers(this, completion);
    }

    /** Cancels the call when this is done, which would otherwise have the failure of the call. */
    private void cancelCall() {
      while (!isDone()) {
        LockSupport.parkNanos(10_000);
      }
      completeElsewhere(() -> call.cancel(true));
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new Derived<>(call);
    }
  }
}
