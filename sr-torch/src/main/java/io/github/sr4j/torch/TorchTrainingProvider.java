// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.training.EngineSession;
import io.github.sr4j.networks.training.engine.Precision;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import java.util.List;

/**
 * Trains networks with LibTorch.
 *
 * <p>The networks are those of sr-networks and of each {@link
 * io.github.sr4j.networks.NetworkProvider}, the optimizers those of {@link
 * io.github.sr4j.spi.TrainingSetup.Optimizer}.
 */
public final class TorchTrainingProvider implements TrainingProvider {

  /** Creates the provider; {@link java.util.ServiceLoader} does this. */
  public TorchTrainingProvider() {}

  @Override
  public String name() {
    return "torch";
  }

  @Override
  public int priority() {
    return 50;
  }

  @Override
  public String summary() {
    return "LibTorch, in fp32 or bf16";
  }

  @Override
  public List<String> networks() {
    return Networks.names();
  }

  @Override
  public void check(TrainingSetup setup) {
    EngineSession.check(setup);
  }

  @Override
  public TrainingSession open(TrainingSetup setup) {
    Precision precision = Precision.parse(setup.precision());
    LibTorch.load();
    return new EngineSession<>(setup, new TorchTraining(precision));
  }

  @Override
  public TrainingProvider.NetworkDescription describe(String network, int scale) {
    return Networks.describe(network, scale);
  }
}
