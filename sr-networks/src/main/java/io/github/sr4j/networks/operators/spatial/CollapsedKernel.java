// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;

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
