// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Reduce;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A graph with the arrays to run it on.
 *
 * @param name tells it from others, in the names of tests
 * @param graph of one output
 * @param differentiable {@code graph} with a scalar before its output, the sum of the output's
 *     samples, each multiplied by a fixed number between 0.5 and 1.5 of either sign: what an engine
 *     differentiates
 * @param arrays the inputs and the weights, by name
 * @param differentiated the names of the arrays that have a gradient, in order
 */
record GraphCase(
    String name,
    Graph graph,
    Graph differentiable,
    Map<String, Tensor> arrays,
    Set<String> differentiated) {

  /** Returns a case of a graph with one output. */
  static GraphCase of(String name, Graph graph, Map<String, Tensor> arrays) {
    Map<Node, Shape> shapes =
        graph.shapes(input -> requireNonNull(arrays.get(input.name()), input.name()).shape());
    Shape shape = requireNonNull(shapes.get(graph.outputs().get(0)));
    GraphBuilder builder = new GraphBuilder();
    Node output = copy(graph, builder);
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] factors = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) ((0.5 + random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
    }
    Node weighted =
        builder.add(
            Binary.MULTIPLY, output, builder.constant("factors", Tensor.of(shape, factors)));
    Integer[] axes = IntStream.range(0, shape.rank()).boxed().toArray(Integer[]::new);
    Node objective = shape.rank() == 0 ? weighted : builder.add(Reduce.sum(axes), weighted);
    return new GraphCase(
        name, graph, builder.build(objective, output), arrays, differentiated(graph));
  }

  /** Adds the nodes of a graph to another one, and returns the output. */
  private static Node copy(Graph graph, GraphBuilder builder) {
    Map<Node, Node> copies = new HashMap<>();
    for (Node node : graph.nodes()) {
      Node copy;
      if (node instanceof Node.Input input) {
        copy = builder.input(input.name(), input.shape());
      } else if (node instanceof Node.Weights weights) {
        copy = builder.weights(weights.parameter());
      } else if (node instanceof Node.Constant constant) {
        copy = builder.constant(constant.name(), constant.tensor());
      } else {
        Node.Operation operation = (Node.Operation) node;
        Node[] operands = operation.operands().stream().map(copies::get).toArray(Node[]::new);
        copy = builder.add(operation.name(), operation.operator(), operands);
      }
      copies.put(node, copy);
    }
    return requireNonNull(copies.get(graph.outputs().get(0)));
  }

  /** Returns the inputs and the weights that are trained; statistics have no gradient. */
  private static Set<String> differentiated(Graph graph) {
    Set<String> names = new TreeSet<>();
    graph.inputs().forEach(input -> names.add(input.name()));
    graph.parameters().stream()
        .filter(Parameter::isTrained)
        .forEach(parameter -> names.add(parameter.name()));
    return names;
  }

  /** Returns the value of the output, by the reference. */
  DoubleTensor expected() {
    return requireNonNull(evaluate(graph, doubles()).get(graph.outputs().get(0)));
  }

  /** Returns the scalar that is differentiated, by the reference. */
  double objective(Map<String, DoubleTensor> of) {
    Node first = differentiable.outputs().get(0);
    return requireNonNull(evaluate(differentiable, of).get(first)).samples()[0];
  }

  private static Map<Node, DoubleTensor> evaluate(Graph graph, Map<String, DoubleTensor> of) {
    return graph.evaluate(of, of);
  }

  /** Returns copies of the arrays in double precision, which may be changed. */
  Map<String, DoubleTensor> doubles() {
    Map<String, DoubleTensor> doubles = new LinkedHashMap<>();
    arrays.forEach((array, tensor) -> doubles.put(array, DoubleTensor.of(tensor)));
    return doubles;
  }

  @Override
  public String toString() {
    return name;
  }
}
