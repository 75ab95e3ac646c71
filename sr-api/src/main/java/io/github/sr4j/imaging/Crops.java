// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;

/** The cutting of rectangles out of images. Every result is a copy. */
public final class Crops {

  private Crops() {}

  /**
   * Cuts out a rectangle.
   *
   * @param x the leftmost column of the rectangle
   * @param y its topmost row
   * @throws IllegalArgumentException if the rectangle is empty or not within the image
   */
  public static FloatImage crop(FloatImage image, int x, int y, int width, int height) {
    checkArgument(
        x >= 0
            && y >= 0
            && width > 0
            && height > 0
            && width <= image.width() - x
            && height <= image.height() - y,
        "a crop must be at least 1x1 and within the image of %sx%s, but was %sx%s at (%s, %s)"
            + " (width x height)",
        image.width(),
        image.height(),
        width,
        height,
        x,
        y);
    float[] samples = new float[image.channels() * height * width];
    for (int row = 0; row < image.channels() * height; row++) {
      int sourceRow = row / height * image.height() + y + row % height;
      System.arraycopy(image.samples(), sourceRow * image.width() + x, samples, row * width, width);
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  /**
   * Cuts off the fewest right columns and bottom rows that make both sides multiples of a scale.
   *
   * @throws IllegalArgumentException if {@code scale} is less than 1 or a side is less than {@code
   *     scale}
   */
  public static FloatImage modCrop(FloatImage image, int scale) {
    checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
    checkArgument(
        image.width() >= scale && image.height() >= scale,
        "an image cropped to a multiple of %s must be at least %sx%s, but was %sx%s"
            + " (width x height)",
        scale,
        scale,
        scale,
        image.width(),
        image.height());
    return crop(
        image,
        0,
        0,
        image.width() - image.width() % scale,
        image.height() - image.height() % scale);
  }

  /**
   * Cuts off a border on all four sides.
   *
   * @param border the width of the border in pixels, at least 0
   * @throws IllegalArgumentException if {@code border} is negative or nothing would be left
   */
  public static FloatImage shave(FloatImage image, int border) {
    checkArgument(border >= 0, "border must be at least 0, but was %s", border);
    checkArgument(
        Math.min(image.width(), image.height()) > 2L * border,
        "an image must be larger than twice the border of %s, but was %sx%s (width x height)",
        border,
        image.width(),
        image.height());
    return crop(image, border, border, image.width() - 2 * border, image.height() - 2 * border);
  }
}
