// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.ProgressListener.Progress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * One call of an {@link Upscaler}, to the tiles that it consists of: counts them, tells the
 * listener, and ends the call when its thread is interrupted. Used by the thread of the call alone.
 */
final class Work {

  private final int tiles;
  private final Optional<ProgressListener> listener;
  private final long begin = System.nanoTime();
  private int tilesDone;

  /**
   * Begins a call.
   *
   * @param tiles all tiles of the call, as {@link Pipeline#tiles} counts them
   */
  Work(int tiles, Optional<ProgressListener> listener) {
    this.tiles = tiles;
    this.listener = listener;
  }

  /**
   * Ends the call if its thread is interrupted, which it still is afterwards.
   *
   * @throws CancellationException if the thread is interrupted
   */
  void checkCancelled() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException(
          String.format("interrupted after %d of %d tiles", tilesDone, tiles));
    }
  }

  /** Tells the listener of one more tile. Whatever it throws ends the call. */
  void tileDone() {
    tilesDone++;
    listener.ifPresent(
        told ->
            told.progressed(
                new Progress(tilesDone, tiles, Duration.ofNanos(System.nanoTime() - begin))));
  }
}
