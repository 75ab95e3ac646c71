// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.util.ArrayLength;
import java.util.Objects;

/**
 * The computation of {@link io.github.sr4j.imaging.Resampling}, of any part of the result from the
 * part of the source that it depends on: the source is padded by its mirror image and filtered
 * vertically, then horizontally, row by row. Safe for use by multiple threads.
 */
public final class BicubicResampler {

  private static final int BATCH = 4; // taps handled by one loop over a row

  private BicubicResampler() {}

  /**
   * Computes a part of a resampled image of which only a part is at hand. The samples are exactly
   * those of the whole.
   *
   * @param image what is at hand
   * @param source where that lies in the image
   * @param result what to compute
   * @param destination receives {@code channels x result.height() x result.width()} samples in CHW
   *     order
   * @param offset where in {@code destination} the first sample goes
   * @throws IllegalArgumentException if {@code image} is not of the size of {@code source}, or
   *     {@code result} depends on more than that; when enlarging, it depends on the two pixels
   *     around each that it covers
   * @throws IndexOutOfBoundsException if {@code destination} is too short
   */
  public static void resample(
      FloatImage image, Part source, Part result, float[] destination, int offset) {
    checkArgument(
        image.width() == source.width() && image.height() == source.height(),
        "source must be of the size of the image, %s, but was %s",
        image,
        source);
    int plane = Math.multiplyExact(result.height(), result.width());
    Objects.checkFromIndexSize(
        offset, Math.multiplyExact(image.channels(), plane), destination.length);
    if (plane == 0) {
      return;
    }
    Axis columns = new Axis(source.x(), source.width(), source.whole().width());
    Axis rows = new Axis(source.y(), source.height(), source.whole().height());
    int bottom = result.y() + result.height();
    Kernel across = new Kernel(source.whole().height(), result.whole().height());
    across.check(rows, result.y(), bottom);
    Taps vertical = across.taps(result.y(), bottom);
    RowResampler horizontal = new RowResampler(columns, result);
    Planes planes = new Planes(image, rows, vertical, horizontal);
    for (int channel = 0; channel < image.channels(); channel++) {
      planes.write(channel, destination, offset + channel * plane);
    }
  }

  /** Samples along an axis: {@code length} of {@code whole}, from {@code first} on. */
  private record Axis(int first, int length, int whole) {

    /** Returns the place of the sample that mirroring beyond the edges puts at an index. */
    int place(int index) {
      long mirrored = Math.floorMod((long) index, 2L * whole);
      long inside = Math.min(mirrored, 2L * whole - 1 - mirrored);
      // What is not at hand has weight 0, or Taps.check had refused it.
      return (int) Math.max(0, Math.min(length - 1, inside - first));
    }
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
  }

  /** The kernel, stretched along an axis that shrinks. */
  private static final class Kernel {
    private final double scale;
    private final double stretch;
    private final double radius;
    private final int support;

    Kernel(int source, int result) {
      scale = (double) result / source;
      stretch = Math.min(scale, 1);
      radius = 2 / stretch;
      support = (int) Math.ceil(2 * radius);
    }

    /** Keys' kernel with a = -0.5, which is zero from 2 on. */
    private static double keys(double distance) {
      double x = Math.abs(distance);
      if (x <= 1) {
        return (1.5 * x - 2.5) * x * x + 1;
      }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }

    /** The place in the source of a sample of the result. */
    private double centre(int index) {
      return (index + 0.5) / scale - 0.5;
    }

    /** The first source sample that a sample of the result depends on. */
    private int first(int index) {
      return (int) Math.floor(centre(index) - radius) + 1;
    }

    /** Returns the taps of the result's samples from {@code from} to before {@code to}. */
    Taps taps(int from, int to) {
      // Rounded up to whole batches; the taps added have weight 0.
      int count = (support + BATCH - 1) / BATCH * BATCH;
      int[] first = new int[to - from];
      float[] weights = new float[ArrayLength.of(to - from, 1, count)];
      double[] exact = new double[support];
      for (int i = 0; i < to - from; i++) {
        double centre = centre(from + i);
        first[i] = first(from + i);
        double sum = 0;
        for (int k = 0; k < support; k++) {
          exact[k] = keys(stretch * (centre - (first[i] + k)));
          sum += exact[k];
        }
        for (int k = 0; k < support; k++) {
          weights[i * count + k] = (float) (exact[k] / sum);
        }
      }
      return new Taps(count, first, weights);
    }

