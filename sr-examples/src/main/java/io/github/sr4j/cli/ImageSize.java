// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** The size of an image in pixels. */
record ImageSize(int width, int height) {

  /**
   * Reads the size of an image from the header of its file, before the rotation that it may ask
   * for. Empty if it cannot be read: whoever reads the pixels says why.
   */
  static Optional<ImageSize> of(Path file) {
    try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers =
          stream == null ? Collections.emptyIterator() : ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        return Optional.empty();
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        return Optional.of(new ImageSize(reader.getWidth(0), reader.getHeight(0)));
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) { // readers fail in any way on damaged files
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
