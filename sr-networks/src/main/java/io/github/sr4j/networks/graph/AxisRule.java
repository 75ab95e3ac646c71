// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import java.util.function.LongConsumer;

/**
 * On which elements of an operand the elements of a result depend, along one axis of an image. All
 * analyses of receptive fields follow these rules: of networks, and of foreign ONNX graphs.
 */
public interface AxisRule {

  /** Each element depends on the one of the same place. */
  AxisRule SAME = new Window(1, 1, 1, 0);

  /**
   * Returns by how many elements of the operand two elements of the result are apart, times {@link
   * #over}.
   */
  long times();

  /**
   * Returns into how many elements of the result one of the operand becomes, times {@link #times}.
   */
  long over();

  /** Returns on how many elements one depends, at most. */
  long tapsEach();

  /**
   * Hands over the elements of the operand on which an element depends. One before the first or
   * behind the last is padding.
   *
   * @param length the number of elements of the operand
   */
  void taps(long element, long length, LongConsumer target);

  /**
   * A kernel that slides over the operand: convolutions, pooling, and with {@code kernel} and
   * {@code stride} alike, the merging of neighbours.
   *
   * @param kernel the number of its elements
   * @param stride the distance between two of its positions
   * @param dilation the distance between two of its elements
   * @param before the elements of padding before the operand
   */
  record Window(long kernel, long stride, long dilation, long before) implements AxisRule {

    @Override
    public long times() {
      return stride;
    }

    @Override
    public long over() {
      return 1;
    }

    @Override
    public long tapsEach() {
      return kernel;
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      for (long k = 0; k < kernel; k++) {
        target.accept(element * stride - before + k * dilation);
      }
    }

    /**
     * Returns the window of the first and the last tap, which bound what an element sees in an
     * operand whose elements see the input in its order.
     */
    Window ends() {
      return kernel > 2 ? new Window(2, stride, (kernel - 1) * dilation, before) : this;
    }
  }

  /**
   * A kernel that each element of the operand adds to the result: transposed convolutions.
   *
   * @param stride the distance between the places where two neighbours add it
   * @param before the elements of the result that are cut off before the first
   */
  record TransposedWindow(long kernel, long stride, long dilation, long before)
      implements AxisRule {

    @Override
    public long times() {
      return 1;
    }

    @Override
    public long over() {
      return stride;
    }

    @Override
    public long tapsEach() {
      return kernel;
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      for (long k = 0; k < kernel; k++) {
        long position = element + before - k * dilation;
        if (Math.floorMod(position, stride) == 0) {
          target.accept(Math.floorDiv(position, stride));
        }
      }
    }
  }

  /**
   * Each element becomes several neighbours: pixel shuffles.
   *
   * @param factor how many
   */
  record Stretch(long factor) implements AxisRule {

    @Override
    public long times() {
      return 1;
    }

    @Override
    public long over() {
      return factor;
    }

    @Override
    public long tapsEach() {
      return 1;
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      target.accept(element / factor);
    }
  }

  /** The samples beyond the edges of an image. */
  enum Extension {
    /** One value. */
    CONSTANT,
    /** The image mirrored, its outermost pixels not repeated. */
    REFLECT,
    /** Copies of the outermost pixel. */
    EDGE
  }

  /**
   * An extension of the operand.
   *
   * @param before the elements before the first
   */
  record Extended(long before, Extension extension) implements AxisRule {

    @Override
    public long times() {
      return 1;
    }

    @Override
    public long over() {
      return 1;
    }

    @Override
    public long tapsEach() {
      return 2;
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      long position = element - before;
      long last = length - 1;
      target.accept(position);
      if ((position < 0 || position > last) && extension != Extension.CONSTANT) {
        long mirrored = position < 0 ? -position : 2 * last - position;
        long clamped = position < 0 ? 0 : last;
        target.accept(extension == Extension.EDGE ? clamped : mirrored);
      }
    }
  }

  /**
   * Every {@code step}-th element from one on.
   *
   * @param start the first; negative ones count from the end
   */
  record Strip(long start, long step) implements AxisRule {

