// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that run on threads of their own, a limited number at a time. Safe for use by multiple
 * threads. The threads are daemons and end when they have been idle for a while.
 */
final class Async implements AutoCloseable {

  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  Async(int threads) {
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "sr4j-upscale");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a call on another thread.
   *
   * @return a future that, when cancelled with permission to interrupt, interrupts the call; a call
   *     that had not begun is then never run
   * @throws java.util.concurrent.RejectedExecutionException if this is closed
   */
  <T> CompletableFuture<T> submit(Supplier<T> call) {
    Future<T> future = new Future<>(call);
    executor.execute(future);
    return future;
  }

  /** Lets what was submitted run, and then the threads end. */
  @Override
  public void close() {
    executor.shutdown();
  }

  private static final class Future<T> extends CompletableFuture<T> implements Runnable {

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
      T result = null;
      Throwable failure = null;
      try {
        result = call.get();
      } catch (Throwable e) { // whatever it is belongs to whoever waits
        failure = e;
      }
      synchronized (lock) {
        thread = null;
        Thread.interrupted(); // the interrupt was for this call, not for the next one
      }
      if (failure == null) {
        complete(result);
      } else {
        completeExceptionally(failure);
      }
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
      return super.cancel(mayInterruptIfRunning);
    }
  }
}
