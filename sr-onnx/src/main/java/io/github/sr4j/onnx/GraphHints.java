// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.Model.Declaration.Layout;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.operators.OnnxOperators;
import io.github.sr4j.onnx.operators.ShapeArithmetic;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The facts that the nodes of a graph imply: about input, output and precision. */
final class GraphHints {

  private static final int MAX_NODES = 64; // seen before the first convolution

  private static final ImmutableSet<String> INT8_OPERATORS =
      ImmutableSet.of("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger");
  private static final ImmutableSet<String> FLOAT_OPERATORS =
      ImmutableSet.of("Conv", "ConvTranspose", "MatMul", "Gemm");

  /** The order of the input's dimensions and the number of its channels. */
  record Input(Layout layout, long channels) {}

  private GraphHints() {}

  /** Finds the first convolution: it takes N, C, H, W, and its weights tell C. */
  static Optional<Input> input(OnnxGraph graph, String input) {
    Deque<Map.Entry<String, Layout>> reached = new ArrayDeque<>();
    reached.add(Map.entry(input, Layout.NCHW));
    for (int i = 0; i < MAX_NODES && !reached.isEmpty(); i++) {
      Map.Entry<String, Layout> next = reached.remove();
      for (Node node : graph.nodes()) {
        if (node.inputs().isEmpty()
            || node.outputs().isEmpty()
            || !node.inputs().get(0).equals(next.getKey())) {
          continue;
        }
        if (node.operator().equals("Conv") && node.inputs().size() > 1) {
          Tensor weights = graph.tensors().get(node.inputs().get(1));
          if (weights != null && weights.shape().length == 4) {
            return Optional.of(
                new Input(next.getValue(), weights.shape()[1] * node.integer("group", 1)));
          }
        } else if (OnnxOperators.of(node).keepsLayout()) {
          reached.add(Map.entry(node.outputs().get(0), next.getValue()));
        } else if (node.operator().equals("Transpose")
            && Arrays.equals(node.integers("perm"), new long[] {0, 3, 1, 2})) {
          reached.add(Map.entry(node.outputs().get(0), Layout.NHWC));
        }
      }
    }
    return Optional.empty();
  }

  /** Finds the range of the samples that a network takes, where it divides them by 255. */
  static Optional<Range> rangeOfInput(OnnxGraph graph, String input) {
    Map<String, Node> makers = makers(graph);
    for (Node node : graph.nodes()) {
      if (node.inputs().size() == 2 && node.inputs().get(0).equals(input)) {
        double factor = single(values(graph, makers, node.inputs().get(1)));
        if ((node.operator().equals("Div") && Math.abs(factor - 255) < 0.5)
            || (node.operator().equals("Mul") && Math.abs(factor * 255 - 1) < 2e-3)) {
          return Optional.of(Range.BYTE);
        }
      }
    }
    return Optional.empty();
  }

  /** Finds the range of the samples that a network returns, where it limits them. */
  static Optional<Range> rangeOfOutput(OnnxGraph graph, String output) {
    Map<String, Node> makers = makers(graph);
    Node node = makers.get(output);
    for (int i = 0; i < MAX_NODES && node != null; i++) {
      if (!OnnxOperators.of(node).isCopy() || node.inputs().isEmpty()) {
        break;
      }
      node = makers.get(node.inputs().get(0));
    }
    if (node == null) {
      return Optional.empty();
    }
    return switch (node.operator()) {
      case "Sigmoid", "HardSigmoid" -> Optional.of(Range.ONE);
      case "Tanh" -> Optional.of(Range.SIGNED);
      case "Clip" ->
          limits(limit(graph, makers, node, "min", 1), limit(graph, makers, node, "max", 2));
      default -> Optional.empty();
    };
  }

  /**
   * Returns whether convolutions or matrix products are computed in 8 bits: by operators of their
   * own, or by those of floats between {@code DequantizeLinear}, which runtimes replace.
   */
  static boolean isInt8(OnnxGraph graph) {
    Map<String, Node> makers = makers(graph);
    return graph.nodes().stream()
        .anyMatch(
            node ->
                INT8_OPERATORS.contains(node.operator())
                    || (FLOAT_OPERATORS.contains(node.operator())
                        && node.inputs().size() > 1
                        && node.inputs().stream()
                            .limit(2) // the activation and the weights
                            .allMatch(input -> isDequantized(makers.get(input)))));
  }

  private static boolean isDequantized(@Nullable Node maker) {
    return maker != null && maker.operator().equals("DequantizeLinear");
  }

  private static Map<String, Node> makers(OnnxGraph graph) {
    Map<String, Node> makers = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.outputs().forEach(name -> makers.put(name, node));
    }
    return makers;
  }

  private static Optional<Range> limits(double min, double max) {
    for (Range range : Range.values()) {
      if (min == range.black() && max == range.white()) {
        return Optional.of(range);
      }
    }
    return Optional.empty();
  }

  private static double limit(
      OnnxGraph graph, Map<String, Node> makers, Node node, String attribute, int input) {
    if (node.attributes().containsKey(attribute)) {
      return node.attributes().get(attribute).number().orElse(Double.NaN);
    }
    return node.inputs().size() > input
        ? single(values(graph, makers, node.inputs().get(input)))
        : Double.NaN;
  }

  /** Returns the one value, or NaN if there is not exactly one. */
  private static double single(double @Nullable [] values) {
    return values != null && values.length == 1 ? values[0] : Double.NaN;
  }

  private static double @Nullable [] values(
      OnnxGraph graph, Map<String, Node> makers, String name) {
    Tensor tensor = graph.tensors().get(name);
    if (tensor != null) {
      return tensor.hasValues() ? tensor.values() : null;
    }
    Node maker = makers.get(name);
    return maker != null && maker.operator().equals("Constant")
        ? ShapeArithmetic.fold(maker, List.of()).values()
        : null;
  }
}
