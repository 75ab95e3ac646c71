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
    Planes padded = padded(images, result);
    IntStream.range(0, images.number() * out)
        .parallel()
        .forEach(plane -> setPlane(padded, kernels, result, plane / out, plane % out));
    if (operands.size() == 3) {
      double[] bias = operands.get(2).samples();
      for (int i = 0; i < result.samples().length; i++) {
        result.samples()[i] += bias[result.channel(i)];
      }
    }
    return result.toTensor();
  }

  /** Returns the images with zeros around them, as far as kernels reach. */
  private Planes padded(Planes images, Planes result) {
    Planes padded =
        images.empty(
            images.channels(),
            (result.height() - 1) * stride + (height - 1) * dilation + 1,
            (result.width() - 1) * stride + (width - 1) * dilation + 1);
    int rows = Math.min(images.height(), padded.height() - top);
    int columns = Math.min(images.width(), padded.width() - left);
    for (int n = 0; n < images.number(); n++) {
      for (int c = 0; c < images.channels(); c++) {
        for (int y = 0; y < rows; y++) {
          System.arraycopy(
              images.samples(),
              images.index(n, c, y, 0),
              padded.samples(),
              padded.index(n, c, top + y, left),
              columns);
        }
      }
    }
    return padded;
  }

  /**
   * Sets a plane of the result. The padded plane is one long row here: sum {@code p} is that of the
   * kernel placed at sample {@code p}, for each {@code p}. The pixels of the result take those that
   * they need; the others, of kernels placed across the end of a line or between strides, are
   * dropped. The compiler makes long rows fast, and published networks have millions of weights.
   */
  private void setPlane(Planes padded, Planes kernels, Planes result, int n, int o) {
    int firstChannel = o / (kernels.number() / groups) * kernels.channels();
    double[] samples = padded.samples();
    double[] sums =
        new double
            [(result.height() - 1) * stride * padded.width() + (result.width() - 1) * stride + 1];
    for (int i = 0; i < kernels.channels(); i++) {
      for (int ky = 0; ky < height; ky++) {
        for (int kx = 0; kx < width; kx++) {
          double weight = kernels.at(o, i, ky, kx);
          int start = padded.index(n, firstChannel + i, ky * dilation, kx * dilation);
          for (int place = 0; place < sums.length; place++) {
            sums[place] += weight * samples[start + place];
          }
        }
      }
    }
    for (int y = 0; y < result.height(); y++) {
      for (int x = 0; x < result.width(); x++) {
        result.add(n, o, y, x, sums[(y * padded.width() + x) * stride]);
      }
    }
  }
}
