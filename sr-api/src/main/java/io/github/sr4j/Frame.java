// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.imaging.Resampling.Part;

/**
 * What is to be made of what: a part of a low-resolution image, and the part of its result that
 * comes of it.
 *
 * @param source of the low-resolution image, with what the result depends on around it
 * @param result of the image that the whole becomes
 */
record Frame(Part source, Part result) {

  /** The whole result from the whole image. */
  static Frame whole(int width, int height, int resultWidth, int resultHeight) {
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

  /**
   * Computes rows of the result bicubically, or copies them if it is of the size of the image.
   *
   * @param image the source, or a whole number of times as large
   * @param top the first row, counted within the result's part
   * @param bottom the row after the last one
   * @param samples receives the rows in CHW order
   * @param offset where in {@code samples} the first one goes
   */
  void bicubicRows(FloatImage image, int top, int bottom, float[] samples, int offset) {
    Part from = sourceOf(image);
    int width = result.width();
    if (from.wholeWidth() != result.wholeWidth() || from.wholeHeight() != result.wholeHeight()) {
      Part rows =
          new Part(
              result.x(),
              result.y() + top,
              width,
              bottom - top,
              result.wholeWidth(),
              result.wholeHeight());
      Resampling.bicubicPart(image, from, rows, samples, offset);
      return;
    }
    for (int c = 0, i = offset; c < image.channels(); c++) {
      for (int y = top; y < bottom; y++, i += width) {
        int row = c * image.height() + result.y() + y - from.y();
        System.arraycopy(
            image.samples(), row * image.width() + result.x() - from.x(), samples, i, width);
      }
    }
  }
}
