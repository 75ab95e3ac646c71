// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * The product of matrices, which are the last two axes of two arrays of equal other axes, as
 * attention needs it.
 *
 * @param rank the number of axes of both
 * @param isSecondTransposed whether it is the product with the transposed of the second
 */
public record MatrixProduct(int rank, boolean isSecondTransposed) implements Operator {

  @Override
  public String id() {
    return "matmul";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 2);
    Shape a = operands.get(0);
    Shape b = operands.get(1);
    checkArgument(
        rank >= 2 && a.rank() == rank && b.rank() == rank,
        "operands of matmul must have %s axes, at least 2, but were %s and %s",
        rank,
        a,
        b);
    for (int axis = 0; axis < rank - 2; axis++) {
      checkArgument(isAlike(a.length(axis), b.length(axis)), "%s and %s are not alike", a, b);
    }
    checkArgument(
        isAlike(a.length(rank - 1), b.length(rank - (isSecondTransposed ? 1 : 2))),
        "operands of matmul must fit one another, but were %s and %s%s",
        a,
        b,
        isSecondTransposed ? " transposed" : "");
    return a.with(rank - 1, b.length(rank - (isSecondTransposed ? 2 : 1)));
  }

  private static boolean isAlike(long a, long b) {
    return a == b || a == Shape.FREE || b == Shape.FREE;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public double multiplyAccumulates(List<Shape> operands, Shape result) {
    Shape a = operands.get(0);
    return (double) result.size() * a.length(rank - 1);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    if (!isSecondTransposed) {
      nodes.add("MatMul", operands, result);
      return;
    }
    long[] order = LongStream.range(0, rank).toArray();
    order[rank - 2] = rank - 1L;
    order[rank - 1] = rank - 2L;
    String transposed = result + "_transposed";
    nodes.add("Transpose", List.of(operands.get(1)), transposed, Attribute.ofList("perm", order));
    nodes.add("MatMul", List.of(operands.get(0), transposed), result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    DoubleTensor a = operands.get(0);
    DoubleTensor b = operands.get(1);
    Shape shape = shape(List.of(a.shape(), b.shape()));
    int rows = (int) shape.length(rank - 2);
    int columns = (int) shape.length(rank - 1);
    int inner = a.length(rank - 1);
    return DoubleTensor.of(
        shape,
        i -> {
          int matrix = i / columns / rows;
          int row = i / columns % rows;
          int column = i % columns;
          double sum = 0;
          for (int k = 0; k < inner; k++) {
            int place = isSecondTransposed ? column * inner + k : k * columns + column;
            sum +=
                a.samples()[(matrix * rows + row) * inner + k]
                    * b.samples()[matrix * inner * columns + place];
          }
          return sum;
        });
  }
}
