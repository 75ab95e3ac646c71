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

  /**
   * The rules by which a super-resolution result is measured: how the high-resolution image is
   * cropped, how the low-resolution image is made from it, and what of the result is compared.
   * Immutable.
   *
   * <p>The published figures come from two paths, which differ by about 0.02 dB:
   *
   * <ul>
   *   <li>RGB: {@code highRes(image)} of a colour image; each of its channels is degraded and
   *       super-resolved, and only then compared on luma. A user of a library sees this.
   *   <li>Luma alone: {@code highRes(Luma.of(image).rounded())}, a one-channel image from there on.
   *       The papers report this of networks that see luma only: the authors' programs round Y to 8
   *       bits, as MATLAB's {@code rgb2ycbcr} does, but hand the shrunk Y to the network as it is.
   * </ul>
   */
  public static final class Protocol {

    /**
     * The outcome of a measurement.
     *
     * @param psnr {@link Metrics#psnr} in dB
     * @param ssim {@link Metrics#ssim}
     */
    public record Score(double psnr, double ssim) {}

    private final int scale;
    private final int border;
    private final boolean isRgb;

    private Protocol(int scale, int border, boolean isRgb) {
      checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
      checkArgument(border >= 0, "border must be at least 0, but was %s", border);
      this.scale = scale;
      this.border = border;
      this.isRgb = isRgb;
    }

    /**
     * Returns the protocol of the super-resolution papers: high-resolution images are cropped to a
     * multiple of {@code scale} and shrunk by {@link Resampling#bicubic}; PSNR and SSIM are taken
     * on {@link Luma}, with a border of {@code scale} pixels left out.
     *
     * @throws IllegalArgumentException if {@code scale} is less than 1
     */
    public static Protocol luma(int scale) {
      return new Protocol(scale, scale, false);
    }

    /**
     * Returns the same protocol, but with PSNR and SSIM over the samples of all channels, as papers
     * on colour networks report it at times. The two do not compare: PSNR is lower by 1 to 2 dB.
     *
     * @throws IllegalArgumentException if {@code scale} is less than 1
     */
    public static Protocol rgb(int scale) {
      return new Protocol(scale, scale, true);
    }

    /**
     * Returns this protocol with another border, such as the four pixels of SRGAN (C. Ledig et al.,
     * CVPR 2017, section 3.1).
     *
     * @param border the pixels of the high-resolution image that are left out along each edge
     * @throws IllegalArgumentException if {@code border} is negative
     */
    public Protocol withBorder(int border) {
      return new Protocol(scale, border, isRgb);
    }

    /** Returns the factor between low-resolution and high-resolution images. */
    public int scale() {
      return scale;
    }

    /** Returns the border: the number of pixels along each edge that the metrics ignore. */
    public int border() {
      return border;
    }

    /**
     * Returns the part of an image that is compared with: the image cropped to a multiple of the
     * scale.
     *
     * @throws IllegalArgumentException if the image is smaller than {@code scale} pixels
     */
    public FloatImage highRes(FloatImage image) {
      return image.modCrop(scale);
    }

    /**
     * Returns the image to be super-resolved: three channels rounded to 8 bits, as a file holds
     * them, or luma alone as it comes out of the reduction, as the papers have it.
     *
     * @param highRes an image returned by {@link #highRes}
     * @throws IllegalArgumentException if a side is not a multiple of the scale
     */
    public FloatImage lowRes(FloatImage highRes) {
      checkArgument(
          highRes.width() % scale == 0 && highRes.height() % scale == 0,
          "highRes must be cropped to a multiple of %s, but was %sx%s (width x height)",
          scale,
          highRes.width(),
          highRes.height());
      FloatImage lowRes =
          Resampling.bicubic(highRes, highRes.width() / scale, highRes.height() / scale);
      return lowRes.channels() == 1 ? lowRes : lowRes.rounded();
    }

    /**
     * Measures a result, rounded to 8 bits first. Images of three channels are compared on their
     * luma, unless this is the protocol of {@link #rgb}; one channel is taken for luma as it is.
     *
     * @throws IllegalArgumentException if the images differ in shape, or less than 11x11 pixels are
     *     left within the border
     */
    public Score score(FloatImage superRes, FloatImage highRes) {
      Metrics.checkSameShape(superRes, highRes);
      FloatImage actual = compared(superRes.rounded());
      FloatImage expected = compared(highRes);
      return new Score(Metrics.psnr(actual, expected), Metrics.ssim(actual, expected));
    }

    private FloatImage compared(FloatImage image) {
      return (isRgb ? image : Luma.of(image)).shave(border);
    }
  }
}
