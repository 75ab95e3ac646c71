// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
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
 * The maximum or mean of each square of pixels. Squares that reach beyond the image are left out.
 *
 * @param kernel the side of the squares in pixels
 * @param stride the distance between two of them
 */
public record Pool(Kind kind, int kernel, int stride) implements Operator {

  /** The statistic of a square. */
  public enum Kind {
    MAX("MaxPool"),
    AVERAGE("AveragePool");

    private final String onnx;

    Kind(String onnx) {
      this.onnx = onnx;
    }
  }

  /** Checks the settings. */
  public Pool {
    checkArgument(
        kernel >= 1 && stride >= 1,
        "kernel and stride must be at least 1, but were %s and %s",
        kernel,
        stride);
  }

  @Override
  public String id() {
    return Ascii.toLowerCase(kind.name()) + "_pool";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    return Shape.of(
        images.length(0), images.length(1), count(images.length(2)), count(images.length(3)));
  }

  private long count(long length) {
    checkArgument(
        length == Shape.FREE || length >= kernel,
        "images must be at least %s pixels wide and high for %s, but were %s",
        kernel,
        id(),
        length);
    return length == Shape.FREE ? Shape.FREE : (length - kernel) / stride + 1;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(new AxisRule.Window(kernel, stride, 1, 0));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(
        kind.onnx,
        operands,
        result,
        Attribute.ofList("kernel_shape", kernel, kernel),
        Attribute.ofList("strides", stride, stride));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes result =
        images.empty(images.channels(), (int) count(images.height()), (int) count(images.width()));
    for (int n = 0; n < result.number(); n++) {
      for (int c = 0; c < result.channels(); c++) {
        for (int y = 0; y < result.height(); y++) {
          for (int x = 0; x < result.width(); x++) {
            result.add(n, c, y, x, ofSquare(images, n, c, y * stride, x * stride));
          }
        }
      }
    }
    return result.toTensor();
  }

  private double ofSquare(Planes images, int n, int c, int top, int left) {
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (int y = top; y < top + kernel; y++) {
      for (int x = left; x < left + kernel; x++) {
        max = Math.max(max, images.at(n, c, y, x));
        sum += images.at(n, c, y, x);
      }
    }
    return kind == Kind.MAX ? max : sum / (kernel * kernel);
  }
}