    /** Refuses samples without those that the result's from {@code from} to {@code to} need. */
    void check(Axis axis, int from, int to) {
      int begin = first(from);
      int end = first(to - 1) + support;
      int needed = Math.max(0, begin);
      int neededEnd = Math.min(axis.whole, end);
      if (begin < 0) {
        neededEnd = Math.max(neededEnd, Math.min(axis.whole, -begin));
      }
      if (end > axis.whole) {
        needed = (int) Math.min(needed, Math.max(0, 2L * axis.whole - end));
      }
      checkArgument(
          needed >= axis.first && neededEnd <= axis.first + axis.length,
          "the result needs the source from %s to %s, but it was %s",
          needed,
          neededEnd,
          axis);
    }
  }

  /**
   * The vertical pass over one channel, a row of the result at a time, each followed by its
   * horizontal pass. Source rows are copied into arrays of their own: the JIT compiler vectorises a
   * loop over several arrays only if the index is the same in all of them.
   */
  private static final class Planes {
    private final FloatImage image;
    private final Axis axis;
    private final Taps taps;
    private final RowResampler horizontal;
    private final float[][] rows; // ring of padded source rows; unmirrored row y is at y mod length
    private final float[] sum;

    Planes(FloatImage image, Axis axis, Taps taps, RowResampler horizontal) {
      this.image = image;
      this.axis = axis;
      this.taps = taps;
      this.horizontal = horizontal;
      this.rows = new float[taps.count][horizontal.paddedWidth()];
      this.sum = new float[horizontal.paddedWidth()];
    }

    void write(int channel, float[] destination, int offset) {
      int loaded = Integer.MIN_VALUE; // the row after the last one in the ring
      for (int i = 0; i < taps.first.length; i++) {
        int first = taps.first[i];
        int end = first + taps.count;
        for (int y = Math.max(first, loaded); y < end; y++) {
          int row = channel * image.height() + axis.place(y);
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
    private final Axis axis;
    private final int resultWidth;
    private final int origin; // the unmirrored index of the first sample of a padded row
    private final int paddedWidth;
    private final Taps taps; // of one source pixel's phases if enlarging by a whole number
    private final int enlargement; // 0 unless a whole number greater than 1
    private final int skipped; // samples of the first source pixel that are before the result
    private final float[] phase;

    RowResampler(Axis axis, Part result) {
      this.axis = axis;
      resultWidth = result.width();
      int from = result.x();
      int to = result.x() + result.width();
      int times = result.whole().width() / axis.whole;
      boolean isPeriodic = times > 1 && times * axis.whole == result.whole().width();
      enlargement = isPeriodic ? times : 0;
      skipped = isPeriodic ? from % times : 0;
      Kernel kernel = new Kernel(axis.whole, result.whole().width());
      kernel.check(axis, from, to);
      taps = isPeriodic ? kernel.taps(0, times) : kernel.taps(from, to);
      int first = isPeriodic ? from / times : 0; // the source pixel that tap 0 belongs to
      int last = isPeriodic ? (to - 1) / times : 0;
      origin = first + taps.first[0];
      paddedWidth = last + taps.first[taps.first.length - 1] + taps.count - origin;
      phase = new float[isPeriodic ? paddedWidth : 0];
    }

    int resultWidth() {
      return resultWidth;
    }

    int paddedWidth() {
      return paddedWidth;
    }

    void pad(float[] samples, int offset, float[] row) {
      // Up to there and from there on, what is mirrored or not at hand.
      int from = Math.max(0, Math.min(paddedWidth, axis.first - origin));
      int to = Math.max(from, Math.min(paddedWidth, axis.first + axis.length - origin));
      for (int x = 0; x < from; x++) {
        row[x] = samples[offset + axis.place(origin + x)];
      }
      System.arraycopy(samples, offset + origin + from - axis.first, row, from, to - from);
      for (int x = to; x < paddedWidth; x++) {
        row[x] = samples[offset + axis.place(origin + x)];
      }
    }

    void resample(float[] row, float[] destination, int offset) {
      if (enlargement == 0) {
        general(row, destination, offset);
        return;
      }
      // Every enlargement-th sample has the same weights.
      for (int p = 0; p < enlargement; p++) {
        int begin = p < skipped ? 1 : 0; // in source pixels
        int end = (skipped + resultWidth - p + enlargement - 1) / enlargement;
        int start = taps.first[p] - taps.first[0];
        filter(row, taps.weights, p * BATCH, start + begin, start + end, phase);
        for (int x = begin, i = offset + p - skipped + begin * enlargement; x < end; x++) {
          destination[i] = phase[start + x];
          i += enlargement;
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
        int first = taps.first[x] - origin;
        float sum = 0;
        for (int k = 0; k < taps.count; k++) {
          sum += padded[first + k] * taps.weights[w++];
        }
        destination[offset + x] = sum;
      }
    }
  }
}
