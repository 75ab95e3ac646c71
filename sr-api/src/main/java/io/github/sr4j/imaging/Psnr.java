// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;

/**
 * The peak signal-to-noise ratio, {@code 10 log10(1 / mean((actual - expected)^2))}, in dB.
 *
 * <p>The peak is 1. The mean is over all samples of all channels.
 */
public final class Psnr {

  private Psnr() {}

  /**
   * Returns the PSNR in dB; positive infinity if the images are equal.
   *
   * @throws IllegalArgumentException if the images differ in shape
   */
  public static double of(FloatImage actual, FloatImage expected) {
    checkSameShape(actual, expected);
    float[] a = actual.samples();
    float[] b = expected.samples();
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return -10 * Math.log10(sum / a.length);
  }

  static void checkSameShape(FloatImage actual, FloatImage expected) {
    checkArgument(
        actual.channels() == expected.channels()
            && actual.height() == expected.height()
            && actual.width() == expected.width(),
        "images to compare must have one shape, but were %s and %s",
        actual,
        expected);
  }
}
