// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Longs;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.Optional;

/**
 * The same samples, in the same order, in another shape.
 *
 * @param lengths the length of each axis; 0 for that of the same axis before, and -1 for one axis
 *     that takes what is left
 */
public record Reshape(List<Long> lengths) implements Operator {

  /** Makes an immutable copy. */
  public Reshape {
    lengths = List.copyOf(lengths);
  }

  /** Returns a change of shape. */
  public static Reshape to(long... lengths) {
    return new Reshape(Longs.asList(lengths));
  }

  @Override
  public String id() {
    return "reshape";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape before = operands.get(0);
    long[] after = Longs.toArray(lengths);
    long known = 1;
    int open = -1;
    for (int axis = 0; axis < after.length; axis++) {
      checkArgument(
          after[axis] >= -1 && (after[axis] != 0 || axis < before.rank()),
          "lengths of reshape must be positive, 0 for one of %s, or -1, but were %s",
          before,
          lengths);
      after[axis] = after[axis] == 0 ? before.length(axis) : after[axis];
      if (lengths.get(axis) == -1) {
        checkArgument(open < 0, "one length of reshape may be -1, but were %s", lengths);
        open = axis;
      } else {
        known = known < 0 || after[axis] == Shape.FREE ? Shape.FREE : known * after[axis];
      }
    }
    if (before.isKnown() && known > 0) {
      long size = before.size();
      checkArgument(
          open < 0 ? size == known : size % known == 0,
          "samples of %s must be those of reshape to %s",
          before,
          lengths);
      if (open >= 0) {
        after[open] = size / known;
      }
    }
    return Shape.of(after);
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    String shape = nodes.integers(result + "_shape", Longs.toArray(lengths));
    nodes.add("Reshape", List.of(operands.get(0), shape), result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    return operands.get(0).reshaped(shape(List.of(operands.get(0).shape())));
  }
}
