// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.color.Matrices;

/**
 * The conversion between RGB and the studio-range Y, Cb and Cr of ITU-R BT.601, as MATLAB's {@code
 * rgb2ycbcr} and {@code ycbcr2rgb} define it.
 *
 * <p>All values are divided by 255: black is Y = 16/255, white Y = 235/255, and a colour without
 * chroma has Cb = Cr = 128/255. Nothing is clamped. Safe for use by multiple threads.
 */
public final class Luma {

  // MATLAB's rgb2ycbcr for RGB in [0, 1] and results in [0, 255]: ITU-R BT.601, rounded to 3
  // places.
  private static final double[][] MATRIX = {
    {65.481, 128.553, 24.966}, {-37.797, -74.203, 112.0}, {112.0, -93.786, -18.214}
  };
  private static final double[] ORIGIN = {16, 128, 128};

  private static final float[] FORWARD = affine(MATRIX, 1 / 255.0, ORIGIN, false);
  private static final float[] BACKWARD = affine(Matrices.inverse(MATRIX), 255.0, ORIGIN, true);

  private static final int CHUNK = 1024; // samples of three planes in and out fit the L1 cache

  private Luma() {}

  /**
   * Returns the Y channel of an RGB image, {@code (65.481 R + 128.553 G + 24.966 B + 16) / 255}. An
   * image of one channel is returned as it is: a gray image's samples are taken for its luma,
   * unscaled, as the published evaluations do.
   */
  public static FloatImage of(FloatImage rgb) {
    return rgb.channels() == 1 ? rgb : apply(FORWARD, rgb, 1);
  }

  /**
   * Converts an RGB image to Y, Cb and Cr.
   *
   * @throws IllegalArgumentException if the image does not have three channels
   */
  public static FloatImage toYcbcr(FloatImage rgb) {
    return apply(FORWARD, rgb, 3);
  }

  /**
   * Converts an image of Y, Cb and Cr to RGB: the inverse of {@link #toYcbcr}.
   *
   * @throws IllegalArgumentException if the image does not have three channels
   */
  public static FloatImage toRgb(FloatImage ycbcr) {
    return apply(BACKWARD, ycbcr, 3);
  }

  /**
   * As {@link #of(FloatImage)}, in place: the first of three planes becomes Y.
   *
   * @param samples three planes of {@code plane} samples, and anything behind them
   */
  public static void of(float[] samples, int plane) {
    apply(FORWARD, samples, plane, samples, 1);
  }

  /**
   * As {@link #toYcbcr(FloatImage)}, in place.
   *
   * @param samples three planes of {@code plane} samples, and anything behind them
   */
  public static void toYcbcr(float[] samples, int plane) {
    apply(FORWARD, samples, plane, samples, 3);
  }

  /**
   * As {@link #toRgb(FloatImage)}, in place.
   *
   * @param samples three planes of {@code plane} samples, and anything behind them
   */
  public static void toRgb(float[] samples, int plane) {
    apply(BACKWARD, samples, plane, samples, 3);
  }

  private static FloatImage apply(float[] transform, FloatImage image, int channels) {
    checkArgument(
        image.channels() == 3, "the image must have 3 channels, but has %s", image.channels());
    int plane = image.height() * image.width();
    float[] result = new float[channels * plane];
    apply(transform, image.samples(), plane, result, channels);
    return FloatImage.wrap(channels, image.height(), image.width(), result);
  }

  private static void apply(
      float[] transform, float[] samples, int plane, float[] result, int channels) {
    float[] a = new float[CHUNK];
    float[] b = new float[CHUNK];
    float[] c = new float[CHUNK];
    float[] mixed = new float[CHUNK];
    for (int from = 0; from < plane; from += CHUNK) {
      int length = Math.min(CHUNK, plane - from);
      // Arrays with a common index: a loop over three parts of one array is not vectorised.
      System.arraycopy(samples, from, a, 0, length);
      System.arraycopy(samples, plane + from, b, 0, length);
      System.arraycopy(samples, 2 * plane + from, c, 0, length);
      for (int channel = 0; channel < channels; channel++) {
        mix(a, b, c, transform, channel * 4, mixed);
        System.arraycopy(mixed, 0, result, channel * plane + from, length);
      }
    }
  }

  private static void mix(float[] a, float[] b, float[] c, float[] m, int row, float[] mixed) {
    float ma = m[row];
    float mb = m[row + 1];
    float mc = m[row + 2];
    float constant = m[row + 3];
    for (int i = 0; i < CHUNK; i++) {
      mixed[i] = a[i] * ma + b[i] * mb + (c[i] * mc + constant);
    }
  }

  /** The rows of a matrix times a factor, each followed by the constant to add. */
  private static float[] affine(
      double[][] matrix, double factor, double[] origin, boolean originIsInput) {
    float[] affine = new float[12];
    for (int row = 0; row < 3; row++) {
      double constant = originIsInput ? 0 : origin[row] / 255;
      for (int column = 0; column < 3; column++) {
        double weight = matrix[row][column] * factor;
        affine[row * 4 + column] = (float) weight;
        constant -= originIsInput ? weight * origin[column] / 255 : 0;
      }
      affine[row * 4 + 3] = (float) constant;
    }
    return affine;
  }
}
