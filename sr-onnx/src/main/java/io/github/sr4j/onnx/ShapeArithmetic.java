// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.Ints;
import io.github.sr4j.onnx.GraphValue.Constant;
import io.github.sr4j.onnx.GraphValue.Image;
import io.github.sr4j.onnx.OnnxGraph.Attribute;
import io.github.sr4j.onnx.OnnxGraph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic by which exporters compute the parameters of nodes, such as the shape for a
 * Reshape, from the shapes of tensors. What it does not know, it leaves unknown.
 */
final class ShapeArithmetic {

  private static final int MOST_VALUES = 1024;

  private ShapeArithmetic() {}

  /** Returns the first output of a node that depends on no pixel. */
  static Constant fold(Node node, List<@Nullable GraphValue> inputs) {
    if (node.operator().equals("Constant")) {
      return constant(node);
    }
    if (inputs.isEmpty() || inputs.get(0) == null) {
      return Constant.UNKNOWN;
    }
    if (node.operator().equals("Shape")) {
      return shape(node, inputs.get(0));
    }
    Constant first = (Constant) inputs.get(0);
    return switch (node.operator()) {
      case "Identity", "Dropout" -> first;
      case "Cast" -> cast(first, isIntegerType(node.integer("to", 0)));
      case "Floor" -> unary(first, Math::floor);
      case "Ceil" -> unary(first, Math::ceil);
      case "Neg" -> unary(first, v -> -v);
      case "Sqrt" -> unary(first, Math::sqrt);
      case "DequantizeLinear", "QuantizeLinear", "Abs", "Exp", "Relu" ->
          first.with(first.shape(), null);
      case "Add" -> binary(first, constant(inputs, 1), Double::sum);
      case "Sub" -> binary(first, constant(inputs, 1), (a, b) -> a - b);
      case "Mul" -> binary(first, constant(inputs, 1), (a, b) -> a * b);
      case "Div" -> divide(first, constant(inputs, 1));
      case "Mod" -> binary(first, constant(inputs, 1), (a, b) -> a - b * Math.floor(a / b));
      case "Max" -> binary(first, constant(inputs, 1), Math::max);
      case "Min" -> binary(first, constant(inputs, 1), Math::min);
      case "Equal" -> binary(first, constant(inputs, 1), (a, b) -> a == b ? 1 : 0);
      case "Where" -> where(first, constant(inputs, 1), constant(inputs, 2));
      case "Concat" -> concat(inputs);
      case "Gather" -> gather(node, first, constant(inputs, 1));
      case "Slice" -> slice(node, inputs, first);
      case "Unsqueeze" -> unsqueeze(first, axes(node, inputs));
      case "Squeeze" -> squeeze(first, axes(node, inputs));
      case "Reshape" -> reshape(node, inputs, first);
      case "Transpose" -> transpose(node, first);
      case "ConstantOfShape" -> constantOfShape(node, first);
      default -> Constant.UNKNOWN;
    };
  }

  /** Returns an attribute, or the values of an input that took its place; null if unknown. */
  static long @Nullable [] longs(
      Node node, String attribute, List<@Nullable GraphValue> inputs, int input) {
    long[] integers = node.integers(attribute);
    if (integers != null) {
      return integers;
    }
    double[] values = constant(inputs, input).values();
    return values == null ? null : Arrays.stream(values).mapToLong(v -> (long) v).toArray();
  }

  private static Constant constant(List<@Nullable GraphValue> inputs, int index) {
    GraphValue value = index < inputs.size() ? inputs.get(index) : null;
    return value instanceof Constant constant ? constant : Constant.UNKNOWN;
  }

