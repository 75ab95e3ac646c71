// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.files;

import com.google.common.math.LongMath;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.onnx.operators.OnnxOperators;
import io.github.sr4j.onnx.operators.ShapeArithmetic;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.OnnxOperator.SizeRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of the tensors that a graph computes from its constants alone. ONNX Runtime computes
 * them when it opens the model, and keeps them. Sizes are exact where the shapes are known, and
 * upper bounds elsewhere. Used once, by one thread.
 */
public final class ConstantSizes {

  private static final int MAX_RANK = 8;

  private final Map<String, Long> sizes = new HashMap<>();
  private final Map<String, long[]> shapes = new HashMap<>();

  /**
   * Adds the tensors in a file.
   *
   * @return their elements
   */
  public long addTensors(Map<String, Tensor> tensors) {
    long total = 0;
    for (Tensor tensor : tensors.values()) {
      long size = product(tensor.shape());
      shapes.put(tensor.name(), tensor.shape());
      sizes.put(tensor.name(), size);
      total = LongMath.saturatedAdd(total, size);
    }
    return total;
  }

  /**
   * Adds a node that takes constants only.
   *
   * @param inputs its inputs; null where one is left out
   * @param result what is known of its first output
   * @return the elements of all of its outputs, at most
   */
  public long add(Node node, List<@Nullable GraphValue> inputs, Constant result) {
    long @Nullable [] shape = result.shape() != null ? result.shape() : shape(node, inputs);
    long size = shape != null ? product(shape) : bound(node, inputs);
    long total = 0;
    for (String output : node.outputs()) {
      sizes.put(output, size);
      total = LongMath.saturatedAdd(total, size);
    }
    if (shape != null && !node.outputs().isEmpty()) {
      shapes.put(node.outputs().get(0), shape);
    }
    return node.operator().equals("Split") ? size : total;
  }

  private long @Nullable [] shape(Node node, List<@Nullable GraphValue> inputs) {
    List<long[]> known = new ArrayList<>();
    for (String input : node.inputs()) {
      long[] shape = shapes.get(input);
      if (shape == null) {
        return null;
      }
      known.add(shape);
    }
    if (known.isEmpty()) {
      return null;
    }
    long[] first = known.get(0);
    switch (node.operator()) {
      case "Expand" -> {
        long[] wanted = ShapeArithmetic.longs(node, "shape", inputs, 1);
        return wanted == null ? null : ShapeArithmetic.broadcast(first, wanted);
      }
      case "Tile", "Pad" -> {
        boolean isTile = node.operator().equals("Tile");
        long[] by = ShapeArithmetic.longs(node, isTile ? "repeats" : "pads", inputs, 1);
        return by == null || by.length != (isTile ? 1 : 2) * first.length
            ? null
            : grown(first, by, isTile);
      }
      case "Range" -> {
        return ranged(inputs);
      }
      case "Gather" -> {
        return known.size() == 2 ? gathered(node, first, known.get(1)) : null;
      }
      case "MatMul" -> {
        return known.size() == 2 ? multiplied(first, known.get(1)) : null;
      }
      default -> {
        return OnnxOperators.of(node).sizeRule() == SizeRule.BROADCAST
            ? known.stream().reduce(ShapeArithmetic::broadcast).orElseThrow()
            : null;
      }
    }
  }

  private static long[] grown(long[] shape, long[] by, boolean isTile) {
    long[] result = shape.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] =
          isTile
              ? LongMath.saturatedMultiply(result[i], by[i])
              : Math.max(0, result[i] + by[i] + by[i + result.length]);
    }
    return result;
  }

  private static long @Nullable [] ranged(List<@Nullable GraphValue> inputs) {
    double[] bounds = new double[inputs.size()];
    for (int i = 0; i < bounds.length; i++) {
      double[] value = inputs.get(i) instanceof Constant constant ? constant.values() : null;
      bounds[i] = value == null || value.length != 1 ? Double.NaN : value[0];
    }
    double count = bounds.length == 3 ? Math.ceil((bounds[1] - bounds[0]) / bounds[2]) : Double.NaN;
    return Double.isNaN(count) ? null : new long[] {(long) Math.max(0, count)};
  }

  private static long @Nullable [] gathered(Node node, long[] data, long[] indices) {
    long axis = node.integer("axis", 0);
    int at = (int) (axis < 0 ? axis + data.length : axis);
    if (at < 0 || at >= data.length) {
      return null;
    }
    long[] result = new long[data.length - 1 + indices.length];
    System.arraycopy(data, 0, result, 0, at);
    System.arraycopy(indices, 0, result, at, indices.length);
    System.arraycopy(data, at + 1, result, at + indices.length, data.length - at - 1);
    return result;
  }

  private static long @Nullable [] multiplied(long[] a, long[] b) {
    if (a.length < 2 || b.length < 2) {
      return null;
    }
    long[] result =
        ShapeArithmetic.broadcast(Arrays.copyOf(a, a.length - 2), Arrays.copyOf(b, b.length - 2));
    long[] shape = Arrays.copyOf(result, result.length + 2);
    shape[result.length] = a[a.length - 2];
    shape[result.length + 1] = b[b.length - 1];
    return shape;
  }

  /** Returns how many elements an output has at most, where its shape is not known. */
  private long bound(Node node, List<@Nullable GraphValue> inputs) {
    SizeRule rule = OnnxOperators.of(node).sizeRule();
    long sum = 0;
    long max = 1;
    long product = 1;
    for (int i = 0; i < node.inputs().size(); i++) {
      long size = sizes.getOrDefault(node.inputs().get(i), 1L);
      sum = LongMath.saturatedAdd(sum, size);
      max = Math.max(max, size);
      boolean isParameter = i > 0 && rule == SizeRule.TIMES_VALUES;
      product = LongMath.saturatedMultiply(product, isParameter ? values(inputs.get(i)) : size);
    }
    return switch (rule) {
      case MAX -> max;
      case SUM -> sum;
      case TIMES_RANK -> LongMath.saturatedMultiply(max, MAX_RANK);
      case BROADCAST, PRODUCT, TIMES_VALUES -> product;
    };
  }

  /** Returns by how much the values of a parameter can multiply a size, where they are known. */
  private static long values(@Nullable GraphValue parameter) {
    long product = 1;
    if (parameter instanceof Constant constant && constant.values() != null) {
      for (double value : constant.values()) {
        product = LongMath.saturatedMultiply(product, (long) Math.max(1, Math.abs(value)));
      }
    }
    return product;
  }

  private static long product(long[] shape) {
    return Arrays.stream(shape).reduce(1, LongMath::saturatedMultiply);
  }
}
