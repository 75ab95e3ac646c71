// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The variables of a graph that do not depend on its input: weights, numbers, and what is computed
 * of them, such as the kernel of a collapsed convolution. Not thread-safe.
 */
final class Constants {

  private final SameDiff graph;
  private final Map<String, INDArray> weights;
  private final Set<String> dependent;
  private final Map<String, INDArray> computed = new HashMap<>();

  /**
   * Finds the constants of a graph.
   *
   * @param weights by name; they stay the caller's
   */
  Constants(SameDiff graph, Map<String, INDArray> weights, String input) {
    this.graph = graph;
    this.weights = weights;
    this.dependent = ReceptiveField.reaches(graph, input).keySet();
  }

  boolean contains(String variable) {
    return !dependent.contains(variable);
  }

  /** Returns the value of a constant. */
  INDArray array(String variable) {
    INDArray held = weights.get(variable);
    if (held != null) {
      return held;
    }
    if (graph.getVariableOutputOp(variable) == null) {
      return requireNonNull(graph.getVariable(variable).getArr(), variable);
    }
    return computed.computeIfAbsent(variable, this::compute);
  }

  private INDArray compute(String variable) {
    try (GraphPlan plan = GraphPlan.of(graph, weights, List.of(variable))) {
      return plan.output(variable).dup('c'); // laying the plan out has run it
    }
  }
}
