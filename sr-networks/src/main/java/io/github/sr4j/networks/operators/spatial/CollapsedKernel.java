// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;
import java.util.Optional;

/**
 * The kernels of one convolution that does what two do one after the other, of which the second has
 * kernels of one pixel (K. Bhardwaj et al., <i>Collapsible Linear Blocks for Super-Efficient Super
 * Resolution</i>, MLSys 2022, section 3).
 *
 * <p>Its operands are the kernels of the first, [inner, in, height, width], and of the second,
 * [out, inner, 1, 1]. The result is [out, in, height, width]. As it depends on weights alone, it is
 * a constant where ONNX is written.
 *
 * @param hasIdentity whether the kernel that leaves an image as it is is added
 */
public record CollapsedKernel(boolean hasIdentity) implements Operator {

  @Override
  public String id() {
    return "collapsed_kernel";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 2);
    Shape first = operands.get(0);
    Shape second = operands.get(1);
    checkArgument(
        first.rank() == 4 && second.rank() == 4,
        "kernels of collapsed_kernel must have four axes, but were %s and %s",
        first,
        second);
    Operands.checkShape(this, "second", second, second.length(0), first.length(0), 1, 1);
    checkArgument(
        !hasIdentity
            || (second.length(0) == first.length(1)
                && first.length(2) % 2 == 1
                && first.length(3) % 2 == 1),
        "kernels with the identity must have a centre and as many channels out as in, but were %s"
            + " and %s",
        first,
        second);
    return first.with(0, second.length(0));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    throw new IllegalArgumentException(
        "collapsed_kernel must be of weights, which are folded before ONNX is written");
  }

  /**
   * Returns the kernels of the first convolution, of least norm, that collapse into a kernel with
   * those of a second one: {@code secondT (second secondT)^-1 kernel}, the identity taken off.
   *
   * @param kernel the result, [out, in, height, width]
   * @param second the second operand, [out, inner, 1, 1]
   * @return empty if the kernels of {@code second} depend on one another
   */
  public Optional<Tensor> first(Tensor kernel, Tensor second) {
    int out = Math.toIntExact(kernel.shape().length(0));
    int inner = Math.toIntExact(second.shape().length(1));
    int columns = kernel.samples().length / out; // of one row per output channel
    double[][] rows = new double[out][out + columns]; // of equations: the Gram matrix | kernel
    for (int o = 0; o < out; o++) {
      for (int p = 0; p < out; p++) {
        for (int m = 0; m < inner; m++) {
          rows[o][p] += (double) second.samples()[o * inner + m] * second.samples()[p * inner + m];
        }
      }
      for (int c = 0; c < columns; c++) {
        rows[o][out + c] = kernel.samples()[o * columns + c];
      }
      if (hasIdentity) {
        int area = Math.toIntExact(kernel.shape().length(2) * kernel.shape().length(3));
        rows[o][out + o * area + area / 2] -= 1;
      }
    }
    if (!solve(rows)) {
      return Optional.empty();
    }
    float[] first = new float[inner * columns];
    for (int m = 0; m < inner; m++) {
      for (int c = 0; c < columns; c++) {
        double sum = 0;
        for (int o = 0; o < out; o++) {
          sum += second.samples()[o * inner + m] * rows[o][out + c];
        }
        first[m * columns + c] = (float) sum;
      }
    }
    return Optional.of(Tensor.of(kernel.shape().with(0, inner), first));
  }

  /** Turns equations of a positive definite matrix into their solution, by Gauss and Jordan. */
  private static boolean solve(double[][] rows) {
    double tolerance = 0;
    for (int i = 0; i < rows.length; i++) {
      tolerance = Math.max(tolerance, 1e-9 * rows[i][i]);
    }
    for (int i = 0; i < rows.length; i++) {
      double[] pivot = rows[i];
      if (!(pivot[i] > tolerance)) {
        return false;
      }
      for (int k = pivot.length - 1; k >= i; k--) {
        pivot[k] /= pivot[i];
      }
      for (double[] row : rows) {
        double factor = row[i];
        if (row != pivot && factor != 0) {
          for (int k = i; k < row.length; k++) {
            row[k] -= factor * pivot[k];
          }
        }
      }
    }
    return true;
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes first = new Planes(operands.get(0));
    Planes second = new Planes(operands.get(1));
    Planes result =
        new Planes(
            new double[second.number() * first.channels() * first.height() * first.width()],
            second.number(),
            first.channels(),
            first.height(),
            first.width());
    for (int o = 0; o < result.number(); o++) {
      for (int i = 0; i < result.channels(); i++) {
        for (int y = 0; y < result.height(); y++) {
          for (int x = 0; x < result.width(); x++) {
            for (int m = 0; m < first.number(); m++) {
              result.add(o, i, y, x, second.at(o, m, 0, 0) * first.at(m, i, y, x));
            }
          }
        }
      }
      if (hasIdentity) {
        result.add(o, o, result.height() / 2, result.width() / 2, 1);
      }
    }
    return result.toTensor();
  }
}
