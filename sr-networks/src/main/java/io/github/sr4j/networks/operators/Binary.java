// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/**
 * Arithmetic of two arrays, sample by sample. Axes are aligned at the last; where one array has
 * length 1, its sample is used for all of the other.
 */
public enum Binary implements Operator {
  /** The sum. */
  ADD(Double::sum, "Add"),
  /** The first without the second. */
  SUBTRACT((a, b) -> a - b, "Sub"),
  /** The product. */
  MULTIPLY((a, b) -> a * b, "Mul"),
  /** The first divided by the second. */
  DIVIDE((a, b) -> a / b, "Div");

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final DoubleBinaryOperator function;

  private final String onnx;

  Binary(DoubleBinaryOperator function, String onnx) {
    this.function = function;
    this.onnx = onnx;
  }

  @Override
  public String id() {
    return Ascii.toLowerCase(name());
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 2);
    return Operands.broadcast(this, operands.get(0), operands.get(1));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(onnx, operands, result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor a = operands.get(0);
    DoubleTensor b = operands.get(1);
    Shape shape = shape(List.of(a.shape(), b.shape()));
    return DoubleTensor.of(
        shape, i -> function.applyAsDouble(Operands.at(a, shape, i), Operands.at(b, shape, i)));
  }
}
