// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Graphs in LibTorch, evaluated operator by operator and differentiated by its autograd. */
@SuppressWarnings("try") // scopes and modes are for what is between their braces
public final class TorchEngine implements GraphEngine {

  /** Creates the engine; {@link java.util.ServiceLoader} does this. */
  public TorchEngine() {}

  @Override
  public String name() {
    return "torch";
  }

  @Override
  public int priority() {
    return 50;
  }

  @Override
  public Result run(
      Graph graph,
      Map<String, io.github.sr4j.networks.graph.Tensor> arrays,
      Set<String> differentiated) {
    graph.checkArrays(arrays);
    LibTorch.load();
    try (PointerScope scope = new PointerScope();
        AutoGradMode mode = new AutoGradMode(!differentiated.isEmpty())) {
      Map<String, Tensor> tensors = new HashMap<>();
      names(graph)
          .forEach(
              name -> tensors.put(name, FloatTensors.of(requireNonNull(arrays.get(name), name))));
      differentiated.forEach(
          name -> requireNonNull(tensors.get(name), name).set_requires_grad(true));
      Program program = new Program(graph, Optional.empty());
      try (Program.Run run = program.run(tensors, program.constants(), Execution.FLOAT)) {
        run.forward();
        List<Tensor> outputs = graph.outputs().stream().map(run::value).toList();
        return new Result(
            outputs.stream().map(FloatTensors::copy).toList(),
            differentiated.isEmpty()
                ? Map.of()
                : gradients(outputs.get(0).sum(), tensors, List.copyOf(differentiated)));
      }
    }
  }

  private static Map<String, io.github.sr4j.networks.graph.Tensor> gradients(
      Tensor objective, Map<String, Tensor> tensors, List<String> names) {
    List<Tensor> inputs = names.stream().map(tensors::get).toList();
    List<Tensor> gradients = differentiate(objective, inputs);
    Map<String, io.github.sr4j.networks.graph.Tensor> byName = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      byName.put(names.get(i), FloatTensors.copy(gradients.get(i)));
    }
    return byName;
  }

  /** Returns the gradients of a scalar: zeros with respect to what it does not depend on. */
  static List<Tensor> differentiate(Tensor objective, List<Tensor> inputs) {
    if (!objective.requires_grad()) {
      return inputs.stream().map(torch::zeros_like).toList();
    }
    TensorVector gradients =
        torch.grad(
            new TensorVector(objective),
            new TensorVector(inputs.toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(),
            /* create_graph= */ false,
            /* allow_unused= */ true);
    List<Tensor> found = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Tensor gradient = gradients.get(i); // part of the vector, which ends with its scope
      found.add(gradient.defined() ? gradient.detach() : torch.zeros_like(inputs.get(i)));
    }
    return found;
  }

  private static Stream<String> names(Graph graph) {
    return Stream.concat(
        graph.inputs().stream().map(input -> input.name()),
        graph.parameters().stream().map(Parameter::name));
  }
}
