// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
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
  public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
    checkArrays(graph, arrays);
    Nd4jBackend.check();
    Map<String, INDArray> inputs = new HashMap<>();
    List<Parameter> parameters = graph.parameters();
    try (Weights weights = Weights.of(parameters, List.of(graph), arrays)) {
      for (Node.Input input : graph.inputs()) {
        Tensor tensor = requireNonNull(arrays.get(input.name()));
        INDArray array = Nd4j.create(DataType.FLOAT, tensor.shape().toArray(), 'c');
        FloatArrays.write(array, tensor.samples());
        inputs.put(input.name(), array);
      }
      return run(graph, inputs, weights, differentiated);
    } finally {
      inputs.values().forEach(INDArray::close);
    }
  }

  /** Refuses missing arrays, and those that an operator cannot take. */
  private static void checkArrays(Graph graph, Map<String, Tensor> arrays) {
    graph.parameters().forEach(parameter -> array(arrays, parameter.name()));
    graph.shapes(input -> array(arrays, input.name()).shape());
  }

  private static Tensor array(Map<String, Tensor> arrays, String name) {
    Tensor array = arrays.get(name);
    checkArgument(array != null, "there must be an array for \"%s\"", name);
    return array;
  }

  private static Result run(
      Graph graph, Map<String, INDArray> inputs, Weights weights, Set<String> differentiated) {
    Map<String, INDArray> bound = new HashMap<>(weights.all());
    bound.putAll(inputs);
    Map<String, INDArray> variables = new HashMap<>(weights.all());
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
      sameDiff.createGradFunction();
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
      Map<String, Tensor> derivatives = new LinkedHashMap<>();
      gradients.forEach(
          (name, gradient) -> {
            INDArray array = plan.output(gradient);
            derivatives.put(
                name,
                inputs.containsKey(name)
                    ? FloatArrays.tensor(array)
                    : weights.published(name, array));
          });
      for (String name : differentiated) {
        INDArray array = requireNonNull(variables.get(name), name);
        derivatives.computeIfAbsent(name, key -> zeros(array, weights, key));
      }
      return new Result(values, derivatives);
    }
  }

  private static Tensor zeros(INDArray array, Weights weights, String name) {
    boolean isWeight = weights.all().containsKey(name);
    Shape shape = isWeight ? weights.shape(name) : Shape.of(array.shape());
    return Tensor.of(shape, new float[Math.toIntExact(shape.size())]);
  }
}
