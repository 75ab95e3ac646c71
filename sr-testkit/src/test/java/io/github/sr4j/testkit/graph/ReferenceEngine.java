// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An engine that is the reference evaluation itself, and slow: it differentiates by differences.
 */
class ReferenceEngine implements GraphEngine {

  private static final double STEP = 1e-4;

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
    Map<String, DoubleTensor> doubles = new LinkedHashMap<>();
    arrays.forEach((name, array) -> doubles.put(name, DoubleTensor.of(array)));
    Map<Node, DoubleTensor> values = evaluate(graph, doubles);
    List<Tensor> outputs = new ArrayList<>();
    graph.outputs().forEach(node -> outputs.add(requireNonNull(values.get(node)).toTensor()));
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    for (String name : differentiated) {
      double[] samples = requireNonNull(doubles.get(name)).samples();
      float[] gradient = new float[samples.length];
      for (int i = 0; i < samples.length; i++) {
        double sample = samples[i];
        samples[i] = sample + STEP;
        double ahead = firstOutput(graph, doubles);
        samples[i] = sample - STEP;
        gradient[i] = (float) ((ahead - firstOutput(graph, doubles)) / (2 * STEP));
        samples[i] = sample;
      }
      gradients.put(name, Tensor.of(requireNonNull(arrays.get(name)).shape(), gradient));
    }
    return new Result(outputs, gradients);
  }

  /** Computes the value of each node; broken engines override it. */
  Map<Node, DoubleTensor> evaluate(Graph graph, Map<String, DoubleTensor> arrays) {
    return graph.evaluate(arrays, arrays);
  }

  private double firstOutput(Graph graph, Map<String, DoubleTensor> arrays) {
    double sum = 0;
    for (double sample :
        requireNonNull(evaluate(graph, arrays).get(graph.outputs().get(0))).samples()) {
      sum += sample;
    }
    return sum;
  }
}
