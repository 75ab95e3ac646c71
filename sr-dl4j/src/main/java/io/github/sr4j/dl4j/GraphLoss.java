// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.Loss;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A loss that is written as operations of a graph only. It is part of the graph that this module
 * trains; elsewhere, {@link #evaluate} runs a graph of its own.
 */
interface GraphLoss extends Loss {

  /**
   * Adds the loss to a graph.
   *
   * @param target of the same shape as the prediction; of its sides, only the channels are known
   * @return a scalar
   */
  SDVariable addTo(SameDiff graph, SDVariable prediction, SDVariable target);

  /** Lays a graph out anew on each call, which keeps the loss free of native memory and locks. */
  @Override
  default double evaluate(BatchShape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    long[] sides = {shape.batch(), shape.channels(), shape.height(), shape.width()};
    SameDiff graph = SameDiff.create();
    try (INDArray p = Nd4j.create(DataType.FLOAT, sides, 'c');
        INDArray t = Nd4j.create(DataType.FLOAT, sides, 'c')) {
      Arrays32.write(p, prediction);
      Arrays32.write(t, target);
      SDVariable variable = graph.var("prediction", p);
      SDVariable value =
          addTo(
              graph,
              variable,
              graph.placeHolder("target", DataType.FLOAT, -1, shape.channels(), -1, -1));
      graph.setLossVariables(value.name());
      graph.createGradFunction();
      String derivative = variable.gradient().name();
      try (GraphPlan plan =
          GraphPlan.of(
              graph.getFunction("grad"),
              Map.of("prediction", p, "target", t),
              List.of(value.name(), derivative))) {
        plan.run();
        float[] samples = Arrays32.read(plan.output(derivative));
        System.arraycopy(samples, 0, gradient, 0, samples.length);
        return plan.output(value.name()).getDouble(0);
      }
    }
  }
}
