// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import io.github.sr4j.spi.PatchBatch;

/** A library that trains a {@link TrainingTask}. Confined to one thread. */
public interface TrainingSide extends AutoCloseable {

  /** Does one step on samples in Java arrays and returns the loss before it, read back to Java. */
  double step(PatchBatch batch);

  @Override
  void close();
}
