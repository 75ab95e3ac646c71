// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.train.Trainer;

/** The learning rate of each step of a run. */
final class LearningRate {

  private LearningRate() {}

  /**
   * Returns the rate of a step, with {@code r} the highest rate and {@code n} the number of steps:
   *
   * <ul>
   *   <li>constant: {@code r}
   *   <li>cosine: {@code r (t + 1) / w} in the first {@code w = floor(n / 100)} steps, then {@code
   *       r (1 + cos(pi (t - w) / (n - w))) / 2}, which is 0 at {@code t = n}, the step after the
   *       last
   *   <li>step: {@code r / 2^floor(4 t / n)}, so that the last quarter has an eighth
   * </ul>
   *
   * @param step the number {@code t} of the step, from 0
   */
  static double at(long step, Trainer.Schedule schedule, double highest, long steps) {
    long warmUp = steps / 100;
    return switch (schedule) {
      case CONSTANT -> highest;
      case COSINE ->
          step < warmUp
              ? highest * (step + 1) / warmUp
              : highest * 0.5 * (1 + Math.cos(Math.PI * (step - warmUp) / (steps - warmUp)));
      case STEP -> highest / (1L << (4 * step / steps));
    };
  }
}
