// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** SR4J on one of its engines. */
public final class Sr4jSide implements TrainingSide {

  private final TrainingTask task;
  private final TrainingSession session;

  /**
   * Builds the network.
   *
   * @param weights where to write its weights, which are those of either engine, for other sides to
   *     begin with
   * @param engine {@code dl4j} or {@code torch}
   */
  public Sr4jSide(TrainingTask task, Path weights, String engine, String precision)
      throws IOException {
    this.task = task;
    this.session =
        TrainingProvider.forNetwork(task.network, engine)
            .open(
                TrainingSetup.of(task.network, TrainingTask.SCALE, Losses.parse(task.loss))
                    .precision(precision));
    session.save(weights, Map.of());
  }

  @Override
  public double step(PatchBatch batch) {
    return session.step(batch, task.learningRate);
  }

  @Override
  public void close() {
    session.close();
  }
}
