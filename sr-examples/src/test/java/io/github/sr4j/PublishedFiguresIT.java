// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Networks with the weights that their authors published give the figures that they published, in
 * both engines: architecture, bicubic resampling and metric are theirs.
 */
final class PublishedFiguresIT {

  @ParameterizedTest(name = "{0} x{1}")
  @CsvSource({
    "srcnn(kernels=9-1-5), 2, weights/srcnn_9-1-5_x2.npz, 36.33",
    "srcnn(kernels=9-5-5), 4, weights/srcnn_9-5-5_x4.npz, 30.48",
    "vdsr, 2, weights/vdsr.npz, 37.53",
    "vdsr, 3, weights/vdsr.npz, 33.66",
    "vdsr, 4, weights/vdsr.npz, 31.34",
    "imdn, 2, weights/imdn_x2.npz, 38.00",
    "imdn, 3, weights/imdn_x3.npz, 34.36",
    "imdn, 4, weights/imdn_x4.npz, 32.21"
  })
  void publishedWeights_givePublishedFigures(
      String network, int scale, String weights, double published, @TempDir Path folder)
      throws IOException {
    Path images = SharedData.path("images/Set5");
    Path exported = folder.resolve("model.onnx");
    EvaluationReport trained;
    try (TrainingSession session =
        TrainingProvider.forNetwork(network).open(TrainingSetup.of(network, scale, Losses.l1()))) {
      session.restore(SharedData.path(weights));
      ModelExport.export(session, exported, Map.of());
      try (Upscaler upscaler = Upscaler.of(session.snapshot())) {
        trained = Evaluation.luma().of(upscaler, images);
      }
    }
    assertThat(trained.psnr()).as(trained.toText()).isCloseTo(published, within(0.02));

    try (Upscaler upscaler = Upscaler.builder().model(exported).device(Device.cpu()).build()) {
      EvaluationReport run = Evaluation.luma().of(upscaler, images);
      assertThat(run.psnr()).as(run.toText()).isCloseTo(published, within(0.02));
      // Sums in another order turn a few of the pixels that are rounded to 8 bits.
      assertThat(run.psnr()).isCloseTo(trained.psnr(), within(1e-3));
    }
  }
}
