// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.imaging.Resampling.Part;

/**
 * A source region of the low-resolution image, and the result region computed from it.
 *
 * @param source of the low-resolution image, with what the result depends on around it
 * @param result of the image that the whole becomes
 */
public record Frame(Part source, Part result) {

  /** The whole result from the whole image. */
  public static Frame whole(int width, int height, int resultWidth, int resultHeight) {
    return new Frame(
        new Part(0, 0, width, height, width, height),
        new Part(0, 0, resultWidth, resultHeight, resultWidth, resultHeight));
  }

  /** Returns the source as it is after an enlargement of it to {@code image}. */
  Part sourceOf(FloatImage image) {
    int times = image.width() / source.width();
    return new Part(
        source.x() * times,
        source.y() * times,
        image.width(),
        image.height(),
        source.wholeWidth() * times,
        source.wholeHeight() * times);
  }

  /** Returns whether an enlargement of the source has the size of the result, pixel for pixel. */
  public boolean isEnlargedBy(int times) {
    return source.wholeWidth() * times == result.wholeWidth()
        && source.wholeHeight() * times == result.wholeHeight();
  }

  /** Returns the result within an enlargement of the source of the same size. */
  public Rows.Region resultWithin(int times) {
    return new Rows.Region(
        result.x() - source.x() * times,
        result.y() - source.y() * times,
        result.width(),
        result.height());
  }

  /** Returns the columns of the source that lie under those of a region of the result. */
  int[] sourceColumns(Rows.Region region) {
    int[] columns = new int[region.width()];
    for (int i = 0; i < columns.length; i++) {
      int column =
          under(result.x() + region.x() + i, source.wholeWidth(), result.wholeWidth()) - source.x();
      columns[i] = Math.max(0, Math.min(source.width() - 1, column));
    }
    return columns;
  }

  /** Returns the row of the source that lies under a row of the result. */
  int sourceRow(int row) {
    int under = under(result.y() + row, source.wholeHeight(), result.wholeHeight()) - source.y();
    return Math.max(0, Math.min(source.height() - 1, under));
  }

  /** Returns the low-resolution pixel in which the centre of an enlarged one lies. */
  private static int under(int place, int side, int enlargedSide) {
    return (int) ((2L * place + 1) * side / (2L * enlargedSide));
  }

  /**
   * Computes a region of the result bicubically, or copies it if it is of the size of the image.
   *
   * @param image the source, or a whole number of times as large
   * @param region within the result's part
   * @param samples receives the samples in CHW order
   * @param offset where in {@code samples} the first one goes
   */
  public void bicubic(FloatImage image, Rows.Region region, float[] samples, int offset) {
    int x = result.x() + region.x();
    int y = result.y() + region.y();
    Part from = sourceOf(image);
    if (from.wholeWidth() != result.wholeWidth() || from.wholeHeight() != result.wholeHeight()) {
      Part part =
          new Part(
              x, y, region.width(), region.height(), result.wholeWidth(), result.wholeHeight());
      Resampling.bicubicPart(image, from, part, samples, offset);
      return;
    }
    for (int c = 0, i = offset; c < image.channels(); c++) {
      for (int row = y - from.y(); row < y - from.y() + region.height(); row++) {
        int first = (c * image.height() + row) * image.width() + x - from.x();
        System.arraycopy(image.samples(), first, samples, i, region.width());
        i += region.width();
      }
    }
  }
}
