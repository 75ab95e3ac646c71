// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that run on threads of their own, a limited number at a time. The callbacks of their
 * futures run on further threads, as many as are needed, so that a callback may wait for another
 * call. Safe for use by multiple threads. All threads are daemons and end when they have been idle
 * for a while.
 */
public final class Async implements AutoCloseable {

  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor workers;
  private final ThreadPoolExecutor callbacks; // not shut down: the last calls end after close()

  /** Creates a pool that runs at most so many calls at a time. */
  public Async(int threads) {
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
   * @return a future that, when cancelled with permission to interrupt, interrupts the call; a call
   *     that had not begun is then never run
   * @throws java.util.concurrent.RejectedExecutionException if this is closed
   */
  public <T> CompletableFuture<T> submit(Supplier<T> call) {
    Future<T> future = new Future<>(call);
    workers.execute(future);
    return future;
  }

  /** Lets what was submitted run, and then the threads end. */
  @Override
  public void close() {
    workers.shutdown();
  }

  /**
   * Completes a future away from the workers: its callbacks run within its completion, and a worker
   * that waited in one would be missing for the very call that it waits for.
   */
  private void completeElsewhere(Runnable completion) {
    try {
      callbacks.execute(completion);
    } catch (OutOfMemoryError e) { // no further thread can be had
      completion.run();
    }
  }

  private static final class Worker extends Thread {
    Worker(Runnable task) {
      super(task, "sr4j-upscale");
    }
  }

  private final class Future<T> extends CompletableFuture<T> implements Runnable {

    private final Supplier<T> call;
    private final Object lock = new Object();
    private @Nullable Thread thread; // of the call, while it runs; guarded by lock

    Future(Supplier<T> call) {
      this.call = call;
    }

    @Override
    public void run() {
      synchronized (lock) {
        if (isDone()) {
          return;
        }
        thread = Thread.currentThread();
      }
      Runnable completion;
      try {
        T result = call.get();
        completion = () -> complete(result);
      } catch (Throwable e) { // whatever it is belongs to whoever waits
        completion = () -> completeExceptionally(e);
      }
      synchronized (lock) {
        thread = null;
        Thread.interrupted(); // the interrupt was for this call, not for the next one
      }
      completeElsewhere(completion);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      // First the interrupt: what depends on this future runs within super.cancel, and may wait for
      // the call, as closing the upscaler does.
      synchronized (lock) {
        boolean isCancelled = !isDone() || isCancelled();
        if (isCancelled && mayInterruptIfRunning && thread != null) {
          thread.interrupt();
        }
      }
      if (!(Thread.currentThread() instanceof Worker)) {
        return super.cancel(mayInterruptIfRunning);
      }
      completeElsewhere(() -> super.cancel(mayInterruptIfRunning)); // a listener cancels
      while (!isDone()) {
        LockSupport.parkNanos(10_000);
      }
      return isCancelled();
    }
  }
}
