// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import java.util.Arrays;

/** The computation of {@link Metrics#ssim}: rows of windows, from moments of rows. */
final class Ssim {

  private static final int WINDOW = 11;
  private static final double[] GAUSSIAN = gaussian();
  private static final double C1 = 0.01 * 0.01; // (K1 peak)^2
  private static final double C2 = 0.03 * 0.03;
  private static final int MOMENTS = 5; // a, b, a^2, b^2, ab

  private Ssim() {}

  static double of(FloatImage actual, FloatImage expected) {
    Metrics.checkSameShape(actual, expected);
    checkArgument(
        actual.width() >= WINDOW && actual.height() >= WINDOW,
        "images must be at least 11x11 for SSIM, but were %sx%s (width x height)",
        actual.width(),
        actual.height());
    double sum = 0;
    for (int channel = 0; channel < actual.channels(); channel++) {
      sum += ofChannel(actual, expected, channel);
    }
    return sum / actual.channels();
  }

  private static double ofChannel(FloatImage actual, FloatImage expected, int channel) {
    int width = actual.width();
    int height = actual.height();
    double[][][] rows = new double[WINDOW][MOMENTS][width]; // ring: row y is at y mod WINDOW
    double[][] mean = new double[MOMENTS][width];
    double sum = 0;
    for (int y = 0; y < height; y++) {
      moments(actual, expected, channel, y, rows[y % WINDOW]);
      if (y < WINDOW - 1) {
        continue;
      }
      for (int m = 0; m < MOMENTS; m++) {
        Arrays.fill(mean[m], 0);
        for (int k = 0; k < WINDOW; k++) {
          add(rows[(y - WINDOW + 1 + k) % WINDOW][m], GAUSSIAN[k], mean[m]);
        }
      }
      sum += similarity(mean, width);
    }
    return sum / ((double) (width - WINDOW + 1) * (height - WINDOW + 1));
  }

  private static void moments(
      FloatImage actual, FloatImage expected, int channel, int y, double[][] row) {
    int offset = (channel * actual.height() + y) * actual.width();
    for (int x = 0; x < actual.width(); x++) {
      double a = actual.samples()[offset + x];
      double b = expected.samples()[offset + x];
      row[0][x] = a;
      row[1][x] = b;
      row[2][x] = a * a;
      row[3][x] = b * b;
      row[4][x] = a * b;
    }
  }

  private static void add(double[] row, double weight, double[] sum) {
    for (int x = 0; x < sum.length; x++) {
      sum[x] += row[x] * weight;
    }
  }

  /** The sum of the similarities of a row of windows, from moments already averaged vertically. */
  private static double similarity(double[][] mean, int width) {
    double sum = 0;
    for (int x = 0; x + WINDOW <= width; x++) {
      double a = 0;
      double b = 0;
      double aa = 0;
      double bb = 0;
      double ab = 0;
      for (int k = 0; k < WINDOW; k++) {
        double weight = GAUSSIAN[k];
        a += weight * mean[0][x + k];
        b += weight * mean[1][x + k];
        aa += weight * mean[2][x + k];
        bb += weight * mean[3][x + k];
        ab += weight * mean[4][x + k];
      }
      double variances = aa - a * a + bb - b * b;
      double covariance = ab - a * b;
      sum += (2 * a * b + C1) * (2 * covariance + C2) / ((a * a + b * b + C1) * (variances + C2));
    }
    return sum;
  }

  private static double[] gaussian() {
    double[] weights = new double[WINDOW];
    double sum = 0;
    for (int k = 0; k < WINDOW; k++) {
      double distance = (k - WINDOW / 2) / 1.5;
      weights[k] = Math.exp(-distance * distance / 2);
      sum += weights[k];
    }
    for (int k = 0; k < WINDOW; k++) {
      weights[k] /= sum;
    }
    return weights;
  }
}
