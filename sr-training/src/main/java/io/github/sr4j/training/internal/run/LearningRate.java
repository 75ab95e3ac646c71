// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.train.Trainer.Report.Validation;
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

  private enum Course {
    CONSTANT,
    COSINE,
    STEP,
    PLATEAU
  }

  private final Course course;
  private final double highest;
  private final long steps;
  private final long warmUp;
  private final double every;
  private final double factor;
  private final int patience;
  private final boolean isOfAnyLength;

  private LearningRate(Arguments arguments, double highest, long steps) {
    this.course =
        switch (arguments.name()) {
          case "constant" -> Course.CONSTANT;
          case "cosine" -> Course.COSINE;
          case "step" -> Course.STEP;
          case "plateau" -> Course.PLATEAU;
          default ->
              throw new SettingException(
                  "%s must be one of constant, cosine, step, plateau, but was \"%s\"",
                  new SettingName("schedule"), arguments.name());
        };
    this.highest = highest;
    this.steps = steps;
    String warmUpText = arguments.text("warm_up", course == Course.COSINE ? "1%" : "0");
    String everyText = course == Course.STEP ? arguments.text("every", "25%") : "0";
    this.warmUp = (long) steps(arguments.name(), "warm_up", warmUpText);
    this.every = steps(arguments.name(), "every", everyText);
    boolean isFalling = course == Course.STEP || course == Course.PLATEAU;
    this.factor = isFalling ? arguments.number("factor", 0.5) : 1;
    this.patience =
        course == Course.PLATEAU ? arguments.integer("patience", 3, 1, Integer.MAX_VALUE) : 0;
    arguments.refuseUnread();
    checkArgument(
        !isFalling || (factor > 0 && factor < 1),
        "factor of %s must be more than 0 and less than 1, but was %s",
        arguments.name(),
        factor);
    checkArgument(
        course != Course.STEP || every > 0,
        "every of step must be more than 0, but was %s",
        everyText);
    this.isOfAnyLength =
        course != Course.COSINE && !isPartOfRun(warmUpText) && !isPartOfRun(everyText);
  }

  /**
   * Reads a schedule.
   *
   * @param schedule its name, with its arguments
   * @param highest the highest rate
   * @param steps the number of steps of the run
   * @throws IllegalArgumentException if there is no such schedule or argument
   */
  public static LearningRate of(String schedule, double highest, long steps) {
    return new LearningRate(Arguments.parse(schedule), highest, steps);
  }

  private static boolean isPartOfRun(String text) {
    return text.endsWith("%");
  }

  /** Reads a number of steps, or a part of the run in percent. */
  private double steps(String schedule, String key, String text) {
    double number;
    try {
      number = Double.parseDouble(isPartOfRun(text) ? text.substring(0, text.length() - 1) : text);
    } catch (NumberFormatException e) {
      number = Double.NaN;
    }
    checkArgument(
        isPartOfRun(text)
            ? number >= 0 && number <= 100
            : number >= 0 && number == Math.rint(number) && number < Long.MAX_VALUE,
        "%s of %s must be a part of the run such as 25%%, or a number of steps, but was \"%s\"",
        key,
        schedule,
        text);
    return isPartOfRun(text) ? steps * number / 100 : number;
  }

  /** Returns whether the rates of the first steps do not depend on how many follow. */
  public boolean isOfAnyLength() {
    return isOfAnyLength;
  }

  /** Returns whether the rate goes by validations. */
  public boolean needsValidations() {
    return course == Course.PLATEAU;
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
    return switch (course) {
      case CONSTANT -> highest;
      case COSINE -> highest * 0.5 * (1 + Math.cos(Math.PI * (step - warmUp) / (steps - warmUp)));
      case STEP -> highest * Math.pow(factor, Math.floor(step / every));
      case PLATEAU -> highest * Math.pow(factor, plateaus(validations));
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
      if (worse == patience) {
        plateaus++;
        worse = 0;
      }
    }
    return plateaus;
  }
}
