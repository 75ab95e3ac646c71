// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.math.LongMath;
import java.util.Arrays;

/**
 * On which rows (or columns) of a network's input the elements along one axis of a tensor depend:
 * for each element the interval of input positions. Immutable.
 *
 * <p>An element that depends on padding depends on what is there instead of pixels beyond the edge,
 * and would change if the input went on. The edges are therefore positions of their own: -1 stands
 * for everything before the first pixel, {@code inputLength} for everything behind the last one.
 */
final class Span {

  /** Says which elements of the source an element depends on. */
  interface Taps {
    void of(int element, Target target);
  }

  /** Takes the elements of the source on which an element depends. */
  interface Target {
    void add(long sourceElement);
  }

  private static final int EMPTY_LEAST = Integer.MAX_VALUE;
  private static final int EMPTY_GREATEST = Integer.MIN_VALUE;

  private final int inputLength;
  private final int[] least;
  private final int[] greatest;
  // The distance between elements is numerator / denominator pixels of the input, in lowest terms.
  private final long numerator;
  private final long denominator;

  private Span(int inputLength, int[] least, int[] greatest, long numerator, long denominator) {
    this.inputLength = inputLength;
    this.least = least;
    this.greatest = greatest;
    long divisor = LongMath.gcd(numerator, denominator);
    this.numerator = numerator / divisor;
    this.denominator = denominator / divisor;
  }

  /** Returns the span of the input itself. */
  static Span input(int length) {
    int[] positions = new int[length];
    Arrays.setAll(positions, i -> i);
    return new Span(length, positions, positions, 1, 1);
  }

  int length() {
    return least.length;
  }

  long numerator() {
    return numerator;
  }

  long denominator() {
    return denominator;
  }

  /** Returns by how much the elements are more than the pixels of the input have room for. */
  long excess() {
    return length() * numerator - inputLength * denominator;
  }

  /** Returns the first position that an element depends on; the input's length if it has none. */
  int least(int element) {
    return least[element] == EMPTY_LEAST ? inputLength : least[element];
  }

  /** Returns the last position that an element depends on; -1 if it has none. */
  int greatest(int element) {
    return greatest[element] == EMPTY_GREATEST ? -1 : greatest[element];
  }

  /**
   * Returns the span of an axis made from this one. A tap before the first or behind the last
   * element is padding.
   *
   * @param times by how much further apart its elements are
   * @param over and by how much closer
   */
  Span derive(int length, long times, long over, Taps taps) {
    int[] newLeast = new int[length];
    int[] newGreatest = new int[length];
    Arrays.fill(newLeast, EMPTY_LEAST);
    Arrays.fill(newGreatest, EMPTY_GREATEST);
    for (int i = 0; i < length; i++) {
      int element = i;
      taps.of(
          element,
          source -> {
            boolean isBefore = source < 0;
            boolean isBehind = source >= least.length;
            int first = isBefore ? -1 : isBehind ? inputLength : least[(int) source];
            int last = isBefore ? -1 : isBehind ? inputLength : greatest[(int) source];
            newLeast[element] = Math.min(newLeast[element], first);
            newGreatest[element] = Math.max(newGreatest[element], last);
          });
    }
    return new Span(
        inputLength,
        newLeast,
        newGreatest,
        Math.multiplyExact(numerator, times),
        Math.multiplyExact(denominator, over));
  }

  boolean hasSpacingOf(Span other) {
    return numerator == other.numerator && denominator == other.denominator;
  }

  /** Returns the span of a combination, element by element, with an axis of the same length. */
  Span union(Span other) {
    if (other == this) {
      return this;
    }
    int[] newLeast = new int[least.length];
    int[] newGreatest = new int[least.length];
    for (int i = 0; i < least.length; i++) {
      newLeast[i] = Math.min(least[i], other.least[i]);
      newGreatest[i] = Math.max(greatest[i], other.greatest[i]);
    }
    return new Span(inputLength, newLeast, newGreatest, numerator, denominator);
  }

  /**
   * Returns the radius of the receptive field in pixels of the input, if this is the span of an
   * output {@code scale} times as large as the input that lacks {@code border} elements at either
   * end.
   */
  int radius(int scale, int border) {
    int radius = 0;
    for (int i = 0; i < least.length; i++) {
      if (least[i] != EMPTY_LEAST) {
        int centre = (i + border) / scale;
        radius = Math.max(radius, Math.max(centre - least[i], greatest[i] - centre));
      }
    }
    return radius;
  }
}
