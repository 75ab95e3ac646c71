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
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;
import java.util.Optional;

/**
 * The enlargement of images by interpolation, as PyTorch has it without aligned corners: pixels are
 * squares, and it is their centres that are interpolated between.
 *
 * @param scale by how much, at least 1
 */
public record Resize(Kind kind, int scale) implements Operator {

  /** How is interpolated. */
  public enum Kind {
    /** Copies of the nearest pixel. */
    NEAREST,
    /** Linearly in both directions; beyond the edges, the outermost pixels are repeated. */
    BILINEAR
  }

  /** Checks the scale. */
  public Resize {
    checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
  }

  @Override
  public String id() {
    return "resize_" + Ascii.toLowerCase(kind.name());
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    return Shape.of(
        images.length(0), images.length(1), enlarged(images.length(2)), enlarged(images.length(3)));
  }

  private long enlarged(long length) {
    return length == Shape.FREE ? Shape.FREE : length * scale;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(
        kind == Kind.NEAREST ? new AxisRule.Stretch(scale) : AxisRule.Sampled.linear(scale));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    String scales = nodes.tensor(result + "_scales", Tensor.of(Shape.of(4), 1, 1, scale, scale));
    boolean isNearest = kind == Kind.NEAREST;
    nodes.add(
        "Resize",
        List.of(operands.get(0), "", scales),
        result,
        Attribute.of("mode", isNearest ? "nearest" : "linear"),
        Attribute.of("coordinate_transformation_mode", isNearest ? "asymmetric" : "half_pixel"),
        Attribute.of("nearest_mode", "floor"));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes result =
        images.empty(images.channels(), images.height() * scale, images.width() * scale);
    for (int n = 0; n < result.number(); n++) {
      for (int c = 0; c < result.channels(); c++) {
        for (int y = 0; y < result.height(); y++) {
          for (int x = 0; x < result.width(); x++) {
            result.add(
                n,
                c,
                y,
                x,
                kind == Kind.NEAREST
                    ? images.at(n, c, y / scale, x / scale)
                    : interpolated(images, n, c, (y + 0.5) / scale - 0.5, (x + 0.5) / scale - 0.5));
          }
        }
      }
    }
    return result.toTensor();
  }

  static double interpolated(Planes images, int n, int c, double y, double x) {
    int top = (int) Math.floor(y);
    int left = (int) Math.floor(x);
    double down = y - top;
    double right = x - left;
    return (1 - down)
            * ((1 - right) * repeated(images, n, c, top, left)
                + right * repeated(images, n, c, top, left + 1))
        + down
            * ((1 - right) * repeated(images, n, c, top + 1, left)
                + right * repeated(images, n, c, top + 1, left + 1));
  }

  private static double repeated(Planes images, int n, int c, int y, int x) {
    int row = Math.max(0, Math.min(images.height() - 1, y));
    int column = Math.max(0, Math.min(images.width() - 1, x));
    return images.at(n, c, row, column);
  }
}
