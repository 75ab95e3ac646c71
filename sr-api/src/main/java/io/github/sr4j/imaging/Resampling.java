// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.pixels.BicubicResampler;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.util.ArrayLength;

/**
 * Bicubic resampling that gives what MATLAB's {@code imresize(image, [height width], 'bicubic')}
 * gives for images of floating-point numbers, within their rounding.
 *
 * <p>R. Keys, <i>Cubic Convolution Interpolation for Digital Image Processing</i>, IEEE
 * Transactions on Acoustics, Speech, and Signal Processing 29(6), 1981, with {@code a = -0.5}. As
 * in MATLAB, the kernel is stretched by the factor along each axis that shrinks (antialiasing), its
 * weights are normalised to a sum of 1, the image continues beyond its edges as its mirror image
 * with the edge sample repeated, and pixel centres lie at half-integers. The result is not clamped:
 * it overshoots at edges.
 *
 * <p>Safe for use by multiple threads.
 */
public final class Resampling {

  private Resampling() {}

  /**
   * Resamples an image to a size.
   *
   * @throws IllegalArgumentException if a side is less than 1 or the result would not fit in an
   *     array
   */
  public static FloatImage bicubic(FloatImage image, int width, int height) {
    checkSize(image, width, height);
    float[] samples = new float[ArrayLength.of(width, height, image.channels())];
    BicubicResampler.resample(
        image,
        Part.whole(new Size(image.width(), image.height())),
        Part.whole(new Size(width, height)),
        samples,
        0);
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  private static void checkSize(FloatImage image, int width, int height) {
    requireNonNull(image, "image");
    checkArgument(
        width > 0 && height > 0,
        "the result must be at least 1x1, but was %sx%s (width x height)",
        width,
        height);
    checkArgument(
        (long) image.channels() * width * height <= Integer.MAX_VALUE - 8,
        "the result must have less than 2^31 samples, but was %s x %s x %s"
            + " (channels x height x width)",
        image.channels(),
        height,
        width);
  }
}
