// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.collect.ImmutableSet;
import com.google.common.math.LongMath;
import io.github.sr4j.onnx.OnnxGraph.Attribute;
import io.github.sr4j.onnx.OnnxGraph.Node;
import io.github.sr4j.onnx.OnnxGraph.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a graph amounts to, in the figures that papers compare: the values in its weights, and the
 * multiply-accumulates of its convolutions and matrix products. Sizes are followed as multiples of
 * the input's, with what convolutions without padding lose left out of account.
 *
 * @param parameters the values in weights, each counted once, however often it is used
 * @param perPixel multiply-accumulates for each pixel of the input; empty if an operator changes
 *     sizes in a way that is not followed
 * @param once those that do not depend on the size, as after a mean over the image
 */
record GraphCost(long parameters, OptionalDouble perPixel, long once) {

  // Inputs from the second on are weights, whatever their size.
  private static final ImmutableSet<String> WEIGHTED =
      ImmutableSet.of("Conv", "ConvTranspose", "Gemm", "MatMul", "PRelu", "QLinearConv");
  // Those whose parameters say what is done, or are not trained.
  private static final ImmutableSet<String> UNWEIGHTED =
      ImmutableSet.of(
          "Clip", "DequantizeLinear", "Expand", "Pad", "QuantizeLinear", "Resize", "Upsample");
  private static final ImmutableSet<String> GLOBAL =
      ImmutableSet.of("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool");
  private static final ImmutableSet<String> POOLS =
      ImmutableSet.of("AveragePool", "LpPool", "MaxPool");
  private static final ImmutableSet<String> RESHAPING =
      ImmutableSet.of("Compress", "Einsum", "Flatten", "If", "Loop", "Reshape", "Scan", "Tile");
  // What weights may come through.
  private static final ImmutableSet<String> ALIASES =
      ImmutableSet.of(
          "Cast", "DequantizeLinear", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");
  private static final double UNKNOWN = Double.NaN;

  /** Counts, in the order of the nodes, each of which comes after those whose outputs it takes. */
  private static final class Count {

    private final Map<String, Tensor> constants = new HashMap<>();
    private final Map<String, Double> areas = new HashMap<>(); // in pixels of the input; 0 for one
    private final Set<Tensor> weights = new HashSet<>();
    private double perPixel;
    private double once;

    Count(OnnxGraph graph, String input) {
      constants.putAll(graph.tensors());
      areas.put(input, 1.0);
      graph.nodes().forEach(this::add);
    }

    private void add(Node node) {
      double area = 0;
      boolean takesPixels = false;
      for (String name : node.inputs()) {
        Double of = areas.get(name);
        if (of != null) {
          area = takesPixels ? Math.max(area, of) : of; // of numbers and NaN, NaN
          takesPixels = true;
        }
      }
      if (!takesPixels) {
        addConstant(node);
        return;
      }
      addWeights(node);
      double result = area(node, area);
      addWork(node, area, result);
      if (!node.operator().equals("Shape") && !node.operator().equals("Size")) {
        node.outputs().forEach(output -> areas.put(output, result));
      }
    }

    private void addConstant(Node node) {
      Tensor tensor = null;
      for (Attribute attribute : node.attributes().values()) {
        tensor = attribute.tensor() != null ? attribute.tensor() : tensor;
      }
      if (ALIASES.contains(node.operator()) && !node.inputs().isEmpty()) {
        tensor = constants.get(node.inputs().get(0));
      }
      if (tensor != null && !node.outputs().isEmpty()) {
        constants.put(node.outputs().get(0), tensor);
      }
    }

    private void addWeights(Node node) {
      boolean isWeighted = WEIGHTED.contains(node.operator());
      // The last inputs of a batch normalisation are statistics.
      int end =
          node.operator().equals("BatchNormalization")
              ? Math.min(3, node.inputs().size())
              : node.inputs().size();
      for (String name : node.inputs().subList(0, end)) {
        Tensor tensor = constants.get(name);
        if (tensor != null
            && !tensor.isInteger()
            && !UNWEIGHTED.contains(node.operator())
            && (isWeighted || size(tensor) > 1)) {
          weights.add(tensor);
        }
      }
    }

    private void addWork(Node node, double before, double after) {
      Tensor weight =
          switch (node.operator()) {
            case "Conv", "ConvTranspose", "Gemm" -> weight(node, 1);
            case "QLinearConv" -> weight(node, 3);
            case "MatMul" -> weight(node, weight(node, 1) == null ? 0 : 1);
            default -> null;
          };
      // A convolution uses each weight once for each pixel of its result, a transposed one for each
      // pixel of its argument.
      double pixels = node.operator().equals("ConvTranspose") ? before : after;
      boolean isWork =
          weight != null || node.operator().equals("MatMul") || node.operator().equals("Einsum");
      if (weight == null || Double.isNaN(pixels)) {
        perPixel = isWork ? UNKNOWN : perPixel;
      } else if (pixels == 0) {
        once += size(weight);
      } else {
        perPixel += pixels * size(weight);
      }
    }

    private @Nullable Tensor weight(Node node, int input) {
      return input < node.inputs().size() ? constants.get(node.inputs().get(input)) : null;
    }

    private double area(Node node, double area) {
      String operator = node.operator();
      if (!node.isStandard()) {
        return UNKNOWN;
      }
      if (GLOBAL.contains(operator) || (operator.startsWith("Reduce") && isOverImage(node))) {
        return 0;
      }
      if (area == 0) {
        return 0;
      }
      if (POOLS.contains(operator)) {
        return area / strides(node);
      }
      if (RESHAPING.contains(operator)) {
        return UNKNOWN;
      }
      double block = node.integer("blocksize", 1);
      return switch (operator) {
        case "Conv", "QLinearConv" -> area / strides(node);
        case "ConvTranspose" -> area * strides(node);
        case "DepthToSpace" -> area * block * block;
        case "SpaceToDepth" -> area / (block * block);
        case "Resize" -> area * scales(node, node.inputs().size() > 2 ? 2 : 1);
        case "Upsample" -> area * scales(node, 1);
        case "Slice" -> area / steps(node);
        default -> area;
      };
    }

    private static double strides(Node node) {
      long[] strides = node.integers("strides");
      return strides == null ? 1 : Arrays.stream(strides).reduce(1, (a, b) -> a * b);
    }

    private double scales(Node node, int input) {
      double[] scales = node.floats("scales");
      Tensor tensor = weight(node, input);
      if (scales == null && tensor != null && tensor.hasValues()) {
        scales = tensor.values();
      }
      return scales == null || scales.length == 0
          ? UNKNOWN
          : Arrays.stream(scales).reduce(1, (a, b) -> a * b);
    }

    private double steps(Node node) {
      if (node.inputs().size() < 5) {
        return 1;
      }
      Tensor steps = weight(node, 4);
      return steps == null || !steps.hasValues()
          ? UNKNOWN
          : Math.abs(Arrays.stream(steps.values()).reduce(1, (a, b) -> a * b));
    }

    private boolean isOverImage(Node node) {
      long[] axes = node.integers("axes");
      Tensor listed = weight(node, 1);
      if (axes == null && listed != null && listed.hasValues()) {
        axes = Arrays.stream(listed.values()).mapToLong(v -> (long) v).toArray();
      }
      return axes == null || axes.length > 1; // rows and columns; the channels are one axis
    }

    private static long size(Tensor tensor) {
      return Arrays.stream(tensor.shape()).reduce(1, LongMath::saturatedMultiply);
    }
  }

  /** Counts what a graph has and does. */
  static GraphCost of(OnnxGraph graph, String input) {
    Count count = new Count(graph, input);
    return new GraphCost(
        count.weights.stream().mapToLong(Count::size).reduce(0, LongMath::saturatedAdd),
        count.perPixel >= 0 && count.perPixel < Double.POSITIVE_INFINITY // strides may be anything
            ? OptionalDouble.of(count.perPixel)
            : OptionalDouble.empty(),
        Math.round(count.once));
  }

  /** Returns the multiply-accumulates for an input of so many pixels. */
  OptionalDouble multiplyAccumulates(double pixels) {
    return perPixel.isPresent()
        ? OptionalDouble.of(perPixel.getAsDouble() * pixels + once)
        : OptionalDouble.empty();
  }
}
