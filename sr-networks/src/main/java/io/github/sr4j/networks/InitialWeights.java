// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/** The weights of networks before training, which a seed determines on every engine. */
public final class InitialWeights {

  private InitialWeights() {}

  /**
   * Returns the weights of a network, those of all its {@linkplain Network#scales scales}, in the
   * order in which they are drawn: that of the scales, whichever of them the network is for.
   *
   * @param ofScale makes the network of the same text and another scale
   */
  public static List<Parameter> parameters(Network network, IntFunction<Network> ofScale) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    List<Network> networks = new ArrayList<>();
    network
        .scales()
        .forEach(scale -> networks.add(scale == network.scale() ? network : ofScale.apply(scale)));
    networks.add(network);
    for (Network each : networks) {
      for (Parameter parameter : NetworkGraph.of(each, Mode.INFERENCE).graph().parameters()) {
        parameters.putIfAbsent(parameter.name(), parameter);
      }
    }
    return List.copyOf(parameters.values());
  }

  /** Draws weights, in their order. */
  public static Map<String, Tensor> draw(Collection<Parameter> parameters, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    parameters.forEach(parameter -> weights.put(parameter.name(), parameter.draw(random)));
    return weights;
  }

  /** Draws the weights of a graph. */
  public static Map<String, Tensor> draw(Graph graph, long seed) {
    return draw(graph.parameters(), seed);
  }
}
