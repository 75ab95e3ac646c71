// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.ReceptiveField;
import io.github.sr4j.networks.graph.Shape;
import java.util.Map;

/**
 * The graph of a network, from {@value #INPUT} to its only output. Immutable.
 *
 * @param network whose layers it has
 * @param graph with one input, [N, channels, H, W], and one output
 */
public record NetworkGraph(Network network, Graph graph) {

  /** The name of the input. */
  public static final String INPUT = "input";

  /** The purpose of a graph. */
  public enum Mode {
    /**
     * It is trained: batch normalisation takes the statistics of batches, and the results of a
     * network with a {@link Network#lostEdge} are smaller than their targets.
     */
    TRAINING,
    /** It is run: results are as large as they should be. */
    INFERENCE
  }

  /**
   * Builds the graph of a network.
   *
   * @throws IllegalArgumentException if the network does not make images of as many channels as its
   *     input has
   */
  public static NetworkGraph of(Network network, Mode mode) {
    GraphBuilder builder = new GraphBuilder();
    Node output = addTo(builder, network, mode);
    return new NetworkGraph(network, builder.build(output));
  }

  /**
   * Adds a network to a graph, for one that goes on with what computes a loss.
   *
   * @return the node of the enlarged images
   * @throws IllegalArgumentException if the network does not make images of as many channels as its
   *     input has
   */
  public static Node addTo(GraphBuilder builder, Network network, Mode mode) {
    int channels = channels(network);
    boolean isTraining = mode == Mode.TRAINING;
    Layers layers = new Layers(builder, network.lostEdge() == 0, isTraining);
    FeatureMap images = layers.featureMap(builder.input(INPUT, Shape.ofImages(channels)));
    FeatureMap output =
        network.build(layers, isTraining ? images : layers.extend(images, network.lostEdge()));
    checkArgument(
        output.channels() == channels,
        "%s must make images of %s channels, as its input has, but makes %s",
        network.text(),
        channels,
        output.channels());
    return output.node();
  }

  /** Returns the number of channels of a network's images. */
  public static int channels(Network network) {
    return network.color() == ModelInfo.Color.LUMA ? 1 : 3;
  }

  /** Returns the node of the enlarged images. */
  public Node output() {
    return graph.outputs().get(0);
  }

  /**
   * Returns the properties that a model of this network declares.
   *
   * @param provenance where its weights come from
   * @throws IllegalArgumentException if the network does not enlarge by its scale
   */
  public ModelInfo info(Map<String, String> provenance) {
    checkScale();
    ReceptiveField field = ReceptiveField.of(graph);
    ModelInfo.Builder info =
        ModelInfo.builder(network.text(), network.scale())
            .color(network.color())
            .preupscaled(network.isPreupscaled())
            .alignment(field.alignment())
            .provenance(provenance);
    field.halo().ifPresent(info::halo);
    field.globalOperator().ifPresent(info::globalOperator);
    return info.build();
  }

  private void checkScale() {
    long side = ReceptiveField.alignment(graph) * 100L;
    Shape images =
        requireNonNull(
            graph
                .shapes(input -> input.shape().with(0, 1).with(2, side).with(3, side))
                .get(output()));
    int expected = network.isPreupscaled() ? 1 : network.scale();
    boolean isHigh = images.length(2) == expected * side;
    checkArgument(
        isHigh && images.length(3) == expected * side,
        "%s must make images %s times as large as its input, but makes them %s times as %s",
        network.text(),
        expected,
        images.length(isHigh ? 3 : 2) / (double) side,
        images.length(2) == images.length(3) ? "large" : isHigh ? "wide" : "high");
  }
}
