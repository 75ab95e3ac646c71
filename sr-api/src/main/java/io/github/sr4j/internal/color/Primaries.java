// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.color;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The colours of a display's red, green and blue, and its white: x and y of each in that order, as
 * CIE 1931 has them.
 */
public final class Primaries {

  /** The white of colour profiles, as XYZ: ICC.1:2022, 7.2.16. */
  static final double[] D50 = {0.9642, 1, 0.8249};

  private static final double[][] BRADFORD = { // ICC.1:2022, annex E
    {0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}
  };

  private Primaries() {}

  /** Returns those of a code point of ITU-T H.273, table 2; empty for one that is not in it. */
  public static Optional<double[]> ofCode(int code) {
    return Optional.ofNullable(corners(code));
  }

  private static double @Nullable [] corners(int code) {
    return switch (code) {
      case 1 -> new double[] {0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290};
      case 4 -> new double[] {0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316};
      case 5 -> new double[] {0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3127, 0.3290};
      case 6, 7 -> new double[] {0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290};
      case 8 -> new double[] {0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316};
      case 9 -> new double[] {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290};
      case 11 -> new double[] {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351};
      case 12 -> new double[] {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290};
      case 22 -> new double[] {0.630, 0.340, 0.295, 0.605, 0.155, 0.077, 0.3127, 0.3290};
      default -> null;
    };
  }

  /**
   * Returns the matrix from linear components to XYZ, adapted to {@link #D50} by Bradford's method;
   * empty if the corners span no triangle around white.
   */
  public static Optional<double[][]> toXyzD50(double[] corners) {
    double[][] colors = new double[3][3]; // columns: XYZ of the primaries, of any luminance
    for (int c = 0; c < 3; c++) {
      double[] xyz = xyz(corners[2 * c], corners[2 * c + 1]);
      for (int row = 0; row < 3; row++) {
        colors[row][c] = xyz[row];
      }
    }
    double[] white = xyz(corners[6], corners[7]);
    double[] luminances = product(Matrices.inverse(colors), white);
    for (int c = 0; c < 3; c++) {
      if (!(luminances[c] > 0 && luminances[c] < 1e3)) { // so written for NaN
        return Optional.empty();
      }
      for (int row = 0; row < 3; row++) {
        colors[row][c] *= luminances[c];
      }
    }
    double[] from = product(BRADFORD, white);
    double[] to = product(BRADFORD, D50);
    double[][] scale = new double[3][3];
    for (int i = 0; i < 3; i++) {
      scale[i][i] = to[i] / from[i];
    }
    double[][] adaptation =
        Matrices.product(Matrices.inverse(BRADFORD), Matrices.product(scale, BRADFORD));
    double[][] adapted = Matrices.product(adaptation, colors);
    for (double[] row : adapted) {
      for (double value : row) {
        if (!(Math.abs(value) < 100)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(adapted);
  }

  private static double[] xyz(double x, double y) {
    return new double[] {x / y, 1, (1 - x - y) / y};
  }

  private static double[] product(double[][] matrix, double[] vector) {
    double[] product = new double[3];
    for (int i = 0; i < 3; i++) {
      product[i] = matrix[i][0] * vector[0] + matrix[i][1] * vector[1] + matrix[i][2] * vector[2];
    }
    return product;
  }
}
