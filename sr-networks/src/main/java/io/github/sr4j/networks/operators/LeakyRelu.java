// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.OnnxNodes.Attribute;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.samples.Operands;
import java.util.List;

/**
 * The leaky rectified linear unit: samples below 0 are multiplied by a slope (A. Maas et al.,
 * <i>Rectifier Nonlinearities Improve Neural Network Acoustic Models</i>, ICML 2013, equation 4).
 */
public record LeakyRelu(double slope) implements Operator {

  @Override
  public String id() {
    return "leaky_relu";
  }

  @Override
  public Shape shape(List<Shape> operands) {
    Operands.checkCount(this, operands, 1);
    return operands.get(0);
  }

  @Override
  public void write(OnnxNodes nodes, List<String> operands, String result) {
    nodes.add("LeakyRelu", operands, result, Attribute.of("alpha", (float) slope));
  }

  @Override
  public DoubleTensor evaluate(List<DoubleTensor> operands) {
    double[] samples = operands.get(0).samples();
    return DoubleTensor.of(
        operands.get(0).shape(), i -> samples[i] < 0 ? slope * samples[i] : samples[i]);
  }
}
