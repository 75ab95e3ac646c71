// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The reading and writing of pipes, which Java cannot interrupt, in a way that can be. */
public final class Interruptible {

  /**
   * A piece of work that reads or writes.
   *
   * @param <T> the result
   */
  @FunctionalInterface
  public interface Transfer<T> {

    /** Reads or writes. */
    T run() throws IOException;
  }

  private Interruptible() {}

  /**
   * Runs a transfer on a daemon thread and waits for it. If the calling thread is interrupted, the
   * other one is left to wait alone, until the pipe or the process ends.
   *
   * @throws CancellationException if the calling thread is interrupted
   */
  public static <T> T call(Transfer<T> transfer) throws IOException {
    FutureTask<T> task = new FutureTask<>(transfer::run);
    Thread thread = new Thread(task, "sr4j-pipe");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      CancellationException cancelled = new CancellationException("interrupted at a pipe");
      cancelled.initCause(e);
      throw cancelled;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("a pipe could not be read or written", e.getCause());
    }
  }
}
