// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import io.github.sr4j.train.Trainer.Report.Validation;
import io.github.sr4j.train.Trainer.Schedule;
import io.github.sr4j.train.Trainer.Schedule.Course;
import java.util.List;

/**
 * The learning rate of each step of a run. A function of the step and of the validations before it,
 * so that nothing of it has to be saved. Immutable.
 *
 * <p>With {@code r} the highest rate, {@code n} the number of steps and {@code w} that of the
 * warm-up, the rate of step {@code t}, from 0, is {@code r (t + 1) / w} while {@code t < w}, and
 * then
 *
 * <ul>
 *   <li>constant: {@code r}
 *   <li>cosine: {@code r (1 + cos(pi (t - w) / (n - w))) / 2}, which is 0 at {@code t = n}, the
 *       step after the last
 *   <li>step: {@code r f^floor(t / e)}, with {@code f} the factor and {@code e} the distance
 *   <li>plateau: {@code r f^k}, with {@code k} how often the PSNR has not risen for long enough
 * </ul>
 */
public final class LearningRate {

  private final Schedule schedule;
  private final double highest;
  private final long steps;
  private final long warmUp;

  /**
   * Creates the learning rate of a run.
   *
   * @param highest the highest rate
   * @param steps the number of steps of the run
   */
  public LearningRate(Schedule schedule, double highest, long steps) {
    this.schedule = schedule;
    this.highest = highest;
    this.steps = steps;
    this.warmUp = (long) schedule.warmUp().in(steps);
  }

  /** Returns whether the rates of the first steps do not depend on how many follow. */
  public boolean isOfAnyLength() {
    return schedule.course() != Course.COSINE
        && !schedule.warmUp().isPercent()
        && !schedule.every().isPercent();
  }

  /**
   * Returns the rate of a step.
   *
   * @param step the number {@code t} of the step, from 0
   * @param validations those before the step
   */
  public double at(long step, List<Validation> validations) {
    if (step < warmUp) {
      return highest * (step + 1) / warmUp;
    }
    return switch (schedule.course()) {
      case CONSTANT -> highest;
      case COSINE -> highest * 0.5 * (1 + Math.cos(Math.PI * (step - warmUp) / (steps - warmUp)));
      case STEP ->
          highest * Math.pow(schedule.factor(), Math.floor(step / schedule.every().in(steps)));
      case PLATEAU -> highest * Math.pow(schedule.factor(), plateaus(validations));
    };
  }

  private int plateaus(List<Validation> validations) {
    double best = Double.NEGATIVE_INFINITY;
    int plateaus = 0;
    int worse = 0;
    for (Validation validation : validations) {
      if (!Double.isFinite(validation.psnr())) {
        continue; // of an earlier version, with a flat image
      }
      worse = validation.psnr() > best ? 0 : worse + 1;
      best = Math.max(best, validation.psnr());
      if (worse == schedule.patience()) {
        plateaus++;
        worse = 0;
      }
    }
    return plateaus;
  }
}
