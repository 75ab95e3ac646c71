// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.WithNumber;

/**
 * The result of a layer: a batch of images of some channels, [N, channels, height, width].
 *
 * <p>A feature map is a node of a graph and holds no samples. Its arithmetic is that of samples.
 * Where one of two feature maps has one channel, or one pixel for the whole image, that is used for
 * all channels and pixels of the other. Immutable.
 */
public final class FeatureMap {

  private final GraphBuilder graph;
  private final Node node;

  FeatureMap(GraphBuilder graph, Node node) {
    this.graph = graph;
    this.node = node;
  }

  /** Returns the node of the graph. */
  public Node node() {
    return node;
  }

  /** Returns the number of channels. */
  public int channels() {
    return (int) node.shape().length(1);
  }

  /**
   * Returns the sum of two feature maps.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public FeatureMap plus(FeatureMap other) {
    return with(Binary.ADD, other);
  }

  /**
   * Returns this feature map minus another one.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public FeatureMap minus(FeatureMap other) {
    return with(Binary.SUBTRACT, other);
  }

  /**
   * Returns the product of two feature maps.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public FeatureMap times(FeatureMap other) {
    return with(Binary.MULTIPLY, other);
  }

  /** Returns this feature map with a number added to each sample. */
  public FeatureMap plus(double summand) {
    return then(new WithNumber(WithNumber.Kind.ADD, summand));
  }

  /** Returns this feature map with each sample multiplied by a number. */
  public FeatureMap times(double factor) {
    return then(new WithNumber(WithNumber.Kind.MULTIPLY, factor));
  }

  /** Returns the result of an operator on this feature map. */
  FeatureMap then(Operator operator) {
    return new FeatureMap(graph, graph.add(operator, node));
  }

  private FeatureMap with(Binary operator, FeatureMap other) {
    checkArgument(
        channels() == other.channels() || channels() == 1 || other.channels() == 1,
        "feature maps must have as many channels, or one of them one, but had %s and %s",
        channels(),
        other.channels());
    return new FeatureMap(graph, graph.add(operator, node, other.node));
  }

  @Override
  public String toString() {
    return node.name() + " of " + channels() + " channels";
  }
}
