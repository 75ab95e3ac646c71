// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.samples;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import java.util.List;

/** Checks of operands, and their broadcasting. */
public final class Operands {

  private Operands() {}

  /** Refuses another number of operands. */
  public static void checkCount(Operator operator, List<Shape> operands, int count) {
    checkArgument(
        operands.size() == count,
        "%s must have %s operands, but had %s",
        operator.id(),
        count,
        operands.size());
  }

  /** Refuses what is not a batch of images, [N, C, H, W]. */
  public static Shape checkImages(Operator operator, Shape shape) {
    checkArgument(
        shape.rank() == 4 && shape.length(1) != Shape.FREE,
        "%s must have images [N, C, H, W] of known channels, but had %s",
        operator.id(),
        shape);
    return shape;
  }

  /** Refuses an operand whose shape is not the one that goes with the others. */
  public static void checkShape(Operator operator, String operand, Shape actual, long... expected) {
    checkArgument(
        actual.equals(Shape.of(expected)),
        "%s of %s must be of shape %s, but was of %s",
        operand,
        operator.id(),
        Shape.of(expected),
        actual);
  }

  /**
   * Returns the common shape of two operands: axes are aligned at the last, and one of length 1 is
   * repeated.
   */
  public static Shape broadcast(Operator operator, Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    long[] lengths = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long x = i <= a.rank() ? a.length(a.rank() - i) : 1;
      long y = i <= b.rank() ? b.length(b.rank() - i) : 1;
      checkArgument(
          x == y || x == 1 || y == 1 || x == Shape.FREE || y == Shape.FREE,
          "operands of %s must have equal lengths, or 1, along each axis, but had %s and %s",
          operator.id(),
          a,
          b);
      lengths[rank - i] = x == 1 || (x == Shape.FREE && y != 1) ? y : x;
    }
    return Shape.of(lengths);
  }

  /** Returns the sample of an operand at a place of the shape that it is broadcast to. */
  public static double at(DoubleTensor operand, Shape shape, int place) {
    int rest = place;
    int index = 0;
    int stride = 1;
    int rank = operand.shape().rank();
    for (int i = 1; i <= shape.rank(); i++) {
      int length = (int) shape.length(shape.rank() - i);
      int position = rest % length;
      rest /= length;
      if (i <= rank) {
        int own = operand.length(rank - i);
        index += own == 1 ? 0 : position * stride;
        stride *= own;
      }
    }
    return operand.samples()[index];
  }
}
