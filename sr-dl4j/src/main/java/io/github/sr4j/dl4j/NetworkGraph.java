// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A network as a SameDiff graph from {@code input} to {@code output}, both NCHW.
 *
 * @param output the enlarged image; the input is {@value #INPUT}
 * @param observed the statistics of a batch, by the names of the running ones, in a graph that
 *     trains
 */
record NetworkGraph(SameDiff graph, SDVariable output, Map<String, SDVariable> observed) {

  static final String INPUT = "input";
  static final String OUTPUT = "output";

  /** Builds the graph that runs, or the one that trains, over the same weights. */
  static NetworkGraph of(Network network, Weights weights, boolean training) {
    SameDiff graph = SameDiff.create();
    int channels = network.color() == ModelInfo.Color.LUMA ? 1 : 3;
    SDVariable input = graph.placeHolder(INPUT, DataType.FLOAT, -1, channels, -1, -1);
    Layers layers = new Layers(graph, weights, network.border() == 0, training);
    Signal images = new Signal(input, channels);
    Signal extended = training ? images : layers.extend(images, network.border());
    Signal output = network.build(layers, extended);
    checkArgument(
        output.channels() == channels,
        "%s must make images of %s channels, as its input has, but makes %s",
        network.text(),
        channels,
        output.channels());
    return new NetworkGraph(graph, output.variable().rename(OUTPUT), layers.observed());
  }

  /**
   * Draws the weights of all scales of a network, in an order that does not depend on which of them
   * it is built for.
   */
  static void declare(Network network, Weights weights) {
    if (network.scales().size() > 1) {
      for (int scale : network.scales()) {
        of(Networks.of(network.text(), scale), weights, false);
      }
    }
  }

  ModelInfo info(Network network, Map<String, String> provenance) {
    ReceptiveField.Reach reach = ReceptiveField.of(graph, INPUT, OUTPUT);
    int expected = network.isPreupscaled() ? 1 : network.scale();
    checkArgument(
        reach.scale() == expected,
        "%s must make images %s times as large as its input, but makes them %s times as large",
        network.text(),
        expected,
        reach.scale());
    ModelInfo.Builder info =
        ModelInfo.builder(network.text(), network.scale())
            .color(network.color())
            .preupscaled(network.isPreupscaled())
            .alignment(ReceptiveField.alignment(graph, INPUT))
            .provenance(provenance);
    reach.halo().ifPresent(info::halo);
    reach.global().ifPresent(info::globalOperator);
    return info.build();
  }
}
