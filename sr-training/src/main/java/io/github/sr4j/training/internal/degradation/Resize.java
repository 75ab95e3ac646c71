// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import io.github.sr4j.FloatImage;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Resampling along one axis after the other, as programs other than MATLAB do it: without
 * antialiasing, but by area. Pixel centres lie at half-integers; the image continues beyond its
 * edges as its mirror image with the edge sample repeated.
 */
enum Resize {
  /** The mean of what a pixel covers. */
  AREA,
  /** Linear between the two nearest samples; skips others when the image becomes smaller. */
  BILINEAR,
  /** Keys' kernel over four samples with {@code a = -0.75}, as OpenCV and PyTorch have it. */
  BICUBIC;

  private static final int BATCH = 4; // taps handled by one loop over a row

  /** Resamples an image to a size. */
  FloatImage apply(FloatImage image, int width, int height) {
    return separable(image, taps(image.width(), width), taps(image.height(), height));
  }

  private Taps taps(int source, int result) {
    double ratio = (double) source / result;
    return switch (this) {
      case AREA ->
          Taps.of(
              source,
              result,
              (1 + ratio) / 2,
              x -> Math.max(0, Math.min(Math.min(1, ratio), (1 + ratio) / 2 - Math.abs(x))));
      case BILINEAR -> Taps.of(source, result, 1, x -> Math.max(0, 1 - Math.abs(x)));
      case BICUBIC -> Taps.of(source, result, 2, Resize::keys);
    };
  }

  private static double keys(double distance) {
    double a = -0.75;
    double x = Math.abs(distance);
    if (x <= 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }

  /**
   * Blurs an image with a Gaussian, and keeps the samples at the pixel centres of a result that may
   * be smaller: by an even factor they lie between pixels, so that nothing is shifted.
   *
   * @param sigma the standard deviation in pixels of {@code image}
   */
  static FloatImage gaussian(FloatImage image, int width, int height, double sigma) {
    double radius = Math.max(1, 3 * sigma) + 0.5; // at 3 sigma the density is 1/90 of the highest
    DoubleUnaryOperator density = x -> Math.exp(-x * x / (2 * sigma * sigma));
    return separable(
        image,
        Taps.of(image.width(), width, radius, density),
        Taps.of(image.height(), height, radius, density));
  }

  private static FloatImage separable(FloatImage image, Taps horizontal, Taps vertical) {
    int width = horizontal.first.length;
    int height = vertical.first.length;
    float[] samples = new float[image.channels() * width * height];
    for (int channel = 0; channel < image.channels(); channel++) {
      float[][] rows = new float[image.height()][];
      for (int y = 0; y < rows.length; y++) {
        int from = (channel * image.height() + y) * image.width();
        rows[y] = Arrays.copyOfRange(image.samples(), from, from + image.width());
      }
      float[][] columns = horizontal.apply(transposed(vertical.apply(rows)));
      for (int x = 0; x < width; x++) {
        for (int y = 0; y < height; y++) {
          samples[(channel * height + y) * width + x] = columns[x][y];
        }
      }
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  private static float[][] transposed(float[][] rows) {
    float[][] columns = new float[rows[0].length][rows.length];
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < columns.length; x++) {
        columns[x][y] = rows[y][x];
      }
    }
    return columns;
  }

  /** Adds four weighted rows to a sum; with a common index, the loop is vectorised. */
  static void add(
      float[] sum,
      float[] a,
      float wa,
      float[] b,
      float wb,
      float[] c,
      float wc,
      float[] d,
      float wd) {
    for (int x = 0; x < sum.length; x++) {
      sum[x] += a[x] * wa + b[x] * wb + (c[x] * wc + d[x] * wd);
    }
  }

  /** The index in the image of what its mirrored continuation has at any index. */
  static int mirrored(int index, int size) {
    int place = Math.floorMod(index, 2 * size);
    return place < size ? place : 2 * size - 1 - place;
  }

  /**
   * Which source samples each result sample is the weighted sum of: sample {@code i} of {@code
   * weights[i * count + k]} times the mirrored sample {@code first[i] + k}.
   */
  private static final class Taps {
    private final int count; // a multiple of BATCH
    private final int[] first;
    private final float[] weights;

    private Taps(int count, int[] first, float[] weights) {
      this.count = count;
      this.first = first;
      this.weights = weights;
    }

    /**
     * Returns the taps of a kernel.
     *
     * @param radius from which on {@code weight} is taken for zero, in source samples
     */
    static Taps of(int source, int result, double radius, DoubleUnaryOperator weight) {
      double ratio = (double) source / result;
      int support = (int) Math.ceil(2 * radius);
      int count = (support + BATCH - 1) / BATCH * BATCH;
      int[] first = new int[result];
      float[] weights = new float[result * count];
      double[] exact = new double[support];
      for (int i = 0; i < result; i++) {
        double centre = (i + 0.5) * ratio - 0.5;
        first[i] = (int) Math.floor(centre - radius) + 1;
        double sum = 0;
        for (int k = 0; k < support; k++) {
          double distance = first[i] + k - centre;
          exact[k] = Math.abs(distance) < radius ? weight.applyAsDouble(distance) : 0;
          sum += exact[k];
        }
        for (int k = 0; k < support; k++) {
          weights[i * count + k] = (float) (exact[k] / sum);
        }
      }
      return new Taps(count, first, weights);
    }

    /** Returns the weighted sums of rows. */
    float[][] apply(float[][] rows) {
      float[][] result = new float[first.length][rows[0].length];
      for (int i = 0; i < result.length; i++) {
        for (int k = 0; k < count; k += BATCH) {
          int w = i * count + k;
          int y = first[i] + k;
          add(
              result[i],
              rows[mirrored(y, rows.length)],
              weights[w],
              rows[mirrored(y + 1, rows.length)],
              weights[w + 1],
              rows[mirrored(y + 2, rows.length)],
              weights[w + 2],
              rows[mirrored(y + 3, rows.length)],
              weights[w + 3]);
        }
      }
      return result;
    }
  }
}
