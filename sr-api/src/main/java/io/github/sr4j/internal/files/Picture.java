// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.NoData;
import io.github.sr4j.internal.tiff.TiffTags;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An image of which only some rows need be in memory at a time. Cheap to go through from top to
 * bottom or from bottom to top. Not thread-safe.
 */
public interface Picture {

  /** Rows that are in memory, all of one kind within a picture. */
  record Band(int top, BufferedImage rows) {

    /** Returns the row after the last one. */
    public int bottom() {
      return top + rows.getHeight();
    }

    /** Returns whether a row is in it. */
    public boolean holds(int row) {
      return row >= top && row < bottom();
    }
  }

  /** Returns the width in pixels. */
  int width();

  /** Returns the height in pixels. */
  int height();

  /** Returns the metadata. */
  FileMetadata metadata();

  /**
   * Returns a band that holds a row. It is good until the next call, which may reuse its memory.
   *
   * @throws IOException if the file that the rows come from cannot be read
   */
  Band band(int row) throws IOException;

  /**
   * Returns the colour model of its rows, or what is nearest to it before they are decoded: of
   * samples as many and as large.
   */
  default ColorModel model() throws IOException {
    return band(0).rows().getColorModel();
  }

  /** Returns whether some of it may be transparent. */
  default boolean hasAlpha() throws IOException {
    return model().hasAlpha();
  }

  /** Returns the tags of its file, if that is a TIFF. */
  default Optional<TiffTags> tiff() {
    return Optional.empty();
  }

  /** Returns the layers of each band, each of which is enlarged by itself. */
  default List<Layer> layers() {
    return List.of(Layer.WHOLE);
  }

  /** Returns a picture that is in memory. */
  static Picture of(BufferedImage image, FileMetadata metadata) {
    return new Picture() {
      @Override
      public int width() {
        return image.getWidth();
      }

      @Override
      public int height() {
        return image.getHeight();
      }

      @Override
      public FileMetadata metadata() {
        return metadata;
      }

      @Override
      public Optional<TiffTags> tiff() {
        OptionalDouble noData = NoData.of(image);
        return noData.isPresent()
            ? Optional.of(TiffTags.ofNoData(noData.getAsDouble()))
            : Optional.empty();
      }

      @Override
      public Band band(int row) {
        return new Band(0, image);
      }
    };
  }
}
