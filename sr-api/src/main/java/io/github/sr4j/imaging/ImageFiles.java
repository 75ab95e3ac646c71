// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import io.github.sr4j.files.FileMetadata;
import io.github.sr4j.files.ImageSource;
import io.github.sr4j.files.ImageTarget;
import io.github.sr4j.files.Picture;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Image files, whole: never half read, never half written. */
final class ImageFiles {

  static final long DEFAULT_MAX_PIXELS = 1L << 28;

  private ImageFiles() {}

  static BufferedImage read(Path file, long maxPixels) throws IOException {
    try (ImageSource source = ImageSource.open(file, maxPixels)) {
      return source.readFirst();
    }
  }

  static Dimension size(Path file) throws IOException {
    try (ImageSource source = ImageSource.open(file, Long.MAX_VALUE)) {
      return source.firstSize();
    }
  }

  static void write(BufferedImage image, Path file) throws IOException {
    ImageTarget.of(file).write(List.of(Picture.of(image, FileMetadata.NONE)).iterator());
  }
}
