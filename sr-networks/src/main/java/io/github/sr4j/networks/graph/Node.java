// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import java.util.List;

/**
 * A node of a graph: an input, weights, a constant, or the result of an operator. Nodes are values
 * of one graph, equal only to themselves, and immutable.
 */
public abstract sealed class Node {

  private final String name;
  private final Shape shape;

  private Node(String name, Shape shape) {
    this.name = name;
    this.shape = shape;
  }

  /** Returns the name, unique within its graph. */
  public final String name() {
    return name;
  }

  /** Returns the shape, of which lengths may be free. */
  public final Shape shape() {
    return shape;
  }

  @Override
  public final String toString() {
    return name + " of shape " + shape;
  }

  /** An array that is given when the graph is run. */
  public static final class Input extends Node {
    Input(String name, Shape shape) {
      super(name, shape);
    }
  }

  /** Weights of the network. */
  public static final class Weights extends Node {

    private final Parameter parameter;

    Weights(Parameter parameter) {
      super(parameter.name(), parameter.shape());
      this.parameter = parameter;
    }

    /** Returns the weights. */
    public Parameter parameter() {
      return parameter;
    }
  }

  /** An array that is part of the graph and never changes. */
  public static final class Constant extends Node {

    private final Tensor tensor;

    Constant(String name, Tensor tensor) {
      super(name, tensor.shape());
      this.tensor = tensor;
    }

    /** Returns the samples. */
    public Tensor tensor() {
      return tensor;
    }
  }

  /** The result of an operator. */
  public static final class Operation extends Node {

    private final Operator operator;
    private final List<Node> operands;

    Operation(String name, Operator operator, List<Node> operands) {
      super(name, operator.shape(operands.stream().map(Node::shape).toList()));
      this.operator = operator;
      this.operands = List.copyOf(operands);
    }

    /** Returns the operator. */
    public Operator operator() {
      return operator;
    }

    /** Returns the operands of the operator, in its order. */
    public List<Node> operands() {
      return operands;
    }
  }
}
