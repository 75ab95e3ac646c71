// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.training.engine.TrainingEngine;

/** The engine, for tests in other packages. */
public final class Dl4j {

  private Dl4j() {}

  /** Returns an engine for one session. */
  public static TrainingEngine<?> engine() {
    return new SameDiffTraining();
  }
}
