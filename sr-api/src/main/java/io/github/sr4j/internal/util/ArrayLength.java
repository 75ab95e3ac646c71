// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import io.github.sr4j.ImageFormatException;
import java.util.Locale;

/** The length of an array that holds an image. */
public final class ArrayLength {

  private static final int MAX_LENGTH = Integer.MAX_VALUE - 8; // that virtual machines allow

  private ArrayLength() {}

  /**
   * Returns how many samples an image has.
   *
   * @param samples of a pixel
   * @throws ImageFormatException if they are more than fit in an array
   */
  public static int of(int width, int height, int samples) {
    double length = (double) width * height * samples; // beyond 2^63 for the largest sides
    if (length > MAX_LENGTH) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "an image of %sx%s (width x height) with %s samples per pixel has %.0f samples, more"
                  + " than fit in an array",
              width,
              height,
              samples,
              length),
          null);
    }
    return width * height * samples;
  }
}
