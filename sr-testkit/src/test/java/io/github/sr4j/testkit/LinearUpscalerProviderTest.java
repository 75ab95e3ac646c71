// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

class LinearUpscalerProviderTest extends UpscalerProviderContract {

  @Override
  protected UpscalerProvider provider() {
    return new LinearUpscalerProvider();
  }

  @Override
  protected Path writeModel(Path directory) throws IOException {
    Path file = directory.resolve("model.linear");
    try (TrainingSession session =
        new LinearTrainingProvider()
            .open(
                TrainingSetup.of("linear(color=rgb)", 3, Losses.l1())
                    .optimizer(Optimizer.sgd(0)))) {
      session.exportOnnx(file, Map.of());
    }
    return file;
  }

  @Override
  protected int scale() {
    return 3;
  }
}