    @Override
    public long times() {
      return step;
    }

    @Override
    public long over() {
      return 1;
    }

    @Override
    public long tapsEach() {
      return 1;
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      target.accept((start < 0 ? start + length : start) + element * step);
    }
  }

  /**
   * A resampling of the operand at positions that are exact fractions: element {@code i} of the
   * result lies at {@code (2 * i * down + shift) / (2 * up)} of the operand. Beyond the edges, the
   * outermost elements are repeated.
   *
   * @param up by how much it enlarges, times {@code down}
   * @param down by how much it makes smaller, times {@code up}
   * @param shift where the first element lies, times {@code 2 * up}: 0 where first elements
   *     coincide, {@code down - up} where elements are squares whose outer edges do
   */
  record Sampled(long up, long down, long shift, Sampling sampling) implements AxisRule {

    /** Returns an interpolation between the centres of squares, for an enlargement. */
    public static Sampled linear(long factor) {
      return new Sampled(factor, 1, 1 - factor, new Interpolation(1, /* isSmoothed= */ false));
    }

    @Override
    public long times() {
      return down;
    }

    @Override
    public long over() {
      return up;
    }

    @Override
    public long tapsEach() {
      return sampling.tapsEach(down);
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      long p = 2 * element * down + shift;
      long q = 2 * up;
      long last = sampling.last(p, q, down);
      for (long k = sampling.first(p, q, down); k <= last; k++) {
        target.accept(k);
        if (k < 0 || k >= length) {
          target.accept(k < 0 ? 0 : length - 1);
        }
      }
    }
  }

  /** Which elements make a sample at a position between them. */
  sealed interface Sampling {

    /** Returns how many at most. */
    long tapsEach(long down);

    /** Returns the first of them for the position {@code p / q}. */
    long first(long p, long q, long down);

    /** Returns the last of them for the position {@code p / q}. */
    long last(long p, long q, long down);
  }

  /** The nearest element. */
  enum Nearest implements Sampling {
    /** The one before. */
    FLOOR,
    /** The one behind. */
    CEIL,
    /** The nearest, of two equally near ones the one before. */
    ROUND_PREFER_FLOOR,
    /** The nearest, of two equally near ones the one behind. */
    ROUND_PREFER_CEIL;

    @Override
    public long tapsEach(long down) {
      return 2;
    }

    @Override
    public long first(long p, long q, long down) {
      return switch (this) {
        case FLOOR -> Math.floorDiv(p, q);
        case CEIL -> -Math.floorDiv(-p, q);
        case ROUND_PREFER_FLOOR -> -Math.floorDiv(q - 2 * p, 2 * q);
        case ROUND_PREFER_CEIL -> Math.floorDiv(2 * p + q, 2 * q);
      };
    }

    @Override
    public long last(long p, long q, long down) {
      return first(p, q, down);
    }
  }

  /**
   * A weighted sum of the elements around: linear and cubic interpolation.
   *
   * @param radius how many of them on either side: 1 for linear, 2 for cubic interpolation
   * @param isSmoothed whether the radius is as large in the result where that is smaller than the
   *     operand, which avoids aliasing
   */
  record Interpolation(int radius, boolean isSmoothed) implements Sampling {

    @Override
    public long tapsEach(long down) {
      return isWide(down) ? 4 * down + 2 : 4;
    }

    private boolean isWide(long down) {
      return isSmoothed && down > 1;
    }

    @Override
    public long first(long p, long q, long down) {
      long reach = isWide(down) ? radius * down : isBetween(p, q) ? radius - 1 : 0;
      return Math.floorDiv(p, q) - reach;
    }

    @Override
    public long last(long p, long q, long down) {
      long reach = isWide(down) ? radius * down : isBetween(p, q) ? radius - 1 : 0;
      return Math.floorDiv(p, q) + reach + (isBetween(p, q) ? 1 : 0);
    }

    private static boolean isBetween(long p, long q) {
      return Math.floorMod(p, q) != 0;
    }
  }
}
