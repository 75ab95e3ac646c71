// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Is told how far a call of an {@link Upscaler} is.
 *
 * <p>Called on the thread that does the work, so it should return soon. Whatever it throws ends the
 * call and reaches the caller; to cancel, it throws {@link
 * java.util.concurrent.CancellationException}.
 */
@FunctionalInterface
public interface ProgressListener {

  /**
   * The progress of a call.
   *
   * @param tilesDone the tiles that went through the network, at least 1
   * @param tiles all tiles of the image
   * @param elapsed the time since the first tile was begun
   * @param source the file, if it is one of {@link Upscaler#upscaleAll}
   */
  record Progress(int tilesDone, int tiles, Duration elapsed, Optional<Path> source) {

    /** Estimates the time that the other tiles will take, from that which these took. */
    public Duration remaining() {
      return elapsed.multipliedBy(tiles - tilesDone).dividedBy(tilesDone);
    }
  }

  /** Is told that a tile is done. */
  void progressed(Progress progress);

  /**
   * Is told that a part of a file is left out of the result, such as the gain map of an Ultra HDR
   * image. Notes of a file of {@link Upscaler#upscaleAll} are in its {@link
   * Upscaler.BatchReport.Item}.
   *
   * @param note a clause for people to read, which does not name the file
   */
  default void noted(String note) {}

  /**
   * Is told that a file of {@link Upscaler#upscaleAll} is done with. Calls for different files may
   * come from different threads, but one at a time.
   */
  default void finished(Upscaler.BatchReport.Item item) {}
}
