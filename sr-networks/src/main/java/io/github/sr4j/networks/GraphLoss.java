// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A loss that has a graph, so that an engine can differentiate it: it is part of the graph that is
 * trained, with no copy of a prediction. Elsewhere, {@link #evaluate} has an engine run a graph of
 * its own.
 *
 * <p>Implementations are immutable and safe for use by multiple threads.
 */
public interface GraphLoss extends Loss {

  /**
   * Adds the loss to a graph.
   *
   * @param prediction [N, C, H, W]
   * @param target of the same shape
   * @return one sample, a mean over the images
   */
  Node addTo(GraphBuilder graph, Node prediction, Node target);

  /**
   * Computes the value and its gradient, by an engine on the class path.
   *
   * @throws io.github.sr4j.BackendNotFoundException if there is none
   */
  @Override
  default double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    GraphBuilder builder = new GraphBuilder();
    Shape free = Shape.ofImages(shape.channels());
    Node p = builder.input("prediction", free);
    Node t = builder.input("target", free);
    Graph graph = builder.build(addTo(builder, p, t));
    Shape sides = Shape.of(shape.batch(), shape.channels(), shape.height(), shape.width());
    GraphEngine.Result result =
        GraphEngine.any()
            .run(
                graph,
                Map.of(p.name(), Tensor.of(sides, prediction), t.name(), Tensor.of(sides, target)),
                Set.of(p.name()));
    float[] samples = result.gradient(p.name()).samples();
    System.arraycopy(samples, 0, gradient, 0, samples.length);
    List<Tensor> outputs = result.outputs();
    return outputs.get(0).samples()[0];
  }
}
