// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import java.util.List;
import java.util.Optional;

/**
 * Arrays one after the other along an axis, alike along all others.
 *
 * @param axis counted from 0; the channels of images are axis 1
 */
public record Concatenate(int axis) implements Operator {

  @Override
  public String id() {
    return "concat";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    checkArgument(!operands.isEmpty(), "concat must have at least one operand");
    Shape result = operands.get(0);
    checkArgument(
        axis >= 0 && axis < result.rank(),
        "axis of concat must be one of its operands, which are %s, but was %s",
        operands,
        axis);
    long sum = 0;
    for (Shape operand : operands) {
      checkArgument(
          operand.rank() == result.rank(),
          "operands of concat must be alike, but were %s",
          operands);
      for (int i = 0; i < result.rank(); i++) {
        long length = operand.length(i);
        if (i != axis && result.length(i) == Shape.FREE) {
          result = result.with(i, length);
        }
        checkArgument(
            i == axis || length == Shape.FREE || length == result.length(i),
            "operands of concat must be alike along all axes but %s, but were %s",
            axis,
            operands);
      }
      boolean isFree = sum == Shape.FREE || operand.length(axis) == Shape.FREE;
      sum = isFree ? Shape.FREE : sum + operand.length(axis);
    }
    return result.with(axis, sum);
  }

  @Override
  public Optional<AxisRule> along(int imageAxis) {
    return imageAxis == axis ? Optional.empty() : Optional.of(AxisRule.SAME);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add("Concat", operands, result, Attribute.of("axis", axis));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Shape shape = shape(operands.stream().map(DoubleTensor::shape).toList());
    double[] result = new double[(int) shape.size()];
    int inner = 1; // samples of one element of the axis
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= (int) shape.length(i);
    }
    int row = (int) shape.length(axis) * inner;
    int offset = 0;
    for (DoubleTensor operand : operands) {
      int part = operand.length(axis) * inner;
      for (int i = 0; i * row < result.length; i++) {
        System.arraycopy(operand.samples(), i * part, result, i * row + offset, part);
      }
      offset += part;
    }
    return DoubleTensor.of(shape, result);
  }
}
