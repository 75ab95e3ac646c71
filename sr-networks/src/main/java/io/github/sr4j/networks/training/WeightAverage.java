// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.training.engine.EngineArray;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The exponential moving average (EMA) of weights that are trained: a = d a + (1 - d) w after each
 * step. Polyak and Juditsky, <i>Acceleration of Stochastic Approximation by Averaging</i>, SIAM J.
 * Control and Optimization 1992, have the mean; the moving one is what super-resolution networks
 * are published with.
 *
 * <p>d rises from 0.1 to the decay as (1 + t) / (10 + t) after step t, counted from 0, so that the
 * average soon forgets the initial weights, as TensorFlow's ExponentialMovingAverage does.
 *
 * <p>Confined to one thread; whoever creates it closes it.
 */
final class WeightAverage<A extends EngineArray<A>> implements AutoCloseable {

  private final NetworkWeights<A> weights;
  private final double decay;
  private final Map<String, A> averages = new LinkedHashMap<>();

  WeightAverage(NetworkWeights<A> weights, double decay) {
    this.weights = weights;
    this.decay = decay;
    weights.arrays().forEach((name, array) -> averages.put(name, array.copy()));
  }

  /**
   * Takes in the weights after a step.
   *
   * @param step counted from 0
   */
  void update(long step) {
    double current = Math.min(decay, (1.0 + step) / (10 + step));
    averages.forEach((name, average) -> average.average(array(name), current));
  }

  /** Makes the average what the weights are now. */
  void reset() {
    averages.forEach((name, average) -> average.assign(array(name)));
  }

  private A array(String name) {
    return requireNonNull(weights.arrays().get(name), name);
  }

  /** Returns the weights with the averages in their places, which share their memory. */
  NetworkWeights<A> view() {
    return weights.with(averages);
  }

  @Override
  public void close() {
    averages.values().forEach(EngineArray::close);
    averages.clear();
  }
}
