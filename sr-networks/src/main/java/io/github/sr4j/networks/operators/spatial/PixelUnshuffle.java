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
 * The inverse of {@link PixelShuffle}: the pixels of a block become channels, those of the first
 * channel first.
 *
 * @param block the side of a block in pixels
 * @param channels of the images
 */
public record PixelUnshuffle(int block, int channels) implements Operator {

  /** Checks the block. */
  public PixelUnshuffle {
    checkArgument(block >= 1, "block must be at least 1, but was %s", block);
    checkArgument(channels >= 1, "channels must be at least 1, but were %s", channels);
  }

  @Override
  public String id() {
    return "pixel_unshuffle";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    checkArgument(
        images.length(1) == channels,
        "channels of this pixel_unshuffle must be %s, but were %s",
        channels,
        images.length(1));
    return Shape.of(
        images.length(0),
        images.length(1) * block * block,
        divided(images.length(2)),
        divided(images.length(3)));
  }

  private long divided(long length) {
    checkArgument(
        length == Shape.FREE || length % block == 0,
        "sides of images must be multiples of %s for pixel_unshuffle, but one was %s",
        block,
        length);
    return length == Shape.FREE ? Shape.FREE : length / block;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(new AxisRule.Window(block, block, 1, 0));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    // ONNX's SpaceToDepth has the other order alone: the upper left pixel of every channel first.
    nodes.add("SpaceToDepth", operands, result + "_dcr", Attribute.of("blocksize", block));
    int pixels = block * block;
    long[] order = new long[channels * pixels];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) (i % pixels) * channels + i / pixels;
    }
    String indices = nodes.integers(result + "_order", order);
    nodes.add("Gather", List.of(result + "_dcr", indices), result, Attribute.of("axis", 1));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes result =
        images.empty(channels * block * block, images.height() / block, images.width() / block);
    for (int n = 0; n < images.number(); n++) {
      for (int c = 0; c < channels; c++) {
        for (int y = 0; y < images.height(); y++) {
          for (int x = 0; x < images.width(); x++) {
            int channel = (c * block + y % block) * block + x % block;
            result.add(n, channel, y / block, x / block, images.at(n, c, y, x));
          }
        }
      }
    }
    return result.toTensor();
  }
}
