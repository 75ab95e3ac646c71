// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.AdversarialKind;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.networks.losses.GraphLosses;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.Losses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The losses that have a graph, and the discriminators of the adversarial one. */
final class LossCases {

  private LossCases() {}

  /** Returns the graphs of losses that need no file. */
  static List<GraphCase> all() {
    return List.of(
        of(Losses.l1(), Shape.of(2, 3, 7, 5)),
        of(Losses.mse(), Shape.of(2, 3, 7, 5)),
        of(Losses.charbonnier(), Shape.of(2, 3, 7, 5)),
        of(Losses.charbonnier(0.1), Shape.of(2, 1, 7, 5)),
        of(Losses.tv(), Shape.of(2, 3, 7, 5)),
        of(Losses.edge(), Shape.of(2, 3, 7, 5)),
        of(Losses.ssim(), Shape.of(2, 3, 13, 12)),
        of(Losses.ssim(), Shape.of(2, 1, 11, 17)),
        of(Losses.msSsim(2), Shape.of(2, 3, 27, 24)),
        of(Losses.msSsim(3), Shape.of(1, 1, 47, 45)));
  }

  private static GraphCase of(Loss loss, Shape shape) {
    return of(loss.toString(), loss, shape);
  }

  /**
   * Returns the graph of a loss of images.
   *
   * @param name the same each time, unlike the folder of a file that the loss has read
   */
  static GraphCase of(String name, Loss loss, Shape shape) {
    GraphBuilder builder = new GraphBuilder();
    Node prediction = builder.input("prediction", Shape.ofImages(shape.length(1)));
    Node target = builder.input("target", Shape.ofImages(shape.length(1)));
    Node value =
        GraphLosses.add(builder, loss, prediction, target)
            .orElseThrow(() -> new AssertionError(loss + " must have a graph, but has none"));
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("prediction", Values.UNIT.draw(shape, 3));
    arrays.put("target", Values.UNIT.draw(shape, 4));
    return GraphCase.of(name + " of " + shape, builder.build(value), arrays);
  }

  /** Returns the discriminators of each form. */
  static List<GraphCase> discriminators() {
    List<GraphCase> cases = new ArrayList<>();
    for (boolean isPooled : new boolean[] {false, true}) {
      AdversarialLoss settings =
          new AdversarialLoss(AdversarialKind.STANDARD, /* features= */ 2, isPooled, /* rate= */ 1);
      PatchBatch.Shape patches = new PatchBatch.Shape(/* batch= */ 3, /* channels= */ 3, 34, 31);
      Graph graph = Discriminator.graph(settings, patches);
      Map<String, Tensor> arrays = NetworkCases.weights(graph);
      Shape shape =
          Shape.of(patches.batch(), patches.channels(), patches.height(), patches.width());
      arrays.put(Discriminator.PATCHES, Values.UNIT.draw(shape, 5));
      cases.add(GraphCase.of("discriminator of " + settings, graph, arrays));
    }
    return List.copyOf(cases);
  }
}
