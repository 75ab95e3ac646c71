// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mean or the sum along some axes, which have length 1 then.
 *
 * @param axes counted from 0; rows and columns of images are axes 2 and 3
 */
public record Reduce(Kind kind, List<Integer> axes) implements Operator {

  /** Sorts the axes. */
  public Reduce {
    axes = axes.stream().distinct().sorted().toList();
    checkArgument(!axes.isEmpty(), "axes must be at least one, but were none");
  }

  /** The statistic. */
  public enum Kind {
    MEAN("ReduceMean"),
    SUM("ReduceSum");

    private final String onnx;

    Kind(String onnx) {
      this.onnx = onnx;
    }
  }

  /** Returns the mean along axes. */
  public static Reduce mean(Integer... axes) {
    return new Reduce(Kind.MEAN, List.of(axes));
  }

  /** Returns the sum along axes. */
  public static Reduce sum(Integer... axes) {
    return new Reduce(Kind.SUM, List.of(axes));
  }

  @Override
  public String id() {
    return "reduce_" + Ascii.toLowerCase(kind.name());
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape shape = operands.get(0);
    for (int axis : axes) {
      checkArgument(
          axis >= 0 && axis < shape.rank(),
          "axes of %s must be those of its operand, %s, but one was %s",
          id(),
          shape,
          axis);
      shape = shape.with(axis, 1);
    }
    return shape;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return axes.contains(2) || axes.contains(3) ? Optional.empty() : Optional.of(AxisRule.SAME);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    long[] listed = axes.stream().mapToLong(Integer::longValue).toArray();
    if (kind == Kind.SUM) { // since operator set 13, its axes are an input
      String input = nodes.integers(result + "_axes", listed);
      nodes.add(kind.onnx, List.of(operands.get(0), input), result, Attribute.of("keepdims", 1));
      return;
    }
    nodes.add(
        kind.onnx, operands, result, Attribute.ofList("axes", listed), Attribute.of("keepdims", 1));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor operand = operands.get(0);
    Shape shape = shape(List.of(operand.shape()));
    double[] sums = new double[(int) shape.size()];
    for (int i = 0; i < operand.samples().length; i++) {
      sums[place(i, operand.shape(), shape)] += operand.samples()[i];
    }
    int count = operand.samples().length / sums.length;
    return DoubleTensor.of(
        shape, kind == Kind.SUM ? sums : Arrays.stream(sums).map(sum -> sum / count).toArray());
  }

  /** Returns the place in the result to which the sample at a place of the operand belongs. */
  private static int place(int index, Shape operand, Shape result) {
    int rest = index;
    int place = 0;
    int stride = 1;
    for (int axis = operand.rank() - 1; axis >= 0; axis--) {
      int position = rest % (int) operand.length(axis);
      rest /= (int) operand.length(axis);
      place += result.length(axis) == 1 ? 0 : position * stride;
      stride *= (int) result.length(axis);
    }
    return place;
  }
}
