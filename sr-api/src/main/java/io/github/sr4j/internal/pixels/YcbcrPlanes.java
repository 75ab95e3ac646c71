// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import io.github.sr4j.internal.color.Matrices;

/**
 * The conversion of {@link io.github.sr4j.imaging.Luma} between planes of samples in arrays, which
 * may be longer than that. The result may replace the samples. Safe for use by multiple threads.
 */
public final class YcbcrPlanes {

  // MATLAB's rgb2ycbcr for RGB in [0, 1] and results in [0, 255]: ITU-R BT.601, rounded to 3
  // places.
  private static final double[][] MATRIX = {
    {65.481, 128.553, 24.966}, {-37.797, -74.203, 112.0}, {112.0, -93.786, -18.214}
  };
  private static final double[] ORIGIN = {16, 128, 128};

  private static final float[] FORWARD = affine(MATRIX, 1 / 255.0, ORIGIN, false);
  private static final float[] BACKWARD = affine(Matrices.inverse(MATRIX), 255.0, ORIGIN, true);

  private static final int CHUNK = 1024; // samples of three planes in and out fit the L1 cache

  private YcbcrPlanes() {}

  /** Computes Y of RGB as the first plane of the result. */
  public static void luma(float[] rgb, int plane, float[] result) {
    apply(FORWARD, rgb, plane, result, 1);
  }

  /** Computes Y, Cb and Cr of RGB. */
  public static void fromRgb(float[] rgb, int plane, float[] result) {
    apply(FORWARD, rgb, plane, result, 3);
  }

  /** Computes RGB of Y, Cb and Cr. */
  public static void toRgb(float[] ycbcr, int plane, float[] result) {
    apply(BACKWARD, ycbcr, plane, result, 3);
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
