// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;
import java.util.Optional;

/**
 * The Gram matrix of each of a batch of images, [N, C, C]: {@code F F^T / (C H W)} with a row of F
 * for each channel, of H W pixels (J. Johnson et al., <i>Perceptual Losses for Real-Time Style
 * Transfer and Super-Resolution</i>, ECCV 2016, equation 3).
 */
public record GramMatrix() implements Operator {

  @Override
  public String id() {
    return "gram";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    Shape images = Operands.checkImages(this, operands.get(0));
    return Shape.of(images.length(0), images.length(1), images.length(1));
  }

  @Override
  public Optional<AxisRule> along(int axis) {
    return Optional.empty();
  }

  @Override
  public double multiplyAccumulates(List<Shape> operands, Shape result) {
    return (double) operands.get(0).size() * result.length(1);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    throw new IllegalArgumentException("gram is part of losses, which are not written as ONNX");
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    int channels = images.channels();
    double count = (double) channels * images.height() * images.width();
    return DoubleTensor.of(
        Shape.of(images.number(), channels, channels),
        i -> {
          int n = i / channels / channels;
          double sum = 0;
          for (int y = 0; y < images.height(); y++) {
            for (int x = 0; x < images.width(); x++) {
              sum += images.at(n, i / channels % channels, y, x) * images.at(n, i % channels, y, x);
            }
          }
          return sum / count;
        });
  }
}
