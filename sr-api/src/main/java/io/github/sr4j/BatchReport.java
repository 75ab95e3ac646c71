// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What became of the files of {@link Upscaler#upscaleAll}.
 *
 * @param items what became of each, in the order in which the files came
 */
public record BatchReport(List<Item> items) {

  /**
   * What became of a file.
   *
   * @param source the image
   * @param target the enlarged image
   * @param isSkipped whether nothing was done because the target was there
   * @param failure why there is no enlarged image, if there is none
   * @param elapsed from reading to writing
   * @param notes what of the source is left out of the target, such as the gain map of an Ultra HDR
   *     image; for people to read
   */
  public record Item(
      Path source,
      Path target,
      boolean isSkipped,
      Optional<Exception> failure,
      Duration elapsed,
      List<String> notes) {

    /** Copies the list. */
    public Item {
      notes = List.copyOf(notes);
    }
  }

  /** Copies the list. */
  public BatchReport {
    items = List.copyOf(items);
  }

  /** Returns the files that could not be enlarged. */
  public List<Item> failures() {
    return items.stream().filter(item -> item.failure().isPresent()).toList();
  }
}
