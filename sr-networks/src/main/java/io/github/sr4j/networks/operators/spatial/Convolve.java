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

  private static final int MAX_SAMPLES = 1 << 19; // that the reference evaluation gathers at a time

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
    int rows = Math.max(1, MAX_SAMPLES / (images.channels() * height * width * result.width()));
    for (int n = 0; n < images.number(); n++) {
      for (int row = 0; row < result.height(); row += rows) {
        int number = n;
        int from = row;
        int to = Math.min(row + rows, result.height());
        double[][] taps = taps(images, result, n, from, to);
        IntStream.range(0, out)
            .parallel()
            .forEach(o -> setRows(taps, kernels, result, number, o, from));
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

  /**
   * Returns the samples of an image that meet each element of a kernel, for some rows of the
   * result: an array for each channel and element of a kernel, with a sample for each pixel.
   *
   * @param from the first row
   * @param to the row behind the last
   */
  private double[][] taps(Planes images, Planes result, int n, int from, int to) {
    double[][] taps = new double[images.channels() * height * width][];
    for (int tap = 0; tap < taps.length; tap++) {
      int channel = tap / (height * width);
      int down = tap / width % height * dilation - top;
      int right = tap % width * dilation - left;
      double[] samples = new double[(to - from) * result.width()];
      int firstX = right < 0 ? (stride - 1 - right) / stride : 0; // within the image
      int lastX = Math.min(result.width() - 1, Math.floorDiv(images.width() - 1 - right, stride));
      for (int y = from; y < to; y++) {
        int row = y * stride + down;
        if (row >= 0 && row < images.height()) {
          int source = images.index(n, channel, row, right);
          int target = (y - from) * result.width();
          for (int x = firstX; x <= lastX; x++) {
            samples[target + x] = images.samples()[source + x * stride];
          }
        }
      }
      taps[tap] = samples;
    }
    return taps;
  }

  /**
   * Sets rows of a plane of the result to the sum of the taps, each multiplied by its weight. Four
   * taps at a time, in loops that the compiler turns into vector instructions: published networks
   * have millions of weights.
   */
  private void setRows(double[][] taps, Planes kernels, Planes result, int n, int o, int firstRow) {
    int count = kernels.channels() * height * width;
    int first = o / (kernels.number() / groups) * count; // of the taps of the group
    double[] weights = kernels.samples();
    int weight = o * count;
    double[] sums = new double[taps[0].length];
    int tap = 0;
    for (; tap + 4 <= count; tap += 4) {
      add(
          sums,
          weights[weight + tap],
          taps[first + tap],
          weights[weight + tap + 1],
          taps[first + tap + 1],
          weights[weight + tap + 2],
          taps[first + tap + 2],
          weights[weight + tap + 3],
          taps[first + tap + 3]);
    }
    for (; tap < count; tap++) {
      add(sums, weights[weight + tap], taps[first + tap]);
    }
    System.arraycopy(sums, 0, result.samples(), result.index(n, o, firstRow, 0), sums.length);
  }

  private static void add(
      double[] sums,
      double w0,
      double[] s0,
      double w1,
      double[] s1,
      double w2,
      double[] s2,
      double w3,
      double[] s3) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += w0 * s0[i] + w1 * s1[i] + w2 * s2[i] + w3 * s3[i];
    }
  }

  private static void add(double[] sums, double weight, double[] samples) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * samples[i];
    }
  }
}
