// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** A function of each sample. */
public enum Unary implements Operator {
  /** The absolute value. */
  ABS(Math::abs, "Abs"),
  /** e to the power of a sample. */
  EXP(Math::exp, "Exp"),
  /**
   * The Gaussian error linear unit, {@code x Phi(x)}, with the distribution function of the
   * Gaussian (Hendrycks and Gimpel, section 2).
   */
  EXACT_GELU(x -> x / 2 * (1 + Constants.erf(x / Math.sqrt(2))), "Gelu") {
    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      String x = operands.get(0);
      String argument = scaled(nodes, result + "_argument", x, Math.sqrt(0.5));
      nodes.add("Erf", List.of(argument), result + "_erf");
      String one = nodes.tensor(result + "_one", Tensor.scalar(1));
      nodes.add("Add", List.of(result + "_erf", one), result + "_outer");
      String half = scaled(nodes, result + "_half", x, 0.5);
      product(nodes, result, half, result + "_outer");
    }
  },
  /**
   * The Gaussian error linear unit, {@code x Phi(x)}, with Phi approximated by a tanh (D. Hendrycks
   * and K. Gimpel, <i>Gaussian Error Linear Units</i>, 2016, section 2).
   */
  GELU(x -> x / 2 * (1 + Math.tanh(Constants.ROOT * (x + Constants.CUBE * x * x * x))), "Gelu") {
    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      String x = operands.get(0);
      String square = product(nodes, result + "_square", x, x);
      String cube = product(nodes, result + "_cube", square, x);
      String scaled = scaled(nodes, result + "_scaled", cube, Constants.CUBE);
      nodes.add("Add", List.of(x, scaled), result + "_inner");
      String argument = scaled(nodes, result + "_argument", result + "_inner", Constants.ROOT);
      nodes.add("Tanh", List.of(argument), result + "_tanh");
      String one = nodes.tensor(result + "_one", Tensor.scalar(1));
      nodes.add("Add", List.of(result + "_tanh", one), result + "_outer");
      String half = scaled(nodes, result + "_half", x, 0.5);
      nodes.add("Mul", List.of(half, result + "_outer"), result);
    }
  },
  /**
   * A sigmoid of straight lines, {@code clip(x / 6 + 1/2, 0, 1)} (A. Howard et al., <i>Searching
   * for MobileNetV3</i>, ICCV 2019, section 5.2).
   */
  HARD_SIGMOID(x -> Math.max(0, Math.min(1, x / 6 + 0.5)), "HardSigmoid") {
    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      nodes.add(
          "HardSigmoid",
          operands,
          result,
          Attribute.of("alpha", 1 / 6f),
          Attribute.of("beta", 0.5f));
    }
  },
  /** A sample times its {@link #HARD_SIGMOID} (Howard et al., section 5.2). */
  HARD_SWISH(x -> x * Math.max(0, Math.min(1, x / 6 + 0.5)), "HardSwish"),
  /** The natural logarithm. */
  LOG(Math::log, "Log"),
  /** The negative. */
  NEGATE(x -> -x, "Neg"),
  /** The rectified linear unit: samples below 0 become 0. */
  RELU(x -> Math.max(0, x), "Relu"),
  /** The logistic function. */
  SIGMOID(Constants::sigmoid, "Sigmoid"),
  /**
   * A sample times its {@link #SIGMOID}, also called swish (S. Elfwing et al., <i>Sigmoid-Weighted
   * Linear Units for Neural Network Function Approximation in Reinforcement Learning</i>, Neural
   * Networks 2018).
   */
  SILU(x -> x * Constants.sigmoid(x), "Silu") {
    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      nodes.add("Sigmoid", operands, result + "_sigmoid");
      nodes.add("Mul", List.of(operands.get(0), result + "_sigmoid"), result);
    }
  },
  /** The square root. */
  SQRT(Math::sqrt, "Sqrt"),
  /** The square. */
  SQUARE(x -> x * x, "Mul") {
    @Override
    public void write(OnnxNodes nodes, List<String> operands, String result) {
      product(nodes, result, operands.get(0), operands.get(0));
    }
  },
  /** The hyperbolic tangent. */
  TANH(Math::tanh, "Tanh");

  /** Values that the constants of the enum need: its own static fields are set after them. */
  private static final class Constants {
    static final double ROOT = Math.sqrt(2 / Math.PI);
    static final double CUBE = 0.044715;

    /**
     * Returns the error function, by a series of positive terms (Abramowitz and Stegun, <i>Handbook
     * of Mathematical Functions</i>, 1964, formula 7.1.6).
     */
    static double erf(double x) {
      if (Math.abs(x) > 6) { // 1 - erf(6) is below the resolution of a double
        return Math.signum(x);
      }
      double sum = 0;
      double term = x;
      for (int n = 1; sum + term != sum; n++) {
        sum += term;
        term *= 2 * x * x / (2 * n + 1);
      }
      return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    static double sigmoid(double x) {
      return 1 / (1 + Math.exp(-x));
    }
  }

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final DoubleUnaryOperator function;

  private final String onnx;

  Unary(DoubleUnaryOperator function, String onnx) {
    this.function = function;
    this.onnx = onnx;
  }

  @Override
  public String id() {
    return Ascii.toLowerCase(name());
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    return operands.get(0);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(onnx, operands, result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    double[] samples = operands.get(0).samples();
    return DoubleTensor.of(operands.get(0).shape(), i -> function.applyAsDouble(samples[i]));
  }

  private static String product(OnnxNodes nodes, String result, String left, String right) {
    nodes.add("Mul", List.of(left, right), result);
    return result;
  }

  private static String scaled(OnnxNodes nodes, String result, String operand, double factor) {
    String constant = nodes.tensor(result + "_factor", Tensor.scalar((float) factor));
    return product(nodes, result, operand, constant);
  }
}
