// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import io.github.sr4j.Upscaler;
import java.util.concurrent.CancellationException;

/** The counts of an upscaler's calls. Safe for use by multiple threads. */
public final class CallCounts {

  /**
   * A call.
   *
   * @param <T> its result
   * @param <E> what it throws
   */
  public interface Call<T, E extends Exception> {

    /** Runs the call. */
    T run() throws E;
  }

  private int running;
  private long completed;
  private long failed;
  private long cancelled;

  /** Runs and counts a call. */
  public <T, E extends Exception> T counted(Call<T, E> call) throws E {
    begin();
    boolean isCompleted = false;
    boolean isCancelled = false;
    try {
      T result = call.run();
      isCompleted = true;
      return result;
    } catch (CancellationException e) {
      isCancelled = true;
      throw e;
    } finally {
      end(isCompleted, isCancelled);
    }
  }

  private synchronized void begin() {
    running++;
  }

  private synchronized void end(boolean isCompleted, boolean isCancelled) {
    running--;
    if (isCompleted) {
      completed++;
    } else if (isCancelled) {
      cancelled++;
    } else {
      failed++;
    }
  }

  /** Returns the counts, with those of the calls that wait. */
  public Upscaler.Statistics with(Async async) {
    synchronized (this) {
      return new Upscaler.Statistics(
          running,
          async.waiting(),
          async.waitingPixels(),
          completed,
          failed,
          cancelled + async.cancelled(),
          async.refused());
    }
  }
}
