// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.internal.regions.Size;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The choice of a result's size.
 *
 * @param scale by how much the network enlarges in all passes
 * @param factor of results for which options name no size; empty for the scale
 * @param maxPixels of a result
 */
record ResultSizes(int scale, OptionalDouble factor, long maxPixels) {

  /**
   * Returns the size of an image's result: that of the options, or else of the settings.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array, or too
   *     many pixels
   */
  Size inMemory(int width, int height, UpscaleOptions options) {
    Size size = streamed(width, height, options);
    checkSize(width, height, "enlarged x" + scale, (long) width * scale, (long) height * scale);
    checkSize(
        width, height, "made " + size.width() + "x" + size.height(), size.width(), size.height());
    return size;
  }

  /**
   * As {@link #inMemory}, of a result that is never in memory whole.
   *
   * @throws ImageFormatException if a side would have more pixels than an integer counts, or the
   *     result has too many
   */
  Size streamed(int width, int height, UpscaleOptions options) {
    long resultWidth;
    long resultHeight;
    if (options.width().isPresent() || options.height().isPresent()) {
      resultWidth =
          options.width().isPresent()
              ? options.width().getAsInt()
              : rounded(width * ((double) options.height().getAsInt() / height));
      resultHeight =
          options.height().isPresent()
              ? options.height().getAsInt()
              : rounded(height * ((double) options.width().getAsInt() / width));
    } else {
      double times = options.factor().orElse(factor.orElse(scale));
      resultWidth = rounded(width * times);
      resultHeight = rounded(height * times);
    }
    long enlarged = (long) Math.max(width, height) * scale;
    long longest = Math.max(enlarged, Math.max(resultWidth, resultHeight));
    if (longest > Integer.MAX_VALUE) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "an image of %sx%s (width x height) would become %s pixels wide or high, more than"
                  + " an image can be",
              width,
              height,
              longest),
          null);
    }
    if (resultWidth * resultHeight > maxPixels) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "maxResultPixels is %s, but the result of an image of %sx%s would have %s pixels,"
                  + " %sx%s (width x height)",
              maxPixels,
              width,
              height,
              resultWidth * resultHeight,
              resultWidth,
              resultHeight),
          null);
    }
    return new Size((int) resultWidth, (int) resultHeight);
  }

  private static long rounded(double side) {
    return Math.max(1, Math.round(side));
  }

  private static void checkSize(int width, int height, String what, long toWidth, long toHeight) {
    // Three channels, whatever the image has: with less room than that it cannot be shown either.
    double samples = 3.0 * toWidth * toHeight;
    if (samples > Integer.MAX_VALUE - 8) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "an image of %sx%s (width x height) %s would have %.0f samples, more than fit in an"
                  + " array",
              width,
              height,
              what,
              samples),
          null);
    }
  }
}
