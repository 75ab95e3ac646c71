// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.Optional;

/**
 * The same samples with their axes in another order.
 *
 * @param order for each axis of the result, which one of the operand it is
 */
public record Permute(List<Integer> order) implements Operator {

  /** Makes an immutable copy. */
  public Permute {
    order = List.copyOf(order);
  }

  /** Returns a change of the order of axes. */
  public static Permute to(int... order) {
    return new Permute(Ints.asList(order));
  }

  @Override
  public String id() {
    return "permute";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape before = operands.get(0);
    boolean isOrder =
        order.size() == before.rank()
            && order.stream().distinct().filter(axis -> axis >= 0).count() == order.size()
            && order.stream().allMatch(axis -> axis < before.rank());
    checkArgument(isOrder, "order must have each axis of %s once, but was %s", before, order);
    return Shape.of(order.stream().mapToLong(before::length).toArray());
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(
        "Transpose",
        operands,
        result,
        Attribute.ofList("perm", order.stream().mapToLong(Integer::longValue).toArray()));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor operand = operands.get(0);
    Shape shape = shape(List.of(operand.shape()));
    int rank = shape.rank();
    int[] strides = new int[rank]; // of the operand
    for (int axis = rank - 1, stride = 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= operand.length(axis);
    }
    return DoubleTensor.of(
        shape,
        i -> {
          int rest = i;
          int place = 0;
          for (int axis = rank - 1; axis >= 0; axis--) {
            place += rest % (int) shape.length(axis) * strides[order.get(axis)];
            rest /= (int) shape.length(axis);
          }
          return operand.samples()[place];
        });
  }
}
