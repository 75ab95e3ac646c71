// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;
import java.util.Optional;

/**
 * A transposed convolution: each pixel of an image adds its multiple of the kernels to the result,
 * {@code stride} pixels from those of its neighbours. A margin beyond {@code stride} times the size
 * is cut off evenly, the odd pixel at the bottom and on the right.
 *
 * <p>Its operands are images [N, in, H, W], kernels [in, out, kernel, kernel] and, if it has one, a
 * bias [out]. The result is [N, out, H * stride, W * stride].
 *
 * @param kernel the side of the kernels in pixels, at least the stride
 * @param stride by how much the result is larger
 */
public record ConvolveTransposed(int kernel, int stride) implements Operator {

  /** Checks the settings. */
  public ConvolveTransposed {
    checkArgument(
        stride >= 1 && kernel >= stride,
        "kernel must be at least the stride, %s, but was %s",
        stride,
        kernel);
  }

  @Override
  public String id() {
    return "deconv2d";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    checkArgument(
        operands.size() == 2 || operands.size() == 3,
        "deconv2d must have images, kernels and perhaps a bias, but had %s operands",
        operands.size());
    Shape images = Operands.checkImages(this, operands.get(0));
    Shape kernels = operands.get(1);
    checkArgument(
        kernels.rank() == 4, "kernels of deconv2d must have four axes, but were %s", kernels);
    long out = kernels.length(1);
    Operands.checkShape(this, "kernels", kernels, images.length(1), out, kernel, kernel);
    if (operands.size() == 3) {
      Operands.checkShape(this, "bias", operands.get(2), out);
    }
    return Shape.of(images.length(0), out, enlarged(images.length(2)), enlarged(images.length(3)));
  }

  private long enlarged(long length) {
    return length == Shape.FREE ? Shape.FREE : length * stride;
  }

  private int before() {
    return (kernel - stride) / 2;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(new AxisRule.TransposedWindow(kernel, stride, 1, before()));
  }

  @Override
  public double multiplyAccumulates(List<Shape> operands, Shape result) {
    Shape images = operands.get(0);
    return (double) images.size() / images.length(1) * operands.get(1).size();
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    int behind = kernel - stride - before();
    nodes.add(
        "ConvTranspose",
        operands,
        result,
        Attribute.ofList("kernel_shape", kernel, kernel),
        Attribute.ofList("strides", stride, stride),
        Attribute.ofList("pads", before(), before(), behind, behind));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes kernels = new Planes(operands.get(1));
    int out = kernels.channels();
    Planes result = images.empty(out, images.height() * stride, images.width() * stride);
    for (int n = 0; n < images.number(); n++) {
      for (int i = 0; i < images.channels(); i++) {
        for (int y = 0; y < images.height(); y++) {
          for (int x = 0; x < images.width(); x++) {
            addKernels(images.at(n, i, y, x), kernels, i, result, n, y, x);
          }
        }
      }
    }
    if (operands.size() == 3) {
      double[] bias = operands.get(2).samples();
      for (int i = 0; i < result.samples().length; i++) {
        result.samples()[i] += bias[result.channel(i)];
      }
    }
    return result.toTensor();
  }

  /** Adds the multiples of one channel's kernels, where the pixel at y, x adds them. */
  private void addKernels(
      double sample, Planes kernels, int channel, Planes result, int n, int y, int x) {
    for (int o = 0; o < kernels.channels(); o++) {
      for (int ky = 0; ky < kernel; ky++) {
        for (int kx = 0; kx < kernel; kx++) {
          int row = y * stride - before() + ky;
          int column = x * stride - before() + kx;
          if (row >= 0 && row < result.height() && column >= 0 && column < result.width()) {
            result.add(n, o, row, column, sample * kernels.at(channel, o, ky, kx));
          }
        }
      }
    }
  }
}
