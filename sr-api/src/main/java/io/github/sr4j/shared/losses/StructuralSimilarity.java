// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import java.util.Arrays;

/**
 * The mean structural similarity of two images of one channel, and its derivative with respect to
 * the first: windows of 11x11 with Gaussian weights of standard deviation 1.5, K1 = 0.01, K2 =
 * 0.03, peak 1, those windows that lie within the image (Wang et al. 2004, equations 6 to 13).
 *
 * <p>With m and v the weighted means and variances in a window and c the covariance, the similarity
 * is l cs, luminance l = (2 m m' + C1) / (m^2 + m'^2 + C1) and contrast and structure cs = (2 c +
 * C2) / (v + v' + C2). It depends on a sample by the means of a, a^2 and a b, hence the derivative:
 * the derivatives with respect to these three, each spread over the window by its weights.
 */
final class StructuralSimilarity {

  static final int WINDOW = 11;

  private static final double[] GAUSSIAN = gaussian();
  private static final double C1 = 0.01 * 0.01; // (K1 peak)^2
  private static final double C2 = 0.03 * 0.03;

  private final int width;
  private final int height;
  private final int columns; // of windows
  private final int rows;

  /**
   * Prepares for images of a size.
   *
   * @param width at least 11
   * @param height at least 11
   */
  StructuralSimilarity(int width, int height) {
    this.width = width;
    this.height = height;
    this.columns = width - WINDOW + 1;
    this.rows = height - WINDOW + 1;
  }

  /**
   * Returns the mean over the windows.
   *
   * @param hasLuminance whether it is that of l cs, and not of cs alone
   * @param gradient receives the derivative with respect to each sample of {@code a}
   */
  double evaluate(double[] a, double[] b, boolean hasLuminance, double[] gradient) {
    double[] meanA = average(a);
    double[] meanB = average(b);
    double[] squareA = average(product(a, a));
    double[] squareB = average(product(b, b));
    double[] ab = average(product(a, b));
    int windows = columns * rows;
    double[] byMean = new double[windows];
    double[] bySquare = new double[windows];
    double[] byProduct = new double[windows];
    double sum = 0;
    for (int w = 0; w < windows; w++) {
      double m = meanA[w];
      double n = meanB[w];
      // Parenthesised so that equal images have a similarity of exactly 1.
      double variances = (squareA[w] - m * m) + (squareB[w] - n * n) + C2;
      double structure = (2 * (ab[w] - m * n) + C2) / variances;
      double luminances = m * m + n * n + C1;
      double luminance = hasLuminance ? (2 * m * n + C1) / luminances : 1;
      double luminanceByMean = hasLuminance ? 2 * (n - m * luminance) / luminances : 0;
      sum += luminance * structure;
      byMean[w] =
          (luminanceByMean * structure + luminance * 2 * (m * structure - n) / variances) / windows;
      bySquare[w] = -luminance * structure / variances / windows;
      byProduct[w] = luminance * 2 / variances / windows;
    }
    double[] spreadMean = spread(byMean);
    double[] spreadSquare = spread(bySquare);
    double[] spreadProduct = spread(byProduct);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = spreadMean[i] + 2 * a[i] * spreadSquare[i] + b[i] * spreadProduct[i];
    }
    return sum / windows;
  }

  private static double[] product(double[] a, double[] b) {
    double[] product = new double[a.length];
    Arrays.setAll(product, i -> a[i] * b[i]);
    return product;
  }

  /** The weighted mean in each window. */
  private double[] average(double[] image) {
    double[] vertical = new double[rows * width];
    for (int k = 0; k < WINDOW; k++) {
      for (int i = 0; i < vertical.length; i++) {
        vertical[i] += GAUSSIAN[k] * image[i + k * width];
      }
    }
    double[] average = new double[rows * columns];
    for (int y = 0; y < rows; y++) {
      for (int k = 0; k < WINDOW; k++) {
        for (int x = 0; x < columns; x++) {
          average[y * columns + x] += GAUSSIAN[k] * vertical[y * width + x + k];
        }
      }
    }
    return average;
  }

  /** The transpose of {@link #average}: each window's value goes to its samples, by weight. */
  private double[] spread(double[] windows) {
    double[] vertical = new double[rows * width];
    for (int y = 0; y < rows; y++) {
      for (int k = 0; k < WINDOW; k++) {
        for (int x = 0; x < columns; x++) {
          vertical[y * width + x + k] += GAUSSIAN[k] * windows[y * columns + x];
        }
      }
    }
    double[] image = new double[height * width];
    for (int k = 0; k < WINDOW; k++) {
      for (int i = 0; i < vertical.length; i++) {
        image[i + k * width] += GAUSSIAN[k] * vertical[i];
      }
    }
    return image;
  }

  private static double[] gaussian() {
    double[] weights = new double[WINDOW];
    Arrays.setAll(weights, k -> Math.exp(-Math.pow((k - WINDOW / 2) / 1.5, 2) / 2));
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }
}
