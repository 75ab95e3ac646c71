// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Arithmetic of each sample with one number. */
public record WithNumber(Kind kind, double number) implements Operator {

  /** The operation. */
  public enum Kind {
    /** It is added. */
    ADD(Double::sum, "Add"),
    /** It is multiplied. */
    MULTIPLY((a, b) -> a * b, "Mul"),
    /** It is the exponent. */
    POWER(Math::pow, "Pow"),
    /** It takes the place of smaller samples. */
    MAX(Math::max, "Max");

    @SuppressWarnings("ImmutableEnumChecker") // without state
    private final DoubleBinaryOperator function;

    private final String onnx;

    Kind(DoubleBinaryOperator function, String onnx) {
      this.function = function;
      this.onnx = onnx;
    }
  }

  @Override
  public String id() {
    return Ascii.toLowerCase(kind.name()) + "_number";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    return operands.get(0);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    String scalar = nodes.tensor(result + "_number", Tensor.scalar((float) number));
    nodes.add(kind.onnx, List.of(operands.get(0), scalar), result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    double[] samples = operands.get(0).samples();
    return DoubleTensor.of(
        operands.get(0).shape(), i -> kind.function.applyAsDouble(samples[i], number));
  }
}
