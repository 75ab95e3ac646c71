// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.Optional;

/** Exponentials along the last axis, divided by their sum, as attention needs them. */
public record Softmax() implements Operator {

  @Override
  public String id() {
    return "softmax";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    return operands.get(0);
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add("Softmax", operands, result, Attribute.of("axis", -1));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor operand = operands.get(0);
    double[] result = operand.samples().clone();
    int length = operand.length(operand.shape().rank() - 1);
    for (int row = 0; row < result.length; row += length) {
      double max = Double.NEGATIVE_INFINITY; // subtracted, so that nothing overflows
      for (int i = row; i < row + length; i++) {
        max = Math.max(max, result[i]);
      }
      double sum = 0;
      for (int i = row; i < row + length; i++) {
        result[i] = Math.exp(result[i] - max);
        sum += result[i];
      }
      for (int i = row; i < row + length; i++) {
        result[i] /= sum;
      }
    }
    return DoubleTensor.of(operand.shape(), result);
  }
}
