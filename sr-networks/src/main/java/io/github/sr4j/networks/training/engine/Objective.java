// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph that is differentiated. Its runs have two halves: the forward half ends with one node,
 * whose value the caller may need to give the inputs of the other half.
 *
 * @param graph whose outputs are the other nodes here
 * @param differentiated the node of one sample that is differentiated
 * @param pause the node with which the forward half ends; no operand of it depends on an input that
 *     is given later
 * @param values the nodes whose values are read
 * @param weights the names of the parameters to differentiate with respect to
 * @param inputs the inputs to differentiate with respect to, by name, each with a shape that it may
 *     have
 */
public record Objective(
    Graph graph,
    Node differentiated,
    Node pause,
    List<Node> values,
    Set<String> weights,
    Map<String, Shape> inputs) {

  /** Makes immutable copies. */
  public Objective {
    values = List.copyOf(values);
    weights = ImmutableSet.copyOf(weights); // in their order
    inputs = Map.copyOf(inputs);
  }
}
