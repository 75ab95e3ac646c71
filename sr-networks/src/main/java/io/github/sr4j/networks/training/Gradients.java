// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import io.github.sr4j.networks.training.engine.EngineArray;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gradients of a step, by the names of the weights: those of its batch, or the mean of those of
 * several. Confined to one thread; whoever creates it closes it.
 */
final class Gradients<A extends EngineArray<A>> implements AutoCloseable {

  private final Map<String, A> sums = new HashMap<>(); // made when there is a second batch
  private final Map<String, A> current = new LinkedHashMap<>();

  /** Forgets the batches. */
  void clear() {
    current.clear();
  }

  /**
   * Adds those of a batch.
   *
   * @param isLast whether no other batch follows; that of the only one are not copied
   */
  void add(TrainingStep<A> training, boolean isLast) {
    boolean isFirst = current.isEmpty();
    for (String name : training.weights()) {
      A gradient = training.gradient(name);
      if (isFirst && isLast) {
        current.put(name, gradient);
        continue;
      }
      A sum = sums.computeIfAbsent(name, key -> gradient.zeros());
      if (current.put(name, sum) == null) {
        sum.assign(gradient);
      } else {
        sum.add(gradient);
      }
    }
  }

  /** Makes a mean of the sum over some batches. */
  void divide(int batches) {
    if (batches > 1) {
      current.values().forEach(sum -> sum.multiply(1.0 / batches));
    }
  }

  /**
   * Returns their common L2 norm; not finite if one of them is not. Summed here, in the order of
   * the weights, for its bits must not depend on the number of threads.
   */
  double norm() {
    double sum = 0;
    for (A gradient : current.values()) {
      for (float sample : gradient.samples()) {
        sum += (double) sample * sample;
      }
    }
    return Math.sqrt(sum);
  }

  /** Returns the gradients by name; whoever uses them may overwrite them. */
  Map<String, A> all() {
    return current;
  }

  @Override
  public void close() {
    sums.values().forEach(EngineArray::close);
    sums.clear();
    current.clear();
  }
}
