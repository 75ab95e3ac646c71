// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training.engine;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.EngineSession;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The part of training that is an engine's own: arrays, the running and differentiation of graphs,
 * and the arithmetic of optimizers. {@link EngineSession} does the rest.
 *
 * <p>An engine belongs to one session and is confined to its thread.
 *
 * @param <A> the arrays of the engine
 */
public interface TrainingEngine<A extends EngineArray<A>> {

  /**
   * Creates the arrays of parameters.
   *
   * @param graphs those that have these parameters
   * @param values the values of the parameters, by name
   * @return the arrays by name, in the order of the parameters; closed by the caller
   */
  Map<String, A> arrays(
      List<Parameter> parameters, Collection<Graph> graphs, Map<String, Tensor> values);

  /**
   * Prepares a graph for being run and differentiated.
   *
   * @param arrays the arrays of its parameters, by name, which stay the caller's; later runs see
   *     what was written to them
   */
  PreparedGraph<A> prepare(Objective objective, Map<String, A> arrays);

  /**
   * Prepares a graph of one output for being run.
   *
   * @param arrays as for {@link #prepare}
   */
  PreparedGraph<A> prepareInference(Graph graph, Map<String, A> arrays);

  /**
   * Changes weights by one step of Adam, without the decay of {@link Optimizer.Adam}.
   *
   * @param gradient may be overwritten
   * @param first the moving mean of gradients
   * @param second the moving mean of their squares
   * @param iteration the number of steps done before
   */
  void adam(
      Optimizer.Adam rule, A weights, A gradient, A first, A second, double rate, long iteration);

  /**
   * Changes weights by one step of stochastic gradient descent.
   *
   * @param gradient may be overwritten
   */
  void sgd(Optimizer.Sgd rule, A weights, A gradient, A velocity, double rate);

  /**
   * Returns how networks are computed, such as {@code bf16 channels-last}; empty if the engine has
   * no choice, which is the default, or has not chosen yet.
   */
  default Optional<String> execution() {
    return Optional.empty();
  }

  /**
   * Makes the engine compute as it did in an earlier session, if it would choose otherwise. By
   * default, this does nothing.
   *
   * @param execution {@link #execution} of that session
   * @throws IllegalArgumentException if the engine has no such execution
   */
  default void repeat(String execution) {}
}
