// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import java.time.Duration;

/**
 * Is told how a run goes, on the thread that trains; what it throws ends the run.
 *
 * <p>Every method does nothing unless it is overridden.
 */
public interface TrainingListener {

  /**
   * A step is done.
   *
   * @param step the number of steps done, from 1
   * @param steps the number of steps of the run
   * @param loss the loss of the step's batch
   * @param learningRate the rate of the step
   * @param elapsed the time since the run began or was resumed
   */
  default void stepDone(
      long step, long steps, double loss, double learningRate, Duration elapsed) {}

  /** The network was validated. */
  default void validated(TrainingReport.Validation validation) {}

  /**
   * Something happened that a person should read.
   *
   * @param message a sentence, such as that the run was resumed
   */
  default void message(String message) {}
}
