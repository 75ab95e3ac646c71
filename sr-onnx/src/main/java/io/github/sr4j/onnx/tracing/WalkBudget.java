// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

import com.google.common.math.LongMath;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.ReceptiveInterval;

/**
 * The bound of the work of a walk through a graph, and the alignment that its strides need. Used
 * once, by one thread.
 */
public final class WalkBudget {

  /** The largest number of elements along an axis, and of elements on which one depends. */
  public static final int MAX_LENGTH = 1 << 18;

  private static final long MAX_TAPS = 1L << 29; // a second or so

  private long taps;
  private long alignment = 1;

  /** Returns the number of which the input's sides must be multiples. */
  public long alignment() {
    return alignment;
  }

  /**
   * Adds an axis that depends on another by a rule.
   *
   * @param length the number of its elements
   * @throws Untraceable if that is too much
   * @throws ArithmeticException if the alignment cannot be told in longs
   */
  public void add(ReceptiveInterval source, int length, AxisRule rule) throws Untraceable {
    if (length > MAX_LENGTH || rule.tapsEach() > MAX_LENGTH) {
      throw Untraceable.unknown("a receptive field too large to follow");
    }
    taps += length * rule.tapsEach();
    if (taps > MAX_TAPS) {
      throw Untraceable.unknown("a receptive field too large to follow");
    }
    long distance = Math.multiplyExact(source.numerator(), rule.times());
    long step = distance / LongMath.gcd(distance, source.denominator());
    alignment = Math.multiplyExact(alignment, step / LongMath.gcd(alignment, step));
  }
}
