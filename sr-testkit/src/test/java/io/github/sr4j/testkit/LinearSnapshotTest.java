// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.train.Losses;

/** Snapshots of the linear network do what blocks of every network do. */
class LinearSnapshotTest extends BlockUpscalerContract {

  @Override
  protected BlockUpscaler open() {
    try (TrainingSession session =
        new LinearTrainingProvider()
            .open(
                TrainingSetup.of("linear(color=luma)", 2, Losses.l1())
                    .optimizer(Optimizer.sgd(0)))) {
      return session.snapshot();
    }
  }
}
