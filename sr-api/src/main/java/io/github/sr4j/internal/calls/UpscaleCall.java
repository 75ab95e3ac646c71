// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import io.github.sr4j.ProgressListener;
import io.github.sr4j.ProgressListener.Progress;
import io.github.sr4j.Upscaler;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One call of an {@link Upscaler}, to the tiles that it consists of: counts them, tells the
 * listener, lets other calls have their turn, and ends the call when its thread is interrupted or
 * its deadline past. Used by the thread of the call alone.
 */
public final class UpscaleCall {

  private final int tiles;
  private final Optional<ProgressListener> listener;
  private final Deadline deadline;
  private final long begin = System.nanoTime();
  private int tilesDone;
  private @Nullable Slots slots; // those of which this call has one

  /** Begins a call without a timeout. */
  public UpscaleCall(int tiles, Optional<ProgressListener> listener) {
    this(tiles, listener, Deadline.NONE);
  }

  /**
   * Begins a call.
   *
   * @param tiles all tiles of the call, in all passes and regions
   */
  public UpscaleCall(int tiles, Optional<ProgressListener> listener, Deadline deadline) {
    this.tiles = tiles;
    this.listener = listener;
    this.deadline = deadline;
  }

  /**
   * Ends the call if it is late, or its thread is interrupted, which it still is afterwards.
   *
   * @throws CancellationException if the thread is interrupted, or the deadline past
   */
  public void checkCancelled() {
    if (Thread.currentThread().isInterrupted()) {
      throw cancelled();
    }
    deadline.check(progress());
  }

  private String progress() {
    return String.format(Locale.ROOT, "only %d of %d tiles were done by then", tilesDone, tiles);
  }

  private CancellationException cancelled() {
    return new CancellationException(
        String.format(Locale.ROOT, "interrupted after %d of %d tiles", tilesDone, tiles));
  }

  /**
   * Waits for a slot, in the order in which calls ask for one.
   *
   * @param slots of the calls that share processors, of all upscalers
   * @throws CancellationException if the thread is interrupted, which it still is afterwards, or
   *     the deadline passes
   */
  public void takeSlot(Slots slots) {
    boolean isTaken;
    try {
      isTaken = slots.take(deadline.nanosLeft());
    } catch (TimeoutException e) {
      throw deadline.exceeded(progress());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled = cancelled();
      cancelled.initCause(e);
      throw cancelled;
    }
    this.slots = isTaken ? slots : null;
  }

  /** Lets the next call have its turn, unless this one has none. */
  public void releaseSlot() {
    if (slots != null) {
      slots.release();
      slots = null;
    }
  }

  /**
   * Tells the listener of one more tile, and lets other calls have their turn if there is more to
   * do. Whatever the listener throws ends the call.
   */
  public void tileDone() {
    tilesDone++;
    Slots held = slots;
    if (held == null) {
      tellListener();
    } else if (listener.isPresent() || (tilesDone < tiles && held.isWaitedFor())) {
      releaseSlot(); // a listener may call the upscaler
      tellListener();
      takeSlot(held);
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
