// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import com.google.common.primitives.Doubles;
import io.github.sr4j.onnx.graph.OnnxGraph.Attribute;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.NodeInputs;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Constant rules of operators that make arrays, move their elements, or tell their shapes. */
final class ConstantArrays {

  private static final int MAX_VALUES = 1024; // that are kept of an array

  private ConstantArrays() {}

  /** Returns the array of an operator without inputs. */
  static Constant constant(NodeInputs inputs) {
    Node node = inputs.node();
    for (Attribute attribute : node.attributes().values()) {
      if (attribute.tensor() != null) {
        return Constant.of(attribute.tensor());
      }
      if (attribute.number().isPresent()) {
        return new Constant(
            new long[0],
            new double[] {attribute.number().getAsDouble()},
            node.attributes().containsKey("value_int"));
      }
      if (attribute.integers().length > 0) {
        return Constant.ofIntegers(attribute.integers());
      }
      if (attribute.floats().length > 0) {
        return Constant.UNKNOWN.withList(attribute.floats());
      }
    }
    return Constant.UNKNOWN;
  }

  static Constant shape(NodeInputs inputs) {
    long[] shape = shapeOf(inputs);
    if (shape == null) {
      return Constant.UNKNOWN;
    }
    int start = bound(inputs.node().integer("start", 0), shape.length);
    int end = bound(inputs.node().integer("end", shape.length), shape.length);
    return Constant.ofIntegers(Arrays.copyOfRange(shape, Math.min(start, end), end));
  }

  static Constant size(NodeInputs inputs) {
    long[] shape = shapeOf(inputs);
    if (shape == null) {
      return Constant.UNKNOWN;
    }
    long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    return new Constant(new long[0], new double[] {size}, true);
  }

  private static long @Nullable [] shapeOf(NodeInputs inputs) {
    return inputs.has(0) && inputs.values().get(0) instanceof Image image
        ? image.shape()
        : inputs.constant(0).shape();
  }

  private static int bound(long position, int length) {
    long fromStart = position < 0 ? position + length : position;
    return (int) Math.max(0, Math.min(fromStart, length));
  }

  static Constant concatenate(NodeInputs inputs) {
    double[] all = {};
    boolean isInteger = true;
    for (int i = 0; i < inputs.values().size(); i++) {
      Constant part = inputs.constant(i);
      if (part.values() == null || part.shape() == null || part.shape().length != 1) {
        return Constant.UNKNOWN;
      }
      if (all.length + part.values().length > MAX_VALUES) {
        return Constant.UNKNOWN;
      }
      all = Doubles.concat(all, part.values());
      isInteger &= part.isInteger();
    }
    return new Constant(new long[] {all.length}, all, isInteger);
  }

  static Constant gather(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    double[] values = data.values();
    double[] picks = inputs.constant(1).values();
    boolean isList = data.shape() != null && data.shape().length == 1;
    if (!isList || values == null || picks == null || inputs.node().integer("axis", 0) > 0) {
      return Constant.UNKNOWN;
    }
    double[] picked = new double[picks.length];
    for (int i = 0; i < picks.length; i++) {
      int index = (int) picks[i];
      picked[i] = values[index < 0 ? index + values.length : index];
    }
    return data.with(inputs.constant(1).shape(), picked);
  }

  static Constant slice(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    long[] starts = inputs.longs("starts", 1);
    long[] ends = inputs.longs("ends", 2);
    double[] steps = inputs.constant(4).values();
    double[] values = data.values();
    boolean isPlain =
        data.shape() != null
            && data.shape().length == 1
            && starts != null
            && ends != null
            && starts.length == 1
            && ends.length == 1
            && (inputs.values().size() < 5
                || (steps != null && steps.length == 1 && steps[0] == 1));
    if (!isPlain || values == null || starts == null || ends == null) {
      return Constant.UNKNOWN;
    }
    int start = bound(starts[0], values.length);
    int end = bound(ends[0], values.length);
    return data.withList(Arrays.copyOfRange(values, Math.min(start, end), end));
  }

  static Constant unsqueeze(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    long[] shape = data.shape();
    long[] axes = inputs.longs("axes", 1);
    return shape == null || axes == null
        ? data.with(null, data.values())
        : data.with(ShapeArithmetic.insert(shape, axes), data.values());
  }

  static Constant squeeze(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    long[] shape = data.shape();
    return data.with(
        shape == null ? null : ShapeArithmetic.remove(shape, inputs.longs("axes", 1)),
        data.values());
  }

  static Constant reshape(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    long[] wanted = inputs.longs("shape", 1);
    if (data.shape() == null || wanted == null) {
      return Constant.UNKNOWN;
    }
    boolean allowsZero = inputs.node().integer("allowzero", 0) != 0;
    return data.with(ShapeArithmetic.resolve(data.shape(), wanted, allowsZero), data.values());
  }

  static Constant transpose(NodeInputs inputs) {
    Constant data = inputs.constant(0);
    long[] shape = data.shape();
    if (shape == null) {
      return Constant.UNKNOWN;
    }
    int[] order = ShapeArithmetic.order(inputs.node(), shape.length);
    return data.with(
        ShapeArithmetic.permute(shape, order), shape.length == 1 ? data.values() : null);
  }

  static Constant constantOfShape(NodeInputs inputs) {
    double[] sides = inputs.constant(0).values();
    if (sides == null) {
      return Constant.UNKNOWN;
    }
    long[] shape = Arrays.stream(sides).mapToLong(v -> (long) v).toArray();
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    Attribute attribute = inputs.node().attributes().get("value");
    Constant value =
        attribute == null || attribute.tensor() == null
            ? Constant.UNKNOWN.withList(new double[] {0})
            : Constant.of(attribute.tensor());
    double[] one = value.values();
    if (count < 0 || count > MAX_VALUES || one == null || one.length != 1) {
      return value.with(shape, null);
    }
    double[] values = new double[(int) count];
    Arrays.fill(values, one[0]);
    return value.with(shape, values);
  }
}
