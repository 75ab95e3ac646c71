// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A computation as data: nodes, each after those whose results it takes, and the ones of them that
 * are wanted. It has no state and knows no engine. Immutable.
 */
public final class Graph {

  private final ImmutableList<Node> nodes;
  private final ImmutableList<Node> outputs;

  Graph(List<Node> nodes, List<Node> outputs) {
    Set<Node> needed = new HashSet<>(outputs);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (needed.contains(nodes.get(i)) && nodes.get(i) instanceof Node.Operation operation) {
        needed.addAll(operation.operands());
      }
    }
    this.nodes =
        nodes.stream()
            .filter(node -> needed.contains(node) || node instanceof Node.Input)
            .collect(ImmutableList.toImmutableList());
    this.outputs = ImmutableList.copyOf(outputs);
  }

  /** Returns the inputs, and the nodes on which the outputs depend, in an order to run them in. */
  public List<Node> nodes() {
    return nodes;
  }

  /** Returns the nodes whose values are wanted. */
  public List<Node> outputs() {
    return outputs;
  }

  /** Returns the inputs. */
  public List<Node.Input> inputs() {
    return of(Node.Input.class);
  }

  /** Returns the weights, in the order in which they are drawn. */
  public List<Parameter> parameters() {
    return of(Node.Weights.class).stream().map(Node.Weights::parameter).toList();
  }

  /** Returns the results of operators. */
  public List<Node.Operation> operations() {
    return of(Node.Operation.class);
  }

  private <T extends Node> List<T> of(Class<T> kind) {
    return nodes.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Returns the nodes that depend on an input. */
  public Set<Node> dependents() {
    Set<Node> dependents = new HashSet<>(inputs());
    for (Node.Operation operation : operations()) {
      if (operation.operands().stream().anyMatch(dependents::contains)) {
        dependents.add(operation);
      }
    }
    return dependents;
  }

  /** Returns the number of uses of each node, as an operand of operations or as an output. */
  public Map<Node, Integer> uses() {
    Map<Node, Integer> uses = new HashMap<>();
    operations()
        .forEach(
            operation -> operation.operands().forEach(node -> uses.merge(node, 1, Integer::sum)));
    outputs.forEach(node -> uses.merge(node, 1, Integer::sum));
    return uses;
  }

  /**
   * Computes the value of each node by the reference.
   *
   * @param inputs by name
   * @param weights by name
   * @throws IllegalArgumentException if an array is missing or of another shape
   */
  public Map<Node, DoubleTensor> evaluate(
      Map<String, DoubleTensor> inputs, Map<String, DoubleTensor> weights) {
    Map<Node, DoubleTensor> values = new HashMap<>();
    for (Node node : nodes) {
      DoubleTensor value;
      if (node instanceof Node.Operation operation) {
        value =
            operation.operator().evaluate(operation.operands().stream().map(values::get).toList());
      } else if (node instanceof Node.Constant constant) {
        value = DoubleTensor.of(constant.tensor());
      } else {
        value = given(node, node instanceof Node.Input ? inputs : weights);
      }
      values.put(node, value);
    }
    return values;
  }

  private static DoubleTensor given(Node node, Map<String, DoubleTensor> arrays) {
    DoubleTensor array = given(arrays, node.name());
    checkArgument(
        fits(array.shape(), node.shape()),
        "the array for \"%s\" must be of shape %s, but was of %s",
        node.name(),
        node.shape(),
        array.shape());
    return array;
  }

  /**
   * Checks the arrays of a run.
   *
   * @param arrays the inputs and weights, by name
   * @throws IllegalArgumentException if an array is missing, or an operator cannot take its
   *     operands
   */
  public void checkArrays(Map<String, Tensor> arrays) {
    parameters().forEach(parameter -> given(arrays, parameter.name()));
    shapes(input -> given(arrays, input.name()).shape());
  }

  private static <T> T given(Map<String, T> arrays, String name) {
    T array = arrays.get(name);
    checkArgument(array != null, "there must be an array for \"%s\"", name);
    return array;
  }

  private static boolean fits(Shape actual, Shape expected) {
    boolean fits = actual.rank() == expected.rank();
    for (int axis = 0; fits && axis < actual.rank(); axis++) {
      fits = expected.length(axis) == Shape.FREE || expected.length(axis) == actual.length(axis);
    }
    return fits;
  }

  /**
   * Returns the shape of each node for inputs of given shapes.
   *
   * @param inputs the shape of each input, without free lengths
   * @throws IllegalArgumentException if an operator cannot take such operands
   */
  public Map<Node, Shape> shapes(Function<Node.Input, Shape> inputs) {
    Map<Node, Shape> shapes = new HashMap<>();
    for (Node node : nodes) {
      if (node instanceof Node.Operation operation) {
        List<Shape> operands = operation.operands().stream().map(shapes::get).toList();
        shapes.put(node, operation.operator().shape(operands));
      } else {
        shapes.put(node, node instanceof Node.Input input ? inputs.apply(input) : node.shape());
      }
    }
    return shapes;
  }
}
