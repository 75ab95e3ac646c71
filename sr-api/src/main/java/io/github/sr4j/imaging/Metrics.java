// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;

/** Measures of how close an image is to the one that it should be. */
public final class Metrics {

  private Metrics() {}

  /**
   * Returns the peak signal-to-noise ratio, {@code 10 log10(1 / mean((actual - expected)^2))}, in
   * dB, for a peak of 1 and the mean over all samples of all channels.
   *
   * @return positive infinity if the images are equal
   * @throws IllegalArgumentException if the images differ in shape
   */
  public static double psnr(FloatImage actual, FloatImage expected) {
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

  /**
   * Returns the mean structural similarity index, 1 for equal images.
   *
   * <p>Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, <i>Image Quality Assessment: From
   * Error Visibility to Structural Similarity</i>, IEEE Transactions on Image Processing 13(4),
   * 2004: windows of 11x11 with Gaussian weights of standard deviation 1.5, K1 = 0.01, K2 = 0.03,
   * peak 1, averaged over the windows that lie within the image. As in the super-resolution papers,
   * the image is not shrunk before, as the authors' later code does to large ones. With three
   * channels it is the mean of theirs.
   *
   * @throws IllegalArgumentException if the images differ in shape or are smaller than 11x11
   */
  public static double ssim(FloatImage actual, FloatImage expected) {
    return Ssim.of(actual, expected);
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
