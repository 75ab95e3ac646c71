// SPDX-License-Identifier: Apache-2.0
package com.example.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Upscaler;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.testkit.TrainingProviderContract;
import io.github.sr4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract checks that training lowers the loss, that checkpoints are restored bit for bit, and
 * that the exported file is the network; a whole run is checked here.
 */
class TinyNetworkTest extends TrainingProviderContract {

  @Override
  protected TrainingProvider provider() {
    return TrainingProvider.forNetwork("tiny"); // found by its name, as the command line finds it
  }

  @Override
  protected List<String> networks() {
    return List.of("tiny", "tiny(blocks=1, features=8)");
  }

  @Override
  protected TrainingSetup.Optimizer optimizer() {
    return TrainingSetup.Optimizer.parse("adam");
  }

  @Override
  protected double learningRate() {
    return 1e-3;
  }

  @Test
  void network_isTrainedAndRunsInItsExportedFile(@TempDir Path folder) throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < 4; i++) {
      ImageIO.write(
          TestImages.buffered(TestImages.scene(3, 128, 112, i)),
          "png",
          images.resolve(i + ".png").toFile());
    }
    Trainer.Report report =
        Trainer.builder()
            .network("tiny(features=8)")
            .scale(3)
            .data(images)
            .validate(images)
            .out(folder.resolve("run"))
            .steps(10)
            .build()
            .train();

    assertThat(report.parity()).isLessThan(1e-4);
    try (Upscaler upscaler = Upscaler.builder().model(report.model()).build()) {
      assertThat(upscaler.info().name()).isNotEmpty();
      assertThat(upscaler.info().provenance())
          .containsEntry("network", "tiny(blocks=2, features=8)");
      assertThat(upscaler.upscale(TestImages.buffered(TestImages.noise(3, 9, 7, 1))).getWidth())
          .isEqualTo(27);
    }
  }
}
