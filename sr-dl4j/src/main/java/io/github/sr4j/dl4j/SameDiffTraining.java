// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.engine.Objective;
import io.github.sr4j.networks.training.engine.PreparedGraph;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/** Training in SameDiff. */
final class SameDiffTraining implements TrainingEngine<Nd4jArray> {

  @Override
  public Map<String, Nd4jArray> arrays(
      List<Parameter> parameters, Collection<Graph> graphs, Map<String, Tensor> values) {
    Map<String, Nd4jArray> arrays = new LinkedHashMap<>();
    WeightLayout.create(parameters, graphs, values)
        .forEach((name, array) -> arrays.put(name, new Nd4jArray(array)));
    return arrays;
  }

  @Override
  public PreparedGraph<Nd4jArray> prepare(Objective objective, Map<String, Nd4jArray> arrays) {
    Map<String, INDArray> bound = unwrapped(arrays);
    Map<String, INDArray> variables = new HashMap<>(bound);
    objective.inputs().forEach((name, shape) -> variables.put(name, zeros(shape)));
    SameDiffGraph built = SameDiffGraph.of(objective.graph(), variables, true);
    SameDiff graph = built.graph();
    graph.setLossVariables(built.name(objective.differentiated()));
    Gradients.create(graph);
    Map<String, String> gradients = new LinkedHashMap<>();
    for (String name : objective.weights()) {
      gradients.put(name, graph.getVariable(name).gradient().name());
    }
    for (String name : objective.inputs().keySet()) {
      gradients.put(name, graph.getVariable(name).gradient().name());
    }
    Map<Node, String> values = new LinkedHashMap<>();
    objective.values().forEach(node -> values.put(node, built.name(node)));
    return new SameDiffPrepared(
        graph.getFunction("grad"),
        bound,
        built.name(objective.pause()),
        values,
        gradients,
        built.observed());
  }

  @Override
  public PreparedGraph<Nd4jArray> prepareInference(Graph graph, Map<String, Nd4jArray> arrays) {
    Map<String, INDArray> bound = unwrapped(arrays);
    SameDiffGraph built = SameDiffGraph.of(graph, bound, false);
    Node output = graph.outputs().get(0);
    String name = built.name(output);
    return new SameDiffPrepared(
        built.graph(), bound, name, Map.of(output, name), Map.of(), Map.of());
  }

  private static Map<String, INDArray> unwrapped(Map<String, Nd4jArray> arrays) {
    Map<String, INDArray> unwrapped = new HashMap<>();
    arrays.forEach((name, array) -> unwrapped.put(name, array.array()));
    return unwrapped;
  }

  /** Returns an array of a shape, of which free lengths become 1. */
  static INDArray zeros(Shape shape) {
    long[] lengths = LongStream.of(shape.toArray()).map(length -> Math.max(1, length)).toArray();
    return Nd4j.create(DataType.FLOAT, lengths, 'c');
  }

  @Override
  public void adam(
      Optimizer.Adam rule,
      Nd4jArray weights,
      Nd4jArray gradient,
      Nd4jArray first,
      Nd4jArray second,
      double rate,
      long iteration) {
    INDArray step = gradient.array();
    INDArray m = first.array();
    INDArray v = second.array();
    // The operator counts steps in 32 bits; the bias correction is 1 long before that matters.
    int count = (int) Math.min(iteration, Integer.MAX_VALUE - 1);
    Nd4j.exec(
        new AdamUpdater(
            step, v, m, step, v, m, rate, rule.beta1(), rule.beta2(), rule.epsilon(), count));
    if (rate > 0) { // instead of a rate of 0, the operator takes epsilon
      weights.array().subi(step);
    }
  }

  @Override
  public void sgd(
      Optimizer.Sgd rule, Nd4jArray weights, Nd4jArray gradient, Nd4jArray velocity, double rate) {
    INDArray step = velocity.array();
    step.muli(rule.momentum()).addi(gradient.array().muli(rate));
    if (rule.weightDecay() > 0) {
      step.addi(gradient.array().assign(weights.array()).muli(rate * rule.weightDecay()));
    }
    weights.array().subi(step);
  }
}
