// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.files.ImageFiles;
import java.awt.Dimension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The size of an image in pixels. */
public record ImageSize(int width, int height) {

  /**
   * Reads the size of an image, upright, from the header of its file. Empty if it cannot be read:
   * whoever reads the pixels says why.
   */
  public static Optional<ImageSize> of(Path file) {
    try {
      Dimension size = ImageFiles.size(file);
      return Optional.of(new ImageSize(size.width, size.height));
    } catch (IOException | SuperResolutionException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
