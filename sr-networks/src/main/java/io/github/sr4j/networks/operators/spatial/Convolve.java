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
import java.util.stream.IntStream;

/**
 * A convolution, in the sense of the field: the cross-correlation of images with kernels.
 *
 * <p>Its operands are images [N, in, H, W], kernels [out, in / groups, height, width] and, if it
 * has one, a bias [out]. The result is [N, out, H', W'].
 *
 * @param height the height of the kernels in pixels
 * @param width their width
 * @param stride the distance between two of their positions
 * @param dilation the distance between two of their pixels
 * @param groups into how many groups channels are divided that have nothing to do with each other
 * @param top the rows of zeros above the image, and below it
 * @param left the columns of zeros left of the image, and right of it
 */
public record Convolve(
    int height, int width, int stride, int dilation, int groups, int top, int left)
    implements Operator {

  /** Checks the settings. */
  public Convolve {
    checkArgument(
        height >= 1 && width >= 1 && stride >= 1 && dilation >= 1 && groups >= 1,
        "height, width, stride, dilation and groups must be at least 1, but were %s, %s, %s, %s,"
            + " %s",
        height,
        width,
        stride,
        dilation,
        groups);
    checkArgument(top >= 0 && left >= 0, "padding must be at least 0, but was %s, %s", top, left);
  }

  /** Returns a convolution of square kernels without dilation and groups. */
  public static Convolve of(int kernel, int stride, int padding) {
    return new Convolve(kernel, kernel, stride, 1, 1, padding, padding);
  }

  @Override
  public String id() {
    return "conv2d";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    checkArgument(
        operands.size() == 2 || operands.size() == 3,
        "conv2d must have images, kernels and perhaps a bias, but had %s operands",
        operands.size());
    Shape images = Operands.checkImages(this, operands.get(0));
    Shape kernels = operands.get(1);
    long in = images.length(1);
    checkArgument(
        kernels.rank() == 4 && in % groups == 0 && kernels.length(0) % groups == 0,
        "channels and kernels of conv2d must be multiples of its groups, %s, but were %s and %s",
        groups,
        images,
        kernels);
    Operands.checkShape(this, "kernels", kernels, kernels.length(0), in / groups, height, width);
    if (operands.size() == 3) {
      Operands.checkShape(this, "bias", operands.get(2), kernels.length(0));
    }
    return Shape.of(
        images.length(0),
        kernels.length(0),
        length(images.length(2), height, top),
        length(images.length(3), width, left));
  }

  private long length(long source, int kernel, int padding) {
    if (source == Shape.FREE) {
      return Shape.FREE;
    }
    long left = source + 2L * padding - ((kernel - 1L) * dilation + 1);
    checkArgument(
        left >= 0,
        "images must be at least %s pixels wide and high for this convolution, but were %s",
        source - left,
        source);
    return left / stride + 1;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    boolean isRows = axis == 2;
    return Optional.of(
        new AxisRule.Window(isRows ? height : width, stride, dilation, isRows ? top : left));
  }

  @Override
  public double multiplyAccumulates(List<Shape> operands, Shape result) {
    return (double) result.size() / result.length(1) * operands.get(1).size();
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(
        "Conv",
        operands,
        result,
        Attribute.ofList("kernel_shape", height, width),
        Attribute.ofList("strides", stride, stride),
        Attribute.ofList("pads", top, left, top, left),
        Attribute.ofList("dilations", dilation, dilation),
        Attribute.of("group", groups));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes kernels = new Planes(operands.get(1));
    Shape shape = shape(operands.stream().map(DoubleTensor::shape).toList());
    int out = kernels.number();
    Planes result = images.empty(out, (int) shape.length(2), (int) shape.length(3));
    IntStream.range(0, images.number() * out)
        .parallel()
        .forEach(plane -> addPlane(images, kernels, result, plane / out, plane % out));
    if (operands.size() == 3) {
      double[] bias = operands.get(2).samples();
      for (int i = 0; i < result.samples().length; i++) {
        result.samples()[i] += bias[result.channel(i)];
      }
    }
    return result.toTensor();
  }

  /** Adds what each pixel of a kernel makes of the image that it meets. */
  private void addPlane(Planes images, Planes kernels, Planes result, int n, int o) {
    int firstChannel = o / (kernels.number() / groups) * kernels.channels();
    for (int i = 0; i < kernels.channels(); i++) {
      for (int ky = 0; ky < height; ky++) {
        for (int kx = 0; kx < width; kx++) {
          double weight = kernels.at(o, i, ky, kx);
          for (int y = 0; y < result.height(); y++) {
            int row = y * stride - top + ky * dilation;
            for (int x = 0; x < result.width(); x++) {
              int column = x * stride - left + kx * dilation;
              result.add(n, o, y, x, weight * images.atOrZero(n, firstChannel + i, row, column));
            }
          }
        }
      }
    }
  }
}
