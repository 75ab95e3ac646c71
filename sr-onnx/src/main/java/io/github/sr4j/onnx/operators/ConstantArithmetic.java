// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.NodeInputs;
import io.github.sr4j.onnx.tracing.OnnxOperator.ConstantRule;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Constant rules of operators that compute each element from those at the same place. */
final class ConstantArithmetic {

  private ConstantArithmetic() {}

  static Constant identity(NodeInputs node) {
    return node.constant(0);
  }

  /** Returns a constant of the first input's shape, of which no values are known. */
  static Constant shapeOnly(NodeInputs node) {
    return node.constant(0).with(node.constant(0).shape(), null);
  }

  static ConstantRule unary(DoubleUnaryOperator operator) {
    return node -> map(node.constant(0), operator);
  }

  static ConstantRule binary(DoubleBinaryOperator operator) {
    return node -> combine(node.constant(0), node.constant(1), operator);
  }

  static Constant cast(NodeInputs node) {
    boolean toInteger = isIntegerType(node.node().integer("to", 0));
    Constant operand = node.constant(0);
    Constant cast = toInteger ? map(operand, ConstantArithmetic::truncate) : operand;
    return new Constant(cast.shape(), cast.values(), toInteger);
  }

  static Constant divide(NodeInputs node) {
    Constant dividend = node.constant(0);
    Constant divisor = node.constant(1);
    return dividend.isInteger() && divisor.isInteger()
        ? combine(dividend, divisor, (a, b) -> truncate(a / b))
        : combine(dividend, divisor, (a, b) -> a / b);
  }

  static Constant where(NodeInputs node) {
    Constant condition = node.constant(0);
    Constant a = node.constant(1);
    Constant b = node.constant(2);
    if (condition.values() == null || a.values() == null || b.values() == null) {
      return Constant.UNKNOWN;
    }
    Constant chosen = combine(condition, a, (c, v) -> c != 0 ? v : Double.NaN);
    return combine(chosen, b, (v, other) -> Double.isNaN(v) ? other : v);
  }

  private static boolean isIntegerType(long type) {
    return type >= 2 && type <= 9 && type != 8; // of TensorProto.DataType
  }

  private static double truncate(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }

  private static Constant map(Constant a, DoubleUnaryOperator operator) {
    double[] values = a.values();
    return a.with(a.shape(), values == null ? null : Arrays.stream(values).map(operator).toArray());
  }

  private static Constant combine(Constant a, Constant b, DoubleBinaryOperator operator) {
    if (a.shape() == null || b.shape() == null) {
      return Constant.UNKNOWN;
    }
    long[] shape = ShapeArithmetic.broadcast(a.shape(), b.shape());
    boolean isInteger = a.isInteger() && b.isInteger();
    double[] left = a.values();
    double[] right = b.values();
    if (left == null || right == null) {
      return new Constant(shape, null, isInteger);
    }
    double[] values = new double[Math.max(left.length, right.length)];
    boolean isInOrder = // of both, or one of them is a number
        (left.length == right.length || left.length == 1 || right.length == 1)
            && Arrays.stream(shape).reduce(1, (x, y) -> x * y) == values.length;
    if (!isInOrder) {
      return new Constant(shape, null, isInteger);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] =
          operator.applyAsDouble(left[left.length == 1 ? 0 : i], right[right.length == 1 ? 0 : i]);
    }
    return new Constant(shape, values, isInteger);
  }
}
