// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Is told how far a film is, and what was chosen for it.
 *
 * <p>Called on the thread that called {@link VideoUpscaler#upscale}. Whatever it throws ends the
 * call and reaches the caller; to cancel, it throws {@link
 * java.util.concurrent.CancellationException}.
 */
@FunctionalInterface
public interface VideoListener {

  /**
   * How far a film is.
   *
   * @param framesDone the frames of the result that are on their way to the encoder, those of an
   *     earlier run included
   * @param framesBefore the frames that an earlier run had done
   * @param frames about how many there are, if the film tells
   * @param elapsed the time since the first frame was begun
   * @param bytes the size of what is encoded so far
   */
  record Progress(
      long framesDone, long framesBefore, OptionalLong frames, Duration elapsed, long bytes) {

    /** Returns the frames of this run in a second. */
    public double framesPerSecond() {
      double seconds = elapsed.toNanos() / 1e9;
      return seconds > 0 ? (framesDone - framesBefore) / seconds : 0;
    }

    /** Estimates the time that the other frames will take, if it is known how many there are. */
    public Optional<Duration> remaining() {
      double rate = framesPerSecond();
      if (frames.isEmpty() || rate <= 0) {
        return Optional.empty();
      }
      double seconds = Math.max(0, frames.getAsLong() - framesDone) / rate;
      return Optional.of(Duration.ofMillis(Math.round(1000 * seconds)));
    }
  }

  /** Is told that a frame is done. */
  void progressed(Progress progress);

  /**
   * Is told which encoder was chosen, with which settings, and why.
   *
   * @param choice a clause for people to read
   */
  default void chosen(String choice) {}

  /**
   * Is told of something of the film that the result lacks or has in another form.
   *
   * @param note a clause for people to read, which does not name the file
   */
  default void noted(String note) {}
}
