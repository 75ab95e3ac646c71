// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.spi.UpscalerProvider;
import java.util.List;
import java.util.Optional;

class LinearTrainingProviderTest extends TrainingProviderContract {

  @Override
  protected TrainingProvider provider() {
    return new LinearTrainingProvider();
  }

  @Override
  protected Optimizer optimizer() {
    return Optimizer.parse("sgd(momentum=0.9)");
  }

  @Override
  protected double learningRate() {
    return 0.05;
  }

  @Override
  protected List<String> networks() {
    return List.of("linear", "linear(color=rgb)", "linear(preupscaled=1)");
  }

  @Override
  protected Optional<UpscalerProvider> onnxBackend() {
    return Optional.of(new LinearUpscalerProvider());
  }
}
