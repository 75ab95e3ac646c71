// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import com.google.common.math.LongMath;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * The rows (or columns) of a network's input on which the elements along one axis of a tensor
 * depend: for each element an interval of input positions. Immutable.
 *
 * <p>An element that depends on padding depends on what is there instead of pixels beyond the edge,
 * and would change if the input went on. The edges are therefore positions of their own: -1 stands
 * for everything before the first pixel, {@code inputLength} for everything behind the last one.
 */
public final class ReceptiveInterval {

  private static final int EMPTY_MIN = Integer.MAX_VALUE;
  private static final int EMPTY_MAX = Integer.MIN_VALUE;

  private final int inputLength;
  private final int[] min;
  private final int[] max;
  // The distance between elements is numerator / denominator pixels of the input, in lowest terms.
  private final long numerator;
  private final long denominator;

  private ReceptiveInterval(
      int inputLength, int[] min, int[] max, long numerator, long denominator) {
    this.inputLength = inputLength;
    this.min = min;
    this.max = max;
    long divisor = LongMath.gcd(numerator, denominator);
    this.numerator = numerator / divisor;
    this.denominator = denominator / divisor;
  }

  /** Returns the intervals of the input itself. */
  public static ReceptiveInterval input(int length) {
    int[] positions = new int[length];
    Arrays.setAll(positions, i -> i);
    return new ReceptiveInterval(length, positions, positions, 1, 1);
  }

  /** Returns the number of elements. */
  public int length() {
    return min.length;
  }

  /** Returns the distance between elements in pixels of the input, times {@link #denominator}. */
  public long numerator() {
    return numerator;
  }

  /** Returns the elements for each pixel of the input, times {@link #numerator}. */
  public long denominator() {
    return denominator;
  }

  /** Returns the number of elements beyond those that the pixels of the input have room for. */
  public long excess() {
    return length() * numerator - inputLength * denominator;
  }

  /** Returns the first position that an element depends on; the input's length if it has none. */
  public int min(int element) {
    return min[element] == EMPTY_MIN ? inputLength : min[element];
  }

  /** Returns the last position that an element depends on; -1 if it has none. */
  public int max(int element) {
    return max[element] == EMPTY_MAX ? -1 : max[element];
  }

  /**
   * Returns the intervals of a result that depends on this axis by a rule.
   *
   * @param newLength the number of its elements
   * @throws ArithmeticException if the distances of its elements cannot be told in longs
   */
  public ReceptiveInterval derive(int newLength, AxisRule rule) {
    int[] newMin = new int[newLength];
    int[] newMax = new int[newLength];
    Bounds bounds = new Bounds(); // one for all, so that no element costs memory
    AxisRule ends = rule instanceof AxisRule.Window window && isAscending() ? window.ends() : rule;
    for (int i = 0; i < newLength; i++) {
      bounds.first = EMPTY_MIN;
      bounds.last = EMPTY_MAX;
      ends.taps(i, min.length, bounds);
      newMin[i] = bounds.first;
      newMax[i] = bounds.last;
    }
    return new ReceptiveInterval(
        inputLength,
        newMin,
        newMax,
        Math.multiplyExact(numerator, rule.times()),
        Math.multiplyExact(denominator, rule.over()));
  }

  /** Whether no interval begins or ends before that of the element before. */
  private boolean isAscending() {
    for (int i = 1; i < min.length; i++) {
      if (min[i] < min[i - 1] || max[i] < max[i - 1] || min[i] == EMPTY_MIN) {
        return false;
      }
    }
    return min.length > 0 && min[0] != EMPTY_MIN;
  }

  /** The positions of the input on which an element depends, from those of its operands. */
  private final class Bounds implements LongConsumer {

    private int first;
    private int last;

    @Override
    public void accept(long source) {
      if (source < 0) {
        first = -1;
        last = Math.max(last, -1);
      } else if (source >= min.length) {
        first = Math.min(first, inputLength);
        last = inputLength;
      } else {
        first = Math.min(first, min[(int) source]);
        last = Math.max(last, max[(int) source]);
      }
    }
  }

  /** Returns whether the elements of both are equally far apart. */
  public boolean hasSpacingOf(ReceptiveInterval other) {
    return numerator == other.numerator && denominator == other.denominator;
  }

  /**
   * Returns the intervals of a combination, element by element, with an axis of the same length.
   */
  public ReceptiveInterval union(ReceptiveInterval other) {
    if (other == this) {
      return this;
    }
    int[] newMin = new int[min.length];
    int[] newMax = new int[min.length];
    for (int i = 0; i < min.length; i++) {
      newMin[i] = Math.min(min[i], other.min[i]);
      newMax[i] = Math.max(max[i], other.max[i]);
    }
    return new ReceptiveInterval(inputLength, newMin, newMax, numerator, denominator);
  }

  /**
   * Returns the radius of the receptive field in pixels of the input, if this is the span of an
   * output {@code scale} times as large as the input that lacks {@code lostEdge} elements at either
   * end.
   */
  public int radius(int scale, int lostEdge) {
    int radius = 0;
    for (int i = 0; i < min.length; i++) {
      if (min[i] != EMPTY_MIN) {
        int centre = (i + lostEdge) / scale;
        radius = Math.max(radius, Math.max(centre - min[i], max[i] - centre));
      }
    }
    return radius;
  }
}
