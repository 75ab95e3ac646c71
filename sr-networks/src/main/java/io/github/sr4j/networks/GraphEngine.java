// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.shared.util.Providers;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * An engine that runs and differentiates graphs.
 *
 * <p>Found with {@link ServiceLoader}. An implementation needs a public no-argument constructor
 * that is cheap and loads no native library. It is stateless and safe for use by multiple threads.
 * Extend {@code GraphEngineContract} of sr-testkit to check that it computes what the operators
 * mean. docs/writing-an-engine.md tells the rest.
 */
public interface GraphEngine {

  /** Returns the name by which messages call the engine, lower-case and unique. */
  String name();

  /**
   * Returns the rank of the engine: the highest priority is taken. 0 by default; {@code "dl4j"} of
   * this library has 100, {@code "torch"} 50, as their {@link
   * io.github.sr4j.spi.TrainingProvider#priority}.
   */
  default int priority() {
    return 0;
  }

  /**
   * Runs a graph once.
   *
   * @param arrays the inputs and the weights, by name
   * @param differentiated the names of those of them with respect to which the sum of the samples
   *     of the first output is differentiated
   * @throws IllegalArgumentException if an array is missing, or an operator cannot take its
   *     operands
   */
  Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated);

  /**
   * The result of a run.
   *
   * @param outputs those of the graph, in their order; one that is the mean or sum along all axes
   *     may be a scalar
   * @param gradients by the names of the arrays that were differentiated, each of the shape of its
   *     array
   */
  record Result(List<Tensor> outputs, Map<String, Tensor> gradients) {

    /** Makes immutable copies. */
    public Result {
      outputs = List.copyOf(outputs);
      gradients = Map.copyOf(gradients);
    }

    /** Returns the gradient with respect to an array. */
    public Tensor gradient(String name) {
      return requireNonNull(gradients.get(name), name);
    }
  }

  /**
   * Returns the engine of the highest priority on the class path; of several, the first by name.
   *
   * @throws BackendNotFoundException if there is none
   */
  static GraphEngine any() {
    return Providers.discover(
            GraphEngine.class,
            loader -> ServiceLoader.load(GraphEngine.class, loader),
            GraphEngine::name,
            GraphEngine::priority)
        .stream()
        .findFirst()
        .orElseThrow(
            () ->
                new BackendNotFoundException(
                    "no engine that runs graphs is on the class path; add the artifact that"
                        + " contains one (for example sr-dl4j-platform)",
                    null));
  }
}
