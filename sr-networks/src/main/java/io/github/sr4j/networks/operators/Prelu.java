// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import io.github.sr4j.networks.operators.samples.Planes;
import java.util.List;

/**
 * The parametric rectified linear unit: samples below 0 are multiplied by a trained slope of their
 * channel (K. He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation 1).
 *
 * <p>Its operands are images and slopes, [channels].
 */
public record Prelu() implements Operator {

  @Override
  public String id() {
    return "prelu";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 2);
    Shape images = Operands.checkImages(this, operands.get(0));
    Operands.checkShape(this, "slopes", operands.get(1), images.length(1));
    return images;
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add("PRelu", List.of(operands.get(0), nodes.column(operands.get(1))), result);
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    Planes images = new Planes(operands.get(0));
    double[] slopes = operands.get(1).samples();
    return DoubleTensor.of(
        operands.get(0).shape(),
        i -> {
          double x = images.samples()[i];
          return x < 0 ? slopes[images.channel(i)] * x : x;
        });
  }
}
