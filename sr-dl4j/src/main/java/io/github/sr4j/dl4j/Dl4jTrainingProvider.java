// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.Device;
import io.github.sr4j.networks.training.EngineSession;
import io.github.sr4j.networks.training.engine.Precision;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import java.util.List;

/**
 * Trains networks with Deeplearning4j's SameDiff.
 *
 * <p>The networks are those of sr-networks, with the arguments that docs/networks.md lists, and
 * those of each {@link io.github.sr4j.networks.NetworkProvider}; the optimizers are {@code adam},
 * with {@code beta1}, {@code beta2} and {@code epsilon}; {@code adamw}, with {@code weight_decay}
 * too; and {@code sgd}, with {@code momentum} and {@code weight_decay}.
 */
public final class Dl4jTrainingProvider implements TrainingProvider {

  /** Creates the provider; {@link java.util.ServiceLoader} does this. */
  public Dl4jTrainingProvider() {}

  @Override
  public String name() {
    return "dl4j";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public String summary() {
    return "Deeplearning4j, in fp32";
  }

  @Override
  public Device device() {
    return Nd4jBackend.device();
  }

  @Override
  public List<String> networks() {
    return Networks.names();
  }

  @Override
  public void check(TrainingSetup setup) {
    EngineSession.check(setup);
    SettingException.check(
        Precision.parse(setup.precision()) != Precision.BF16,
        "%s of the engine dl4j must be fp32 or auto, which is fp32 here, but was bf16; the"
            + " engine torch has bf16",
        new SettingName("precision"));
  }

  @Override
  public TrainingSession open(TrainingSetup setup) {
    check(setup);
    Nd4jBackend.check();
    return new EngineSession<>(setup, new SameDiffTraining());
  }

  @Override
  public TrainingProvider.NetworkDescription describe(String network, int scale) {
    return Networks.describe(network, scale);
  }
}
