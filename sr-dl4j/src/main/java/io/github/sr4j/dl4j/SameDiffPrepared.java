// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.dl4j.internal.execution.GraphPlan;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.training.engine.GraphPass;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph of SameDiff, with gradients or without.
 *
 * @param arrays those of the parameters
 * @param pause the name of the variable at which the forward half ends
 * @param values the names of the variables of the nodes that are read
 * @param gradients the names of the gradients, by those of parameters and inputs
 * @param observed the statistics of a batch, by the names of the running ones
 */
record SameDiffPrepared(
    SameDiff graph,
    Map<String, INDArray> arrays,
    String pause,
    Map<Node, String> values,
    Map<String, String> gradients,
    Map<String, SDVariable> observed)
    implements PreparedGraph<Nd4jArray> {

  @Override
  public GraphPass<Nd4jArray> pass(Map<String, Shape> shapes, Set<String> wanted) {
    Map<String, INDArray> inputs = new HashMap<>();
    shapes.forEach((name, shape) -> inputs.put(name, SameDiffTraining.zeros(shape)));
    Map<String, INDArray> bound = new HashMap<>(arrays);
    bound.putAll(inputs);
    // A plan computes its outputs in their order, and the forward half ends with the first.
    Set<String> outputs = new LinkedHashSet<>();
    outputs.add(pause);
    outputs.addAll(values.values());
    observed.values().forEach(statistic -> outputs.add(statistic.name()));
    wanted.forEach(name -> outputs.add(requireNonNull(gradients.get(name), name)));
    return new Pass(this, inputs, GraphPlan.of(graph, bound, List.copyOf(outputs)));
  }

  /** The graph laid out for inputs of one shape. */
  private record Pass(SameDiffPrepared prepared, Map<String, INDArray> inputs, GraphPlan plan)
      implements GraphPass<Nd4jArray> {

    @Override
    public void write(String input, float[] samples) {
      FloatArrays.write(requireNonNull(inputs.get(input), input), samples);
    }

    @Override
    public void forward() {
      plan.runUntil(prepared.pause);
    }

    @Override
    public void backward() {
      plan.runAfter(prepared.pause);
    }

    @Override
    public float[] value(Node node) {
      return FloatArrays.read(plan.output(requireNonNull(prepared.values.get(node), node.name())));
    }

    @Override
    public Nd4jArray gradient(String name) {
      return new Nd4jArray(plan.output(requireNonNull(prepared.gradients.get(name), name)));
    }

    @Override
    public Map<String, Nd4jArray> statistics() {
      Map<String, Nd4jArray> statistics = new LinkedHashMap<>();
      prepared.observed.forEach(
          (name, statistic) -> statistics.put(name, new Nd4jArray(plan.output(statistic.name()))));
      return statistics;
    }

    @Override
    public void close() {
      plan.close();
      inputs.values().forEach(INDArray::close);
    }
  }

  /** SameDiff's constants are freed with the graph, by the garbage collector. */
  @Override
  public void close() {}
}
