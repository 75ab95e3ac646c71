// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.color;

/** Algebra of 3 x 3 matrices. */
public final class Matrices {

  private Matrices() {}

  /** Returns the inverse of a matrix; not finite if there is none. */
  public static double[][] inverse(double[][] m) {
    double[][] inverse = new double[3][3];
    double determinant = 0;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        int r = (j + 1) % 3;
        int s = (j + 2) % 3;
        int t = (i + 1) % 3;
        int u = (i + 2) % 3;
        inverse[i][j] = m[r][t] * m[s][u] - m[r][u] * m[s][t]; // the cofactor of m[j][i]
      }
      determinant += m[0][i] * inverse[i][0];
    }
    for (double[] row : inverse) {
      for (int j = 0; j < 3; j++) {
        row[j] /= determinant;
      }
    }
    return inverse;
  }

  /** Returns the product of two matrices. */
  public static double[][] product(double[][] a, double[][] b) {
    double[][] product = new double[3][3];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        product[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
      }
    }
    return product;
  }
}