  private static Constant constant(Node node) {
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
        return integers(attribute.integers());
      }
      if (attribute.floats().length > 0) {
        return Constant.UNKNOWN.withList(attribute.floats());
      }
    }
    return Constant.UNKNOWN;
  }

  private static Constant shape(Node node, @Nullable GraphValue value) {
    long[] shape =
        value instanceof Image image
            ? image.shape()
            : value instanceof Constant c ? c.shape() : null;
    if (shape == null) {
      return Constant.UNKNOWN;
    }
    int start = bound(node.integer("start", 0), shape.length);
    int end = bound(node.integer("end", shape.length), shape.length);
    return integers(Arrays.copyOfRange(shape, Math.min(start, end), end));
  }

  private static Constant integers(long[] values) {
    return new Constant(
        new long[] {values.length}, Arrays.stream(values).asDoubleStream().toArray(), true);
  }

  private static int bound(long position, int length) {
    long fromStart = position < 0 ? position + length : position;
    return (int) Math.max(0, Math.min(fromStart, length));
  }

  private static boolean isIntegerType(long type) {
    return type >= 2 && type <= 9 && type != 8; // of TensorProto.DataType
  }

  private static double trunc(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }

  private static Constant cast(Constant a, boolean toInteger) {
    Constant cast = toInteger ? unary(a, ShapeArithmetic::trunc) : a;
    return new Constant(cast.shape(), cast.values(), toInteger);
  }

  private static Constant divide(Constant a, Constant b) {
    return a.isInteger() && b.isInteger()
        ? binary(a, b, (dividend, divisor) -> trunc(dividend / divisor))
        : binary(a, b, (dividend, divisor) -> dividend / divisor);
  }

  private static Constant unary(Constant a, DoubleUnaryOperator operator) {
    double[] values = a.values();
    return a.with(a.shape(), values == null ? null : Arrays.stream(values).map(operator).toArray());
  }

  private static Constant binary(Constant a, Constant b, DoubleBinaryOperator operator) {
    if (a.shape() == null || b.shape() == null) {
      return Constant.UNKNOWN;
    }
    long[] shape = broadcast(a.shape(), b.shape());
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

  private static Constant where(Constant condition, Constant a, Constant b) {
    if (condition.values() == null || a.values() == null || b.values() == null) {
      return Constant.UNKNOWN;
    }
    Constant chosen = binary(condition, a, (c, v) -> c != 0 ? v : Double.NaN);
    return binary(chosen, b, (v, other) -> Double.isNaN(v) ? other : v);
  }

  /** Returns the shape of a combination, element by element, in ONNX's rules. */
  static long[] broadcast(long[] a, long[] b) {
    long[] shape = new long[Math.max(a.length, b.length)];
    for (int i = 1; i <= shape.length; i++) {
      long left = i <= a.length ? a[a.length - i] : 1;
      long right = i <= b.length ? b[b.length - i] : 1;
      shape[shape.length - i] = left == 1 ? right : left;
    }
    return shape;
  }

  private static Constant concat(List<@Nullable GraphValue> inputs) {
    double[] all = {};
    boolean isInteger = true;
    for (int i = 0; i < inputs.size(); i++) {
      Constant part = constant(inputs, i);
      if (part.values() == null || part.shape() == null || part.shape().length != 1) {
        return Constant.UNKNOWN;
      }
      if (all.length + part.values().length > MOST_VALUES) {
        return Constant.UNKNOWN;
      }
      all = Doubles.concat(all, part.values());
      isInteger &= part.isInteger();
    }
    return new Constant(new long[] {all.length}, all, isInteger);
  }

  private static Constant gather(Node node, Constant data, Constant indices) {
    double[] values = data.values();
    double[] picks = indices.values();
    boolean isList = data.shape() != null && data.shape().length == 1;
    if (!isList || values == null || picks == null || node.integer("axis", 0) > 0) {
      return Constant.UNKNOWN;
    }
    double[] picked = new double[picks.length];
    for (int i = 0; i < picks.length; i++) {
      int index = (int) picks[i];
      picked[i] = values[index < 0 ? index + values.length : index];
    }
    return data.with(indices.shape(), picked);
  }

  private static Constant slice(Node node, List<@Nullable GraphValue> inputs, Constant data) {
    long[] starts = longs(node, "starts", inputs, 1);
    long[] ends = longs(node, "ends", inputs, 2);
    double[] steps = constant(inputs, 4).values();
    double[] values = data.values();
    boolean isPlain =
        data.shape() != null
            && data.shape().length == 1
            && starts != null
            && ends != null
            && starts.length == 1
            && ends.length == 1
            && (inputs.size() < 5 || (steps != null && steps.length == 1 && steps[0] == 1));
    if (!isPlain || values == null || starts == null || ends == null) {
      return Constant.UNKNOWN;
    }
    int start = bound(starts[0], values.length);
    int end = bound(ends[0], values.length);
    return data.withList(Arrays.copyOfRange(values, Math.min(start, end), end));
  }

  private static long @Nullable [] axes(Node node, List<@Nullable GraphValue> inputs) {
    return longs(node, "axes", inputs, 1);
  }

  private static Constant unsqueeze(Constant data, long @Nullable [] axes) {
    long[] shape = data.shape();
    return shape == null || axes == null
        ? data.with(null, data.values())
        : data.with(insert(shape, axes), data.values());
  }

  /** Returns a shape with sides of 1 put in at the given axes of the result. */
  static long[] insert(long[] shape, long[] axes) {
    long[] result = new long[shape.length + axes.length];
    for (long axis : axes) {
      result[(int) (axis < 0 ? axis + result.length : axis)] = 1;
    }
    int next = 0;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == 0) {
        result[i] = shape[next++];
      }
    }
    return result;
  }

  private static Constant squeeze(Constant data, long @Nullable [] axes) {
    long[] shape = data.shape();
    return data.with(shape == null ? null : remove(shape, axes), data.values());
  }

  /** Returns a shape without the given axes, or without all sides of 1. */
  static long[] remove(long[] shape, long @Nullable [] axes) {
    boolean[] removed = new boolean[shape.length];
    if (axes == null) {
      for (int i = 0; i < shape.length; i++) {
        removed[i] = shape[i] == 1;
      }
    } else {
      for (long axis : axes) {
        removed[Ints.checkedCast(axis < 0 ? axis + shape.length : axis)] = true;
      }
    }
    long[] kept = new long[shape.length];
    int count = 0;
    for (int i = 0; i < shape.length; i++) {
      if (!removed[i]) {
        kept[count++] = shape[i];
      }
    }
    return Arrays.copyOf(kept, count);
  }

  private static Constant reshape(Node node, List<@Nullable GraphValue> inputs, Constant data) {
    long[] wanted = longs(node, "shape", inputs, 1);
    if (data.shape() == null || wanted == null) {
      return Constant.UNKNOWN;
    }
    return data.with(
        resolve(data.shape(), wanted, node.integer("allowzero", 0) != 0), data.values());
  }

  /** Returns the shape that a Reshape makes, with its 0 and -1 replaced. */
  static long[] resolve(long[] shape, long[] wanted, boolean allowsZero) {
    long[] result = wanted.clone();
    long known = 1;
    int open = -1;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == 0 && !allowsZero) {
        result[i] = shape[i];
      }
      if (result[i] == -1) {
        open = i;
      } else {
        known = Math.multiplyExact(known, result[i]);
      }
    }
    if (open >= 0) {
      long count = 1;
      for (long side : shape) {
        count = Math.multiplyExact(count, side);
      }
      result[open] = count / known;
    }
    return result;
  }

  private static Constant transpose(Node node, Constant data) {
    long[] shape = data.shape();
    if (shape == null) {
      return Constant.UNKNOWN;
    }
    int[] order = order(node, shape.length);
    long[] permuted = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      permuted[i] = shape[order[i]];
    }
    return data.with(permuted, shape.length == 1 ? data.values() : null);
  }

  /** Returns which axis each axis of a Transpose's result was. */
  static int[] order(Node node, int rank) {
    long[] order = node.integers("perm");
    int[] result = new int[rank];
    for (int i = 0; i < rank; i++) {
      result[i] = order == null ? rank - 1 - i : Ints.checkedCast(order[i]);
    }
    return result;
  }

  private static Constant constantOfShape(Node node, Constant shape) {
    double[] sides = shape.values();
    if (sides == null) {
      return Constant.UNKNOWN;
    }
    long[] result = Arrays.stream(sides).mapToLong(v -> (long) v).toArray();
    long count = 1;
    for (long side : result) {
      count = Math.multiplyExact(count, side);
    }
    Attribute attribute = node.attributes().get("value");
    Constant value =
        attribute == null || attribute.tensor() == null
            ? Constant.UNKNOWN.withList(new double[] {0})
            : Constant.of(attribute.tensor());
    double[] one = value.values();
    if (count < 0 || count > MOST_VALUES || one == null || one.length != 1) {
      return value.with(result, null);
    }
    double[] values = new double[(int) count];
    Arrays.fill(values, one[0]);
    return value.with(result, values);
  }
}
