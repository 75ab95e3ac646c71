// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.Optional;

/**
 * The part of an array from one element of an axis to before another.
 *
 * @param axis counted from 0; the channels of images are axis 1
 * @param from the first element; negative ones count from the end
 * @param to the element behind the last; negative ones count from the end, and {@link #END} is
 *     behind all
 */
public record Slice(int axis, int from, int to) implements Operator {

  /** Behind the last element. */
  public static final int END = Integer.MAX_VALUE;

  @Override
  public String id() {
    return "slice";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape shape = operands.get(0);
    checkArgument(
        axis >= 0 && axis < shape.rank(),
        "axis of slice must be one of its operand, %s, but was %s",
        shape,
        axis);
    long length = shape.length(axis);
    if (length == Shape.FREE) {
      boolean isCounted = to != END && (from < 0) == (to < 0);
      checkArgument(
          !isCounted || from < to, "elements %s to %s must be among those of the axis", from, to);
      return isCounted ? shape.with(axis, to - (long) from) : shape;
    }
    long count = place(to, length) - place(from, length);
    checkArgument(
        count >= 1 && place(from, length) >= 0,
        "elements %s to %s must be among those of the axis, but it had %s",
        from,
        to == END ? "its end" : to,
        length);
    return shape.with(axis, count);
  }

  private static long place(int element, long length) {
    long place = element == END ? length : element < 0 ? element + length : element;
    checkArgument(place <= length, "elements must be among %s, but were up to %s", length, element);
    return place;
  }

  @Override
  public Optional<AxisRule> along(int imageAxis) {
    return Optional.of(imageAxis == axis ? new AxisRule.Strip(from, 1) : AxisRule.SAME);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(
        "Slice",
        List.of(
            operands.get(0),
            nodes.integers(result + "_starts", from),
            nodes.integers(result + "_ends", to == END ? Long.MAX_VALUE : to),
            nodes.integers(result + "_axes", axis)),
        result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor operand = operands.get(0);
    Shape shape = shape(List.of(operand.shape()));
    int inner = 1; // samples of one element of the axis
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= (int) shape.length(i);
    }
    int row = operand.length(axis) * inner;
    int part = (int) shape.length(axis) * inner;
    int offset = (int) place(from, operand.length(axis)) * inner;
    return DoubleTensor.of(shape, i -> operand.samples()[i / part * row + offset + i % part]);
  }
}
