// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import io.github.sr4j.FloatImage;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * A square of weights that sum to 1, with which an image is filtered. Immutable and safe for use by
 * multiple threads.
 */
final class Kernel {

  private final int size; // the side, odd
  private final float[] weights; // row by row

  private Kernel(int size, float[] weights) {
    this.size = size;
    this.weights = weights;
  }

  /**
   * Returns the kernel of a function of the distance from the centre, along the two axes.
   *
   * @param size is odd
   */
  static Kernel of(int size, DoubleBinaryOperator density) {
    double[] exact = new double[size * size];
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      exact[i] = density.applyAsDouble(i % size - size / 2, i / size - size / 2);
      sum += exact[i];
    }
    float[] weights = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      weights[i] = (float) (exact[i] / sum);
    }
    return new Kernel(size, weights);
  }

  /**
   * Returns the kernel of a function of an ellipse: of {@code q = (u / along)^2 + (v / across)^2},
   * where {@code u} and {@code v} are distances along axes that are turned. For a Gaussian it is
   * {@code exp(-q / 2)}, of which {@code along} and {@code across} are the standard deviations.
   *
   * @param angle in radians
   */
  static Kernel elliptic(
      int size, double along, double across, double angle, DoubleUnaryOperator density) {
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    return of(
        size,
        (x, y) -> {
          double u = (x * cos + y * sin) / along;
          double v = (y * cos - x * sin) / across;
          return density.applyAsDouble(u * u + v * v);
        });
  }

  /**
   * Returns the ideal low-pass filter with a circle of frequencies, which rings at edges as
   * sharpening and JPEG do: X. Wang et al., <i>Real-ESRGAN</i>, ICCVW 2021, section 3.3.
   *
   * @param cutoff the highest frequency that passes, in radians per pixel, up to pi
   */
  static Kernel sinc(int size, double cutoff) {
    double[] bySquare = new double[2 * (size / 2) * (size / 2) + 1]; // few of them differ
    Arrays.fill(bySquare, Double.NaN);
    bySquare[0] = cutoff * cutoff / (4 * Math.PI);
    return of(
        size,
        (x, y) -> {
          int square = (int) (x * x + y * y);
          if (Double.isNaN(bySquare[square])) {
            double distance = Math.sqrt(square);
            bySquare[square] = cutoff * bessel(cutoff * distance) / (2 * Math.PI * distance);
          }
          return bySquare[square];
        });
  }

  /** The Bessel function of the first kind of order 1, by its integral. */
  private static double bessel(double x) {
    // Exact but for terms of the order 2 * points - 1, which are nothing where that is beyond x.
    int points = 24 + (int) (0.75 * x);
    double sum = 0;
    for (int i = 0; i < points; i++) {
      double t = Math.PI * (i + 0.5) / points;
      sum += Math.cos(t - x * Math.sin(t));
    }
    return sum / points;
  }

  /** Filters an image, which continues beyond its edges as its mirror image. */
  FloatImage apply(FloatImage image) {
    int width = image.width();
    int height = image.height();
    int radius = size / 2;
    float[] result = new float[image.samples().length];
    float[] padded = new float[width + 2 * radius];
    float[][][] shifted = new float[size][size][width]; // [row, cyclic][shift], so that sums
    float[] sum = new float[width]; // have a common index
    float[] none = new float[width];
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int y = -2 * radius; y < height; y++) {
        int source = (channel * height + Resize.mirrored(y + radius, height)) * width;
        for (int x = 0; x < padded.length; x++) {
          padded[x] = image.samples()[source + Resize.mirrored(x - radius, width)];
        }
        float[][] row = shifted[Math.floorMod(y + radius, size)];
        for (int shift = 0; shift < size; shift++) {
          System.arraycopy(padded, shift, row[shift], 0, width);
        }
        if (y < 0) {
          continue; // not all rows are there
        }
        Arrays.fill(sum, 0);
        for (int i = 0; i < size; i++) {
          float[][] r = shifted[Math.floorMod(y - radius + i, size)];
          for (int j = 0, w = i * size; j < size; j += 4) {
            Resize.add(
                sum,
                r[j],
                weights[w + j],
                j + 1 < size ? r[j + 1] : none,
                j + 1 < size ? weights[w + j + 1] : 0,
                j + 2 < size ? r[j + 2] : none,
                j + 2 < size ? weights[w + j + 2] : 0,
                j + 3 < size ? r[j + 3] : none,
                j + 3 < size ? weights[w + j + 3] : 0);
          }
        }
        System.arraycopy(sum, 0, result, (channel * height + y) * width, width);
      }
    }
    return FloatImage.wrap(image.channels(), height, width, result);
  }
}
