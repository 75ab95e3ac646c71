// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node with what is known of its inputs.
 *
 * @param values null for an input that is left out or not known
 */
public record NodeInputs(Node node, List<@Nullable GraphValue> values) {

  /** Returns whether the node has an input at a place. */
  public boolean has(int input) {
    return input < values.size() && values.get(input) != null;
  }

  /** Returns a constant input; {@link Constant#UNKNOWN} if it is none, or left out. */
  public Constant constant(int input) {
    return has(input) && values.get(input) instanceof Constant constant
        ? constant
        : Constant.UNKNOWN;
  }

  /** Returns an attribute, or the values of an input that took its place; null if unknown. */
  public long @Nullable [] longs(String attribute, int input) {
    long[] integers = node.integers(attribute);
    if (integers != null) {
      return integers;
    }
    double[] values = constant(input).values();
    return values == null ? null : Arrays.stream(values).mapToLong(v -> (long) v).toArray();
  }
}
