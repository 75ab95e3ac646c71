// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import java.util.Arrays;

/**
 * Bicubic resampling of planes of one size, with the kernel of {@link
 * io.github.sr4j.imaging.Resampling}, to samples that may lie anywhere: chroma seldom lies in the
 * middle of the pixels that it belongs to. Safe for use by multiple threads.
 */
final class PlaneResampler {

  private final Axis columns;
  private final Axis rows;

  PlaneResampler(Axis columns, Axis rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * The samples of a result along one axis: sample {@code i} lies at {@code step * i + origin} in
   * the samples of the source.
   */
  static final class Axis {

    private final int source;
    private final int result;
    private final int taps;
    private final int[] places; // of the source sample of each tap of each result sample
    private final float[] weights;

    Axis(int source, int result, double step, double origin) {
      this.source = source;
      this.result = result;
      double stretch = Math.min(1, 1 / step); // antialiasing, where there are fewer samples
      double radius = 2 / stretch;
      this.taps = (int) Math.ceil(2 * radius);
      this.places = new int[result * taps];
      this.weights = new float[result * taps];
      double[] exact = new double[taps];
      for (int i = 0; i < result; i++) {
        double centre = step * i + origin;
        int first = (int) Math.floor(centre - radius) + 1;
        double sum = 0;
        for (int k = 0; k < taps; k++) {
          exact[k] = keys(stretch * (centre - (first + k)));
          sum += exact[k];
        }
        for (int k = 0; k < taps; k++) {
          places[i * taps + k] = mirrored(first + k);
          weights[i * taps + k] = (float) (exact[k] / sum);
        }
      }
    }

    /** Keys' kernel with a = -0.5, which is zero from 2 on. */
    private static double keys(double distance) {
      double x = Math.abs(distance);
      if (x <= 1) {
        return (1.5 * x - 2.5) * x * x + 1;
      }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }

    /** Returns the index in the source, which its mirror image continues. */
    private int mirrored(int index) {
      int inPeriod = Math.floorMod(index, 2 * source);
      return Math.min(inPeriod, 2 * source - 1 - inPeriod);
    }
  }

  /** Returns the samples of the result, row by row. */
  float[] resample(float[] source) {
    float[] result = new float[columns.result * rows.result];
    float[] sum = new float[columns.source];
    for (int y = 0; y < rows.result; y++) {
      Arrays.fill(sum, 0);
      for (int k = 0; k < rows.taps; k++) {
        float weight = rows.weights[y * rows.taps + k];
        if (weight != 0) {
          add(source, rows.places[y * rows.taps + k] * columns.source, weight, sum);
        }
      }
      resampleRow(sum, result, y * columns.result);
    }
    return result;
  }

  private static void add(float[] source, int offset, float weight, float[] sum) {
    for (int x = 0; x < sum.length; x++) {
      sum[x] += weight * source[offset + x];
    }
  }

  private void resampleRow(float[] row, float[] result, int offset) {
    for (int x = 0, w = 0; x < columns.result; x++) {
      float sum = 0;
      for (int k = 0; k < columns.taps; k++, w++) {
        sum += columns.weights[w] * row[columns.places[w]];
      }
      result[offset + x] = sum;
    }
  }
}
