// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.spatial;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.AxisRule.Extension;
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
 * The extension of images on all sides.
 *
 * @param extension what lies beyond their edges; a constant is 0
 * @param pixels how far, on each side; where images are mirrored, less than their sides
 */
public record Pad(Extension extension, int pixels) implements Operator {

  /** Checks the settings. */
  public Pad {
    checkArgument(pixels >= 0, "pixels must be at least 0, but were %s", pixels);
  }

  @Override
  public String id() {
    return "pad";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    return Shape.of(
        images.length(0), images.length(1), extended(images.length(2)), extended(images.length(3)));
  }

  private long extended(long length) {
    checkArgument(
        length == Shape.FREE || extension != Extension.REFLECT || length > pixels,
        "images must be more than %s pixels wide and high to be mirrored, but were %s",
        pixels,
        length);
    return length == Shape.FREE ? Shape.FREE : length + 2L * pixels;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(new AxisRule.Extended(pixels, extension));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    String pads = nodes.integers(result + "_pads", 0, 0, pixels, pixels, 0, 0, pixels, pixels);
    nodes.add(
        "Pad",
        List.of(operands.get(0), pads),
        result,
        Attribute.of("mode", Ascii.toLowerCase(extension.name())));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes result =
        images.empty(images.channels(), images.height() + 2 * pixels, images.width() + 2 * pixels);
    shape(List.of(operands.get(0).shape()));
    for (int n = 0; n < result.number(); n++) {
      for (int c = 0; c < result.channels(); c++) {
        for (int y = 0; y < result.height(); y++) {
          for (int x = 0; x < result.width(); x++) {
            int row = place(y - pixels, images.height());
            int column = place(x - pixels, images.width());
            result.add(n, c, y, x, images.atOrZero(n, c, row, column));
          }
        }
      }
    }
    return result.toTensor();
  }

  /** Returns the place whose sample lies at one, which may be beyond the edges. */
  private int place(int place, int length) {
    return switch (extension) {
      case CONSTANT -> place;
      case REFLECT -> length - 1 - Math.abs(length - 1 - Math.abs(place));
      case EDGE -> Math.max(0, Math.min(length - 1, place));
    };
  }
}
