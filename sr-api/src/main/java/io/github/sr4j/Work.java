// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.ProgressListener.Progress;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One call of an {@link Upscaler}, to the tiles that it consists of: counts them, tells the
 * listener, lets other calls have their turn, and ends the call when its thread is interrupted.
 * Used by the thread of the call alone.
 */
final class Work {

  private final int tiles;
  private final Optional<ProgressListener> listener;
  private final long begin = System.nanoTime();
  private int tilesDone;
  private @Nullable Semaphore turns; // the one of which this call has a permit

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
      throw cancelled();
    }
  }

  private CancellationException cancelled() {
    return new CancellationException(
        String.format(Locale.ROOT, "interrupted after %d of %d tiles", tilesDone, tiles));
  }

  /**
   * Waits for a turn, in the order in which calls ask for one.
   *
   * @param turns of the calls that share processors
   * @throws CancellationException if the thread is interrupted, which it still is afterwards
   */
  void beginTurn(Semaphore turns) {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled = cancelled();
      cancelled.initCause(e);
      throw cancelled;
    }
    this.turns = turns;
  }

  /** Lets the next call have its turn, unless this one has none. */
  void endTurn() {
    if (turns != null) {
      turns.release();
      turns = null;
    }
  }

  /**
   * Tells the listener of one more tile, and lets other calls have their turn if there is more to
   * do. Whatever the listener throws ends the call.
   */
  void tileDone() {
    tilesDone++;
    Semaphore held = turns;
    if (held == null) {
      tellListener();
    } else if (listener.isPresent() || (tilesDone < tiles && held.hasQueuedThreads())) {
      endTurn(); // a listener may call the upscaler
      tellListener();
      beginTurn(held);
    }
  }

  private void tellListener() {
    listener.ifPresent(
        told ->
            told.progressed(
                new Progress(
                    tilesDone,
                    tiles,
                    Duration.ofNanos(System.nanoTime() - begin),
                    Optional.empty())));
  }
}
