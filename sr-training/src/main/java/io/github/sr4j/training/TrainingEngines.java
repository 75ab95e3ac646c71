// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.TrainingSettings;
import java.util.Optional;

/** The engine of a run. */
final class TrainingEngines {

  private TrainingEngines() {}

  /** Returns the engine that a run asks for, or the default one. */
  static TrainingProvider of(TrainingSettings settings) {
    String network = settings.get(TrainingSettings.NETWORK);
    Optional<String> engine = settings.find(TrainingSettings.ENGINE);
    return engine.isPresent()
        ? TrainingProvider.forNetwork(network, engine.get())
        : TrainingProvider.forNetwork(network);
  }

  /** Returns the part of the settings that the engine gets. */
  static TrainingSetup setup(TrainingSettings settings) {
    return TrainingSetup.of(
            settings.get(TrainingSettings.NETWORK),
            settings.get(TrainingSettings.SCALE),
            settings.get(TrainingSettings.LOSS))
        .scales(settings.get(TrainingSettings.SCALES))
        .optimizer(settings.get(TrainingSettings.OPTIMIZER))
        .seed(settings.get(TrainingSettings.SEED))
        .clipping(settings.get(TrainingSettings.CLIPPING))
        .averaging(settings.get(TrainingSettings.AVERAGING))
        .frozen(settings.get(TrainingSettings.FROZEN))
        .precision(settings.get(TrainingSettings.PRECISION));
  }

  /** Tells of other engines for the network, unless the run asks for one. */
  static void tellOfOthers(TrainingSettings settings, TrainingProvider provider) {
    if (settings.isSet(TrainingSettings.ENGINE)) {
      return;
    }
    String network = Arguments.parse(settings.get(TrainingSettings.NETWORK)).name();
    for (TrainingProvider other : TrainingProvider.all()) {
      if (!other.name().equals(provider.name()) && other.networks().contains(network)) {
        String message =
            String.format(
                "training with the engine %s; there is %s too%s (engine: %s)",
                provider.name(),
                other.name(),
                other.summary().isEmpty() ? "" : ": " + other.summary(),
                other.name());
        settings.listeners().forEach(listener -> listener.message(message));
      }
    }
  }
}
