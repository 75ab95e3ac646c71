// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.pixels.YcbcrPlanes;

/**
 * The conversion between RGB and the studio-range Y, Cb and Cr of ITU-R BT.601, as MATLAB's {@code
 * rgb2ycbcr} and {@code ycbcr2rgb} define it.
 *
 * <p>All values are divided by 255: black is Y = 16/255, white Y = 235/255, and a colour without
 * chroma has Cb = Cr = 128/255. Nothing is clamped. Safe for use by multiple threads.
 */
public final class Luma {

  private Luma() {}

  /**
   * Returns the Y channel of an RGB image, {@code (65.481 R + 128.553 G + 24.966 B + 16) / 255}. An
   * image of one channel is returned as it is: a gray image's samples are taken for its luma,
   * unscaled, as the published evaluations do.
   */
  public static FloatImage of(FloatImage rgb) {
    return rgb.channels() == 1 ? rgb : apply(YcbcrPlanes::luma, rgb, 1);
  }

  /**
   * Converts an RGB image to Y, Cb and Cr.
   *
   * @throws IllegalArgumentException if the image does not have three channels
   */
  public static FloatImage toYcbcr(FloatImage rgb) {
    return apply(YcbcrPlanes::fromRgb, rgb, 3);
  }

  /**
   * Converts an image of Y, Cb and Cr to RGB: the inverse of {@link #toYcbcr}.
   *
   * @throws IllegalArgumentException if the image does not have three channels
   */
  public static FloatImage toRgb(FloatImage ycbcr) {
    return apply(YcbcrPlanes::toRgb, ycbcr, 3);
  }

  private interface Transform {
    void apply(float[] samples, int plane, float[] result);
  }

  private static FloatImage apply(Transform transform, FloatImage image, int channels) {
    checkArgument(
        image.channels() == 3, "the image must have 3 channels, but has %s", image.channels());
    int plane = image.height() * image.width();
    float[] result = new float[channels * plane];
    transform.apply(image.samples(), plane, result);
    return FloatImage.wrap(channels, image.height(), image.width(), result);
  }
}
