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
 * The pixel shuffle: {@code block^2} channels become one whose sides are {@code block} times as
 * long (W. Shi et al., <i>Real-Time Single Image and Video Super-Resolution Using an Efficient
 * Sub-Pixel Convolutional Neural Network</i>, CVPR 2016, equation 4). In the order of PyTorch,
 * which ONNX calls CRD: the channels of the first channel of the result come first.
 */
public record PixelShuffle(int block) implements Operator {

  /** Checks the block. */
  public PixelShuffle {
    checkArgument(block >= 1, "block must be at least 1, but was %s", block);
  }

  @Override
  public String id() {
    return "pixel_shuffle";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    checkArgument(
        images.length(1) % ((long) block * block) == 0,
        "channels of pixel_shuffle must be a multiple of %s, but were %s",
        block * block,
        images.length(1));
    return Shape.of(
        images.length(0),
        images.length(1) / block / block,
        enlarged(images.length(2)),
        enlarged(images.length(3)));
  }

  private long enlarged(long length) {
    return length == Shape.FREE ? Shape.FREE : length * block;
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.of(new AxisRule.Stretch(block));
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add(
        "DepthToSpace",
        operands,
        result,
        Attribute.of("blocksize", block),
        Attribute.of("mode", "CRD"));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    Planes result =
        images.empty(
            images.channels() / (block * block), images.height() * block, images.width() * block);
    for (int n = 0; n < result.number(); n++) {
      for (int c = 0; c < result.channels(); c++) {
        for (int y = 0; y < result.height(); y++) {
          for (int x = 0; x < result.width(); x++) {
            int channel = (c * block + y % block) * block + x % block;
            result.add(n, c, y, x, images.at(n, channel, y / block, x / block));
          }
        }
      }
    }
    return result.toTensor();
  }
}
