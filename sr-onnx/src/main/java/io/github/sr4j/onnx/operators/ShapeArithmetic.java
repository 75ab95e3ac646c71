// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Ints;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.NodeInputs;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic on shapes by the rules of ONNX, and that by which exporters compute the parameters
 * of nodes, such as the shape for a Reshape, from the shapes of tensors.
 */
public final class ShapeArithmetic {

  private ShapeArithmetic() {}

  /**
   * Returns the first output of a node that depends on no pixel, as far as it is known.
   *
   * @param inputs null for those that are left out or not known
   * @throws ArithmeticException if the inputs do not fit one another
   * @throws IndexOutOfBoundsException likewise
   * @throws IllegalArgumentException likewise
   */
  public static Constant fold(Node node, List<@Nullable GraphValue> inputs) {
    return OnnxOperators.of(node).fold(new NodeInputs(node, inputs));
  }

  /** Returns an attribute, or the values of an input that took its place; null if unknown. */
  public static long @Nullable [] longs(
      Node node, String attribute, List<@Nullable GraphValue> inputs, int input) {
    return new NodeInputs(node, inputs).longs(attribute, input);
  }

  /**
   * Returns an axis counted from the first.
   *
   * @param axis counted from the end if it is negative
   * @throws IllegalArgumentException if there is none
   */
  static int axis(long axis, int rank) {
    long result = axis < 0 ? axis + rank : axis;
    checkArgument(result >= 0 && result < rank);
    return (int) result;
  }

  /** Returns the shape of a combination, element by element. */
  public static long[] broadcast(long[] a, long[] b) {
    long[] shape = new long[Math.max(a.length, b.length)];
    for (int i = 1; i <= shape.length; i++) {
      long left = i <= a.length ? a[a.length - i] : 1;
      long right = i <= b.length ? b[b.length - i] : 1;
      shape[shape.length - i] = left == 1 ? right : left;
    }
    return shape;
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

  /** Returns which axis each axis of a Transpose's result was. */
  static int[] order(Node node, int rank) {
    long[] order = node.integers("perm");
    int[] result = new int[rank];
    for (int i = 0; i < rank; i++) {
      result[i] = order == null ? rank - 1 - i : Ints.checkedCast(order[i]);
    }
    return result;
  }

  /** Returns the shape that a Transpose makes. */
  static long[] permute(long[] shape, int[] order) {
    long[] permuted = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      permuted[i] = shape[order[i]];
    }
    return permuted;
  }
}
