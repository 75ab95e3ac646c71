// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The counts of an exported file equal those of its network. */
final class ModelCostIT {

  @ParameterizedTest(name = "{0} x{1} by {2}")
  @MethodSource("io.github.sr4j.NetworkExportIT#networksAndScales")
  void exported_hasTheCostOfTheNetwork(
      String network, int scale, String engine, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.onnx");
    TrainingProvider training = TrainingProvider.forNetwork(network, engine);
    TrainingProvider.NetworkDescription description = training.describe(network, scale);
    try (TrainingSession session = training.open(TrainingSetup.of(network, scale, Losses.l1()))) {
      session.exportOnnx(file, Map.of());
    }
    try (BlockUpscaler model =
        UpscalerProvider.all().get(0).open(Model.file(file), Device.cpu(), 1)) {
      long parameters = model.info().parameters().orElseThrow();
      if (network.matches("johnson.*blocks=2.*|srresnet.*|dncnn.*|mdsr.*|.*expansion=.*")) {
        // Batch normalisations become part of convolutions, expanded ones are collapsed; only one
        // head of MDSR is exported.
        assertThat(parameters).isLessThan(description.parameters());
      } else {
        // EDSR subtracts a mean colour, which is not trained.
        assertThat(parameters - description.parameters()).isBetween(0L, 3L);
      }
      assertThat(model.info().multiplyAccumulates().orElseThrow())
          .isCloseTo(description.multiplyAccumulates(), within(1L)); // both are rounded
    }
  }
}
