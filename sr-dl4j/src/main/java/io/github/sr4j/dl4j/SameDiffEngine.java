// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.dl4j.internal.execution.GraphPlan;
import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Graphs in SameDiff. Each is laid out anew for each run, which keeps the engine free of native
 * memory and locks.
 */
public final class SameDiffEngine implements GraphEngine {

  /** Creates the engine; {@link java.util.ServiceLoader} does this. */
  public SameDiffEngine() {}

  @Override
  public String name() {
    return "dl4j";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
    graph.checkArrays(arrays);
    Nd4jBackend.check();
    Map<String, INDArray> weights = WeightLayout.create(graph.parameters(), List.of(graph), arrays);
    Map<String, INDArray> inputs = new HashMap<>();
    try {
      for (Node.Input input : graph.inputs()) {
        Tensor tensor = requireNonNull(arrays.get(input.name()));
        INDArray array = Nd4j.create(DataType.FLOAT, tensor.shape().toArray(), 'c');
        FloatArrays.write(array, tensor.samples());
        inputs.put(input.name(), array);
      }
      return run(graph, inputs, weights, differentiated);
    } finally {
      inputs.values().forEach(INDArray::close);
      weights.values().forEach(INDArray::close);
    }
  }

  private static Result run(
      Graph graph,
      Map<String, INDArray> inputs,
      Map<String, INDArray> weights,
      Set<String> differentiated) {
    Map<String, INDArray> bound = new HashMap<>(weights);
    bound.putAll(inputs);
    Map<String, INDArray> variables = new HashMap<>(weights);
    differentiated.forEach(
        name -> {
          if (inputs.containsKey(name)) {
            variables.put(name, inputs.get(name));
          }
        });
    SameDiffGraph built = SameDiffGraph.of(graph, variables, !differentiated.isEmpty());
    SameDiff sameDiff = built.graph();
    List<String> outputs = new ArrayList<>();
    graph.outputs().forEach(output -> outputs.add(built.name(output)));
    Map<String, String> gradients = new LinkedHashMap<>();
    if (!differentiated.isEmpty()) {
      SDVariable first = built.variable(graph.outputs().get(0));
      sameDiff.setLossVariables(first.sum().name());
      Gradients.create(sameDiff);
      for (String name : differentiated) {
        SDVariable gradient = sameDiff.getVariable(name).gradient();
        if (gradient != null) { // there is none for what the output does not depend on
          gradients.put(name, gradient.name());
        }
      }
    }
    List<String> wanted = new ArrayList<>(outputs);
    wanted.addAll(gradients.values());
    SameDiff laid = gradients.isEmpty() ? sameDiff : sameDiff.getFunction("grad");
    try (GraphPlan plan = GraphPlan.of(laid, bound, wanted)) { // laying it out has run it
      List<Tensor> values =
          outputs.stream().map(name -> FloatArrays.tensor(plan.output(name))).toList();
      Map<String, Parameter> parameters = new HashMap<>();
      graph.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
      Map<String, Tensor> derivatives = new LinkedHashMap<>();
      for (String name : differentiated) {
        String gradient = gradients.get(name);
        INDArray array =
            gradient == null
                ? Nd4j.zerosLike(requireNonNull(variables.get(name), name))
                : plan.output(gradient);
        Parameter parameter = parameters.get(name);
        derivatives.put(
            name,
            parameter == null
                ? FloatArrays.tensor(array)
                : WeightLayout.published(parameter, FloatArrays.read(array)));
      }
      return new Result(values, derivatives);
    }
  }
}
