// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.training.engine.GraphPass;
import io.github.sr4j.networks.training.engine.Objective;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A graph with its constants and the arrays of its parameters in LibTorch. */
@SuppressWarnings("try") // scopes are for what is between their braces
final class TorchPrepared implements PreparedGraph<TorchArray> {

  private final TorchTraining engine;
  private final Program program;
  private final Optional<Node> differentiated;
  private final Map<String, TorchArray> arrays;
  private final Map<Node, Tensor> constants;

  /** Prepares a graph that is differentiated. */
  TorchPrepared(TorchTraining engine, Objective objective, Map<String, TorchArray> arrays) {
    this(
        engine,
        new Program(objective.graph(), Optional.of(objective.pause())),
        Optional.of(objective.differentiated()),
        arrays);
  }

  /** Prepares a graph that is run only. */
  TorchPrepared(TorchTraining engine, Graph graph, Map<String, TorchArray> arrays) {
    this(engine, new Program(graph, Optional.empty()), Optional.empty(), arrays);
  }

  private TorchPrepared(
      TorchTraining engine,
      Program program,
      Optional<Node> differentiated,
      Map<String, TorchArray> arrays) {
    this.engine = engine;
    this.program = program;
    this.differentiated = differentiated;
    this.arrays = Map.copyOf(arrays);
    try (PointerScope scope = new PointerScope()) {
      this.constants = program.constants();
      constants.values().forEach(FloatTensors::keep);
    }
  }

  /** The views that share the memory of the arrays and are the leaves of a pass. */
  private Map<String, Tensor> leaves(Set<String> gradients) {
    Map<String, Tensor> leaves = new HashMap<>();
    arrays.forEach(
        (name, array) -> {
          Tensor leaf = array.tensor().detach();
          leaf.set_requires_grad(gradients.contains(name));
          leaves.put(name, leaf);
        });
    return leaves;
  }

  @Override
  public GraphPass<TorchArray> pass(Map<String, Shape> shapes, Set<String> gradients) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> given = leaves(gradients);
      shapes.forEach(
          (name, shape) -> {
            Tensor input = torch.zeros(shape.toArray());
            input.set_requires_grad(gradients.contains(name));
            given.put(name, input);
          });
      given.values().forEach(FloatTensors::keep);
      return new TorchPass(this, given, gradients);
    }
  }

  Program.Run run(Map<String, Tensor> given, Execution execution) {
    return program.run(given, constants, execution);
  }

  TorchTraining engine() {
    return engine;
  }

  /** Returns the node that is differentiated, if the graph is. */
  Optional<Node> differentiated() {
    return differentiated;
  }

  static Tensor named(Map<String, Tensor> tensors, String name) {
    return requireNonNull(tensors.get(name), name);
  }

  @Override
  public void close() {
    constants.values().forEach(Tensor::close);
    constants.clear();
  }
}
