// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import com.google.common.collect.ImmutableSet;
import com.google.common.math.LongMath;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Attribute;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.operators.OnnxOperators;
import io.github.sr4j.onnx.tracing.OnnxOperator;
import io.github.sr4j.onnx.tracing.OnnxOperator.Weights;
import io.github.sr4j.onnx.tracing.OnnxOperator.Work;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a graph in the figures that papers compare: the values in its weights, and the
 * multiply-accumulates of its convolutions and matrix products. Sizes are followed as multiples of
 * the input's; edges that unpadded convolutions lose are ignored.
 *
 * @param parameters the values in weights, each counted once, however often it is used
 * @param perPixel multiply-accumulates for each pixel of the input; empty if an operator changes
 *     sizes in a way that is not followed
 * @param once those that do not depend on the size, as after a mean over the image
 */
public record GraphCost(long parameters, OptionalDouble perPixel, long once) {

  private static final double UNKNOWN = Double.NaN;

  /** Operators whose result has the sides that their operand has, or some of them. */
  private static final ImmutableSet<String> SIZE_OPERATORS =
      ImmutableSet.of("Cast", "Concat", "Gather", "Identity", "Slice", "Squeeze", "Unsqueeze");

  /** Counts, in the order of the nodes, each of which comes after those whose outputs it takes. */
  private static final class Count {

    private final Map<String, Tensor> constants = new HashMap<>();
    private final Map<String, Double> areas = new HashMap<>(); // in pixels of the input; 0 for one
    private final Map<String, Double> sizes =
        new HashMap<>(); // areas that numbers are the sides of
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
        addSize(node);
        return;
      }
      OnnxOperator operator = OnnxOperators.of(node);
      addWeights(node, operator);
      double result = area(node, operator, area);
      addWork(node, operator, area, result);
      if (operator.isOfShape()) {
        double taken = area;
        node.outputs().forEach(output -> sizes.put(output, taken));
      } else {
        node.outputs().forEach(output -> areas.put(output, result));
      }
    }

    /** Follows the sides of an image through the operators that take them apart and together. */
    private void addSize(Node node) {
      if (!node.isStandard()
          || node.inputs().isEmpty()
          || !SIZE_OPERATORS.contains(node.operator())) {
        return;
      }
      // Height and width are the last of the sides, as of those put together here.
      int taken = node.operator().equals("Concat") ? node.inputs().size() - 1 : 0;
      Double size = sizes.get(node.inputs().get(taken));
      if (size != null) {
        node.outputs().forEach(output -> sizes.put(output, size));
      }
    }

    private void addConstant(Node node) {
      Tensor tensor = null;
      for (Attribute attribute : node.attributes().values()) {
        tensor = attribute.tensor() != null ? attribute.tensor() : tensor;
      }
      if (OnnxOperators.of(node).carriesWeights() && !node.inputs().isEmpty()) {
        tensor = constants.get(node.inputs().get(0));
      }
      if (tensor != null && !node.outputs().isEmpty()) {
        constants.put(node.outputs().get(0), tensor);
      }
    }

    private void addWeights(Node node, OnnxOperator operator) {
      int end = Math.min(operator.weightInputs(), node.inputs().size());
      for (String name : node.inputs().subList(0, end)) {
        Tensor tensor = constants.get(name);
        if (tensor != null && !tensor.isInteger() && isWeight(tensor, operator.weights())) {
          weights.add(tensor);
        }
      }
    }

    private static boolean isWeight(Tensor tensor, Weights counted) {
      return switch (counted) {
        case ALL -> true;
        case ARRAYS -> size(tensor) > 1;
        case NONE -> false;
      };
    }

    private void addWork(Node node, OnnxOperator operator, double before, double after) {
      if (operator.work() == Work.NONE) {
        return;
      }
      Tensor kernel = constant(node, operator.kernelInput());
      kernel = kernel == null ? constant(node, 0) : kernel;
      double pixels = operator.work() == Work.PER_OPERAND_PIXEL ? before : after;
      if (kernel == null || operator.work() == Work.UNKNOWN || Double.isNaN(pixels)) {
        perPixel = UNKNOWN;
      } else if (pixels == 0) {
        once += size(kernel);
      } else {
        perPixel += pixels * size(kernel);
      }
    }

    private @Nullable Tensor constant(Node node, int input) {
      return input < node.inputs().size() ? constants.get(node.inputs().get(input)) : null;
    }

    private double area(Node node, OnnxOperator operator, double area) {
      if (!node.isStandard()) {
        return UNKNOWN;
      }
      double block = node.integer("blocksize", 1);
      // Of one element, there is no more, however large the image.
      return switch (operator.areaRule()) {
        case SAME -> area;
        case ONE -> 0;
        case ONE_IF_OVER_IMAGE -> isOverImage(node) ? 0 : area;
        case DIVIDED_BY_STRIDES -> area == 0 ? 0 : area / strides(node);
        case TIMES_STRIDES -> area == 0 ? 0 : area * strides(node);
        case TIMES_BLOCK -> area == 0 ? 0 : area * block * block;
        case DIVIDED_BY_BLOCK -> area == 0 ? 0 : area / (block * block);
        case TIMES_SCALES -> resized(node, area);
        case DIVIDED_BY_STEPS -> area == 0 ? 0 : area / steps(node);
        case UNKNOWN -> area == 0 ? 0 : UNKNOWN;
      };
    }

    private static double strides(Node node) {
      long[] strides = node.integers("strides");
      return strides == null ? 1 : Arrays.stream(strides).reduce(1, (a, b) -> a * b);
    }

    private double resized(Node node, double area) {
      Double size = node.inputs().size() > 3 ? sizes.get(node.inputs().get(3)) : null;
      if (size != null) {
        return size;
      }
      return area == 0 ? 0 : area * scales(node);
    }

    private double scales(Node node) {
      double[] scales = node.floats("scales");
      // Since opset 11, a region is the first parameter.
      Tensor tensor = constant(node, node.inputs().size() > 2 ? 2 : 1);
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
      Tensor steps = constant(node, 4);
      return steps == null || !steps.hasValues()
          ? UNKNOWN
          : Math.abs(Arrays.stream(steps.values()).reduce(1, (a, b) -> a * b));
    }

    private boolean isOverImage(Node node) {
      long[] axes = node.integers("axes");
      Tensor listed = constant(node, 1);
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
  public static GraphCost of(OnnxGraph graph, String input) {
    Count count = new Count(graph, input);
    return new GraphCost(
        count.weights.stream().mapToLong(Count::size).reduce(0, LongMath::saturatedAdd),
        count.perPixel >= 0 && count.perPixel < Double.POSITIVE_INFINITY // strides may be anything
            ? OptionalDouble.of(count.perPixel)
            : OptionalDouble.empty(),
        Math.round(count.once));
  }

  /** Returns the multiply-accumulates for an input of so many pixels. */
  public OptionalDouble multiplyAccumulates(double pixels) {
    return perPixel.isPresent()
        ? OptionalDouble.of(perPixel.getAsDouble() * pixels + once)
        : OptionalDouble.empty();
  }
}
