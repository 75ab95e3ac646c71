// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingReport;
import io.github.sr4j.train.TrainingRunner;
import java.io.IOException;

/**
 * The runner of this library: trains in this process, with the backend on the class path that
 * builds the network. Made by {@link java.util.ServiceLoader}; use {@link Trainer#train}.
 *
 * <p>The output folder gets {@code run.yaml}, the settings; {@code images.json}, the images that
 * are read; {@code last.ckpt}, from which a run is resumed, and earlier ones such as {@code
 * step-40.ckpt}; {@code best.ckpt}, the weights of the best validation; {@code metrics.csv}, event
 * files for TensorBoard and {@code report.html}; and at the end {@code model.onnx}, checked by
 * {@link ModelExport}, and {@code report.json}. Checkpoints, models and reports appear when they
 * are complete.
 */
public final class LocalTrainingRunner implements TrainingRunner {

  /** Called by {@link java.util.ServiceLoader}. */
  public LocalTrainingRunner() {}

  @Override
  public String name() {
    return "local";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the output folder holds a run that is not to be resumed, or
   *     one of another description, or files of the names that a run writes which are not of a run,
   *     or is in a folder of images of the run; nothing is overwritten then
   */
  @Override
  public TrainingReport run(Trainer trainer) throws IOException {
    TrainingProvider provider = engine(trainer);
    if (trainer.validation().isPresent()) { // without, no images are written
      RunFolder.checkOutside(trainer.output(), trainer.validation().get());
      if (trainer.data().isPresent()) {
        RunFolder.checkOutside(trainer.output(), trainer.data().get());
      }
    }
    try (RunFolder folder = RunFolder.claim(trainer.output(), trainer.isResumed());
        TrainingSession session =
            provider.open(
                TrainingSetup.of(trainer.network(), trainer.scale(), trainer.loss())
                    .scales(trainer.scales())
                    .optimizer(trainer.optimizer())
                    .seed(trainer.seed())
                    .clipping(trainer.clipping())
                    .averaging(trainer.averaging())
                    .frozen(trainer.frozen())
                    .precision(trainer.precision()))) {
      return new TrainingRun(trainer, provider.name(), session, folder).toEnd();
    }
  }

  /** Returns the engine that a run asks for, or the default one, and tells of others. */
  private static TrainingProvider engine(Trainer trainer) {
    if (trainer.engine().isPresent()) {
      return TrainingProvider.forNetwork(trainer.network(), trainer.engine().get());
    }
    TrainingProvider provider = TrainingProvider.forNetwork(trainer.network());
    String network = Arguments.parse(trainer.network()).name();
    for (TrainingProvider other : TrainingProvider.all()) {
      if (!other.name().equals(provider.name()) && other.networks().contains(network)) {
        String message =
            String.format(
                "training with the engine %s; there is %s too%s (engine: %s)",
                provider.name(),
                other.name(),
                other.summary().isEmpty() ? "" : ": " + other.summary(),
                other.name());
        trainer.listeners().forEach(listener -> listener.message(message));
      }
    }
    return provider;
  }
}
