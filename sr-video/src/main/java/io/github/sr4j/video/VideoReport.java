// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import java.time.Duration;
import java.util.List;

/**
 * The outcome of {@link VideoUpscaler#upscale}.
 *
 * @param frames the frames of the film, and of the result
 * @param framesBefore those of them that an earlier run had done, which this one continued
 * @param framesRepeated those of the rest that were like the frame before, whose result they have
 * @param width of the result in pixels
 * @param height of the result in pixels
 * @param bytes the size of the result
 * @param elapsed the time that it took
 * @param notes what the result lacks of the film or has in another form, as clauses
 */
public record VideoReport(
    long frames,
    long framesBefore,
    long framesRepeated,
    int width,
    int height,
    long bytes,
    Duration elapsed,
    List<String> notes) {

  /** Copies the list. */
  public VideoReport {
    notes = List.copyOf(notes);
  }
}
