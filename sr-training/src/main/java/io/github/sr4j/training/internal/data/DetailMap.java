// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.data;

/**
 * How much detail the parts of an image have: the mean square of its Laplacian over all channels,
 * in square cells, so that it is computed once for an image and not for each patch.
 */
public final class DetailMap {

  static final int CELL = 16; // pixels of the original

  private final int columns;
  private final int rows;
  private final float[] energies; // row by row

  private DetailMap(int columns, int rows, float[] energies) {
    this.columns = columns;
    this.rows = rows;
    this.energies = energies;
  }

  /** Measures the detail of an image. */
  public static DetailMap of(TrainingImage.Plane image) {
    int columns = (image.width() + CELL - 1) / CELL;
    int rows = (image.height() + CELL - 1) / CELL;
    double[] sums = new double[columns * rows];
    int[] counts = new int[columns * rows];
    float[][] lines = new float[3][image.width()]; // the rows above, at, and below y
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int y = 1; y < image.height() - 1; y++) {
        for (int i = 0; i < 3; i++) {
          int row = channel * image.height() + y - 1 + i;
          image.samples().copy(row * image.width(), 1, lines[i], 0, image.width());
        }
        for (int x = 1; x < image.width() - 1; x++) {
          float laplacian =
              lines[0][x] + lines[2][x] + lines[1][x - 1] + lines[1][x + 1] - 4 * lines[1][x];
          int cell = y / CELL * columns + x / CELL;
          sums[cell] += laplacian * laplacian;
          counts[cell]++;
        }
      }
    }
    float[] energies = new float[sums.length];
    for (int i = 0; i < energies.length; i++) {
      energies[i] = (float) (sums[i] / Math.max(1, counts[i])); // 0 at edges of one pixel
    }
    return new DetailMap(columns, rows, energies);
  }

  /** Returns the mean over the cells that a square of pixels touches. */
  public double of(int x, int y, int size) {
    int left = x / CELL;
    int top = y / CELL;
    int right = Math.min(columns - 1, (x + size - 1) / CELL);
    int bottom = Math.min(rows - 1, (y + size - 1) / CELL);
    double sum = 0;
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        sum += energies[row * columns + column];
      }
    }
    return sum / ((right - left + 1) * (bottom - top + 1));
  }
}
