// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

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
 * The bilinear resampling of images, the first operand, to the height and width of others, the
 * second: as {@link Resize}, by a factor that is the quotient of the sizes. Smaller sizes are not
 * smoothed.
 *
 * <p>Where a sample is taken from depends on both sizes, and so on that of the whole image.
 */
public record ResizeTo() implements Operator {

  /** The word for it. */
  public static final String ID = "resize_to";

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 2);
    Shape images = Operands.checkImages(this, operands.get(0));
    Shape like = Operands.checkImages(this, operands.get(1));
    return images.with(2, like.length(2)).with(3, like.length(3));
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public int sizedBy() {
    return 1;
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    String kept = part(nodes, result + "_kept", operands.get(0), 0, 2);
    String taken = part(nodes, result + "_taken", operands.get(1), 2, 4);
    String sizes = result + "_sizes";
    nodes.add("Concat", List.of(kept, taken), sizes, Attribute.of("axis", 0));
    nodes.add(
        "Resize",
        List.of(operands.get(0), "", "", sizes),
        result,
        Attribute.of("mode", "linear"),
        Attribute.of("coordinate_transformation_mode", "half_pixel"));
  }

  /** Adds some of the lengths of an array, and returns their name. */
  private static String part(OnnxNodes nodes, String name, String array, int from, int to) {
    nodes.add("Shape", List.of(array), name + "_shape");
    nodes.add(
        "Slice",
        List.of(
            name + "_shape",
            nodes.integers(name + "_from", from),
            nodes.integers(name + "_to", to),
            nodes.integers(name + "_axis", 0)),
        name);
    return name;
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    int height = operands.get(1).length(2);
    int width = operands.get(1).length(3);
    Planes result = images.empty(images.channels(), height, width);
    for (int n = 0; n < result.number(); n++) {
      for (int c = 0; c < result.channels(); c++) {
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < width; x++) {
            double row = (y + 0.5) * images.height() / height - 0.5;
            double column = (x + 0.5) * images.width() / width - 0.5;
            result.add(n, c, y, x, Resize.interpolated(images, n, c, row, column));
          }
        }
      }
    }
    return result.toTensor();
  }
}
