// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a graph, node by node. Equal operators on the same operands become one node. Confined to
 * one thread.
 */
public final class GraphBuilder {

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> byName = new HashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>(); // the last one added to a name
  private final Map<Computation, Node.Operation> computed = new HashMap<>();
  private final Map<Named, Node.Constant> constants = new HashMap<>();

  /** Starts with an empty graph. */
  public GraphBuilder() {}

  private record Named(String name, Tensor tensor) {

    /** Leaves out the samples, of which weights have millions. */
    @Override
    public int hashCode() {
      return 31 * name.hashCode() + tensor.shape().hashCode();
    }
  }

  private record Computation(Operator operator, List<Node> operands) {}

  /**
   * Adds an input.
   *
   * @throws IllegalArgumentException if there is a node of that name
   */
  public Node input(String name, Shape shape) {
    return added(new Node.Input(checkUnused(name), shape));
  }

  /**
   * Adds weights, or returns those of that name.
   *
   * @throws IllegalArgumentException if those of that name have another shape, role or pixel
   *     shuffle
   */
  public Node weights(Parameter parameter) {
    if (!(byName.get(parameter.name()) instanceof Node.Weights held)) {
      checkUnused(parameter.name());
      return added(new Node.Weights(parameter));
    }
    checkArgument(
        held.shape().equals(parameter.shape()) && held.parameter().role() == parameter.role(),
        "weights \"%s\" must have one shape in all layers of that name, but had %s and %s",
        parameter.name(),
        held.shape(),
        parameter.shape());
    checkArgument(
        held.parameter().shuffle() == parameter.shuffle(),
        "weights \"%s\" must be followed by one pixel shuffle in all layers of that name, or none",
        parameter.name());
    return held;
  }

  /** Adds a constant, or returns the one of equal samples. */
  public Node constant(Tensor tensor) {
    return constant("constant", tensor);
  }

  /**
   * Adds a constant, or returns the one of this name and equal samples.
   *
   * @param name the name of the node; a number is added to one that is taken
   */
  public Node constant(String name, Tensor tensor) {
    Named named = new Named(name, tensor);
    Node.Constant held = constants.get(named);
    if (held != null) {
      return held;
    }
    Node.Constant constant = new Node.Constant(unused(name), tensor);
    constants.put(named, constant);
    return added(constant);
  }

  /** Adds the result of an operator, named after it. */
  public Node add(Operator operator, Node... operands) {
    return add(operator.id(), operator, operands);
  }

  /**
   * Adds the result of an operator, or returns that of an equal one on the same operands.
   *
   * @param name the name of the node; a number is added to one that is taken
   * @throws IllegalArgumentException if the operator cannot take such operands
   */
  public Node add(String name, Operator operator, Node... operands) {
    Computation computation = new Computation(operator, List.of(operands));
    Node.Operation held = computed.get(computation);
    if (held != null) {
      return held;
    }
    Node.Operation operation = new Node.Operation(unused(name), operator, List.of(operands));
    computed.put(computation, operation);
    return added(operation);
  }

  /** Returns the graph of the nodes that some outputs need. */
  public Graph build(Node... outputs) {
    return new Graph(nodes, List.of(outputs));
  }

  private Node added(Node node) {
    nodes.add(node);
    byName.put(node.name(), node);
    return node;
  }

  private String checkUnused(String name) {
    checkArgument(!byName.containsKey(name), "there must not be two nodes named \"%s\"", name);
    return name;
  }

  private String unused(String name) {
    String candidate = name;
    while (byName.containsKey(candidate)) {
      candidate = name + "_" + numbers.merge(name, 1, Integer::sum);
    }
    return candidate;
  }
}
