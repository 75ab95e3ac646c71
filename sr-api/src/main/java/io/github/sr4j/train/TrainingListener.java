// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.spi.Loss;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Is told how a run goes, on the thread that trains; what it throws ends the run.
 *
 * <p>Every method does nothing unless it is overridden.
 */
public interface TrainingListener {

  /**
   * A step of a run. Immutable.
   *
   * @param step the number of steps done, from 1
   * @param steps the number of steps of the run
   * @param loss the loss of the step's batch
   * @param terms what each term of the loss contributed, in the order of {@link Loss#terms}; empty
   *     if the backend does not tell them apart
   * @param measures what else the step measured, by name; empty for most losses
   * @param learningRate the rate of the step
   * @param elapsed the time since the run began or was resumed
   * @param waited the part of it in which training waited for batches
   */
  record Step(
      long step,
      long steps,
      double loss,
      List<Double> terms,
      Map<String, Double> measures,
      double learningRate,
      Duration elapsed,
      Duration waited) {

    /** Copies the terms and the measures. */
    public Step {
      terms = ImmutableList.copyOf(terms);
      measures = ImmutableMap.copyOf(measures);
    }
  }

  /** A step is done. */
  default void stepDone(Step step) {}

  /** The network was validated. */
  default void validated(TrainingReport.Validation validation) {}

  /**
   * Something happened that a person should read.
   *
   * @param message a sentence, such as that the run was resumed
   */
  default void message(String message) {}
}
