// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.Objects;

/**
 * Bicubic resampling that gives what MATLAB's {@code imresize(image, [height width], 'bicubic')}
 * gives for images of floating-point numbers, within their rounding.
 *
 * <p>R. Keys, <i>Cubic Convolution Interpolation for Digital Image Processing</i>, IEEE
 * Transactions on Acoustics, Speech, and Signal Processing 29(6), 1981, with {@code a = -0.5}. As
 * in MATLAB, the kernel is stretched by the factor along each axis that shrinks (antialiasing), its
 * weights are normalised to a sum of 1, the image continues beyond its edges as its mirror image
 * with the edge sample repeated, and pixel centres lie at half-integers. The result is not clamped:
 * it overshoots at edges.
 *
 * <p>Safe for use by multiple threads.
 */
public final class Resampling {

  private static final int BATCH = 4; // taps handled by one loop over a row

  private Resampling() {}

  /**
   * Resamples an image to a size.
   *
   * @throws IllegalArgumentException if a side is less than 1 or the result would not fit in an
   *     array
   */
  public static FloatImage bicubic(FloatImage image, int width, int height) {
    checkSize(image, width, height);
    float[] samples = new float[image.channels() * height * width];
    bicubicRows(image, width, height, 0, height, samples, 0);
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  /**
   * Computes some rows of {@link #bicubic}, so that a caller can spread the work over threads or
   * keep only a part of the result. The rows are exactly those of the whole.
   *
   * @param width the width of the whole result
   * @param height the height of the whole result
   * @param fromRow the first row to compute
   * @param toRow the row after the last one
   * @param destination receives the rows as {@code channels x (toRow - fromRow) x width} samples in
   *     CHW order; with one channel, the band of a whole plane begins at {@code fromRow * width}
   * @param offset where in {@code destination} the first sample goes
   * @throws IllegalArgumentException if a side is less than 1 or the whole would not fit in an
   *     array
   * @throws IndexOutOfBoundsException if the rows are not rows of the result, or {@code
   *     destination} is too short for them
   */
  public static void bicubicRows(
      FloatImage image,
      int width,
      int height,
      int fromRow,
      int toRow,
      float[] destination,
      int offset) {
    checkSize(image, width, height);
    Objects.checkFromToIndex(fromRow, toRow, height);
    int band = (toRow - fromRow) * width;
    Objects.checkFromIndexSize(offset, image.channels() * band, destination.length);
    Taps vertical = Taps.of(image.height(), height, fromRow, toRow);
    RowResampler horizontal = new RowResampler(image.width(), width);
    for (int channel = 0; channel < image.channels(); channel++) {
      new Plane(image, channel, vertical, horizontal).write(destination, offset + channel * band);
    }
  }

  private static void checkSize(FloatImage image, int width, int height) {
    requireNonNull(image, "image");
    checkArgument(
        width > 0 && height > 0,
        "the result must be at least 1x1, but was %sx%s (width x height)",
        width,
        height);
    checkArgument(
        (long) image.channels() * width * height <= Integer.MAX_VALUE - 8,
        "the result must have less than 2^31 samples, but was %s x %s x %s"
            + " (channels x height x width)",
        image.channels(),
        height,
        width);
  }

  /** Keys' kernel with a = -0.5, which is zero from 2 on. */
  private static double kernel(double distance) {
    double x = Math.abs(distance);
    if (x <= 1) {
      return (1.5 * x - 2.5) * x * x + 1;
    }
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
  }

  /** The sample that the mirrored continuation of {@code length} samples has at any index. */
  private static int mirrored(int index, int length) {
    int period = Math.floorMod(index, 2 * length);
    return period < length ? period : 2 * length - 1 - period;
  }

  /**
   * The source samples that each of a range of result samples depends on along one axis, and their
   * weights. Sample {@code i} of the range is the sum of {@code weights[i * count + k]} times the
   * (mirrored) source sample {@code first[i] + k}.
   */
  private static final class Taps {
    final int count;
    final int[] first;
    final float[] weights;

    private Taps(int count, int[] first, float[] weights) {
      this.count = count;
      this.first = first;
      this.weights = weights;
    }

    static Taps of(int source, int result, int from, int to) {
      double scale = (double) result / source;
      double stretch = Math.min(scale, 1);
      double radius = 2 / stretch;
      int support = (int) Math.ceil(2 * radius);
      // Rounded up to whole batches; the taps added have weight 0.
      int count = (support + BATCH - 1) / BATCH * BATCH;
      int[] first = new int[to - from];
      float[] weights = new float[(to - from) * count];
      double[] exact = new double[support];
      for (int i = 0; i < to - from; i++) {
        double centre = (from + i + 0.5) / scale - 0.5;
        first[i] = (int) Math.floor(centre - radius) + 1;
        double sum = 0;
        for (int k = 0; k < support; k++) {
          exact[k] = kernel(stretch * (centre - (first[i] + k)));
          sum += exact[k];
        }
        for (int k = 0; k < support; k++) {
          weights[i * count + k] = (float) (exact[k] / sum);
        }
      }
      return new Taps(count, first, weights);
    }
  }

  /**
   * The vertical pass over one channel, a row of the result at a time, each followed by its
   * horizontal pass. Source rows are copied into arrays of their own: the JIT compiler vectorises a
   * loop over several arrays only if the index is the same in all of them.
   */
  private static final class Plane {
    private final FloatImage image;
    private final int channel;
    private final Taps taps;
    private final RowResampler horizontal;
    private final float[][] rows; // ring of padded source rows; unmirrored row y is at y mod length
    private final float[] sum;

    Plane(FloatImage image, int channel, Taps taps, RowResampler horizontal) {
      this.image = image;
      this.channel = channel;
      this.taps = taps;
      this.horizontal = horizontal;
      this.rows = new float[taps.count][horizontal.paddedWidth()];
      this.sum = new float[horizontal.paddedWidth()];
    }

    void write(float[] destination, int offset) {
      int loaded = Integer.MIN_VALUE; // the row after the last one in the ring
      for (int i = 0; i < taps.first.length; i++) {
        int first = taps.first[i];
        int end = first + taps.count;
        for (int y = Math.max(first, loaded); y < end; y++) {
          int row = channel * image.height() + mirrored(y, image.height());
          horizontal.pad(image.samples(), row * image.width(), rows[slot(y)]);
        }
        loaded = end;
        for (int k = 0; k < taps.count; k += BATCH) {
          int w = i * taps.count + k;
          weightedSum(
              k > 0,
              rows[slot(first + k)],
              taps.weights[w],
              rows[slot(first + k + 1)],
              taps.weights[w + 1],
              rows[slot(first + k + 2)],
              taps.weights[w + 2],
              rows[slot(first + k + 3)],
              taps.weights[w + 3],
              sum);
        }
        horizontal.resample(sum, destination, offset + i * horizontal.resultWidth());
      }
    }

    private int slot(int y) {
      return Math.floorMod(y, rows.length);
    }

    private static void weightedSum(
        boolean add,
        float[] a,
        float wa,
        float[] b,
        float wb,
        float[] c,
        float wc,
        float[] d,
        float wd,
        float[] sum) {
      if (add) {
        for (int x = 0; x < sum.length; x++) {
          sum[x] += a[x] * wa + b[x] * wb + (c[x] * wc + d[x] * wd);
        }
      } else {
        for (int x = 0; x < sum.length; x++) {
          sum[x] = a[x] * wa + b[x] * wb + (c[x] * wc + d[x] * wd);
        }
      }
    }
  }

  /** The horizontal pass: from a row, padded by its mirror image, to a row of the result. */
  private static final class RowResampler {
    private final int sourceWidth;
    private final int resultWidth;
    private final int padLeft;
    private final int paddedWidth;
    private final Taps taps; // of one source pixel's phases if enlarging by a whole number
    private final int enlargement; // 0 unless a whole number greater than 1
    private final float[] phase;

    RowResampler(int sourceWidth, int resultWidth) {
      this.sourceWidth = sourceWidth;
      this.resultWidth = resultWidth;
      boolean periodic = resultWidth % sourceWidth == 0 && resultWidth > sourceWidth;
      enlargement = periodic ? resultWidth / sourceWidth : 0;
      taps = Taps.of(sourceWidth, resultWidth, 0, periodic ? enlargement : resultWidth);
      int last = taps.first[taps.first.length - 1] + (periodic ? sourceWidth - 1 : 0);
      padLeft = -taps.first[0]; // the leftmost tap of the first sample lies outside the image
      paddedWidth = padLeft + last + taps.count;
      phase = new float[periodic ? paddedWidth : 0];
    }

    int resultWidth() {
      return resultWidth;
    }

    int paddedWidth() {
      return paddedWidth;
    }

    void pad(float[] samples, int offset, float[] padded) {
      System.arraycopy(samples, offset, padded, padLeft, sourceWidth);
      for (int x = 0; x < padLeft; x++) {
        padded[x] = samples[offset + mirrored(x - padLeft, sourceWidth)];
      }
      for (int x = padLeft + sourceWidth; x < paddedWidth; x++) {
        padded[x] = samples[offset + mirrored(x - padLeft, sourceWidth)];
      }
    }

    void resample(float[] padded, float[] destination, int offset) {
      if (enlargement == 0) {
        general(padded, destination, offset);
        return;
      }
      // Every enlargement-th sample has the same weights.
      for (int p = 0; p < enlargement; p++) {
        int start = padLeft + taps.first[p];
        filter(padded, taps.weights, p * BATCH, start, start + sourceWidth, phase);
        for (int x = 0, i = offset + p; x < sourceWidth; x++, i += enlargement) {
          destination[i] = phase[start + x];
        }
      }
    }

    private static void filter(
        float[] source, float[] weights, int w, int from, int to, float[] result) {
      float w0 = weights[w];
      float w1 = weights[w + 1];
      float w2 = weights[w + 2];
      float w3 = weights[w + 3];
      for (int x = from; x < to; x++) {
        result[x] = source[x] * w0 + source[x + 1] * w1 + (source[x + 2] * w2 + source[x + 3] * w3);
      }
    }

    private void general(float[] padded, float[] destination, int offset) {
      for (int x = 0, w = 0; x < resultWidth; x++) {
        int first = padLeft + taps.first[x];
        float sum = 0;
        for (int k = 0; k < taps.count; k++) {
          sum += padded[first + k] * taps.weights[w++];
        }
        destination[offset + x] = sum;
      }
    }
  }
}
