// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models in the jar of sr-onnx are there and as good as docs/models.md says. */
final class EmbeddedModelsIT {

  @ParameterizedTest(name = "x{0}")
  @CsvSource({"2, 37.25", "3, 33.35", "4, 31.05"})
  void fast_isAtLeast_onSet5(int scale, double psnr) throws IOException {
    try (Upscaler upscaler = fast(scale)) {
      Path images = SharedData.path("images/Set5");
      EvaluationReport report = Evaluation.luma().of(upscaler, images);

      assertThat(report.psnr()).as(report.toText()).isGreaterThanOrEqualTo(psnr);
      assertThat(report.ssim()).isGreaterThan(Evaluation.luma().bicubic(scale, images).ssim());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cards")
  void int8Form_losesLittleOnSet5_andAsMuchAsItsCardSays(Model.Card card) throws IOException {
    Path images = SharedData.path("images/Set5");
    try (Upscaler network = open(card, Model.Precision.FLOAT);
        Upscaler int8 = open(card, Model.Precision.INT8)) {
      double expected = Evaluation.luma().of(network, images).psnr();
      EvaluationReport report = Evaluation.luma().of(int8, images);

      assertThat(report.psnr()).as(report.toText()).isGreaterThan(expected - 0.05);
      Model.Card.Figure figure = card.int8().orElseThrow().figures().get(0);
      assertThat(report.psnr()).isCloseTo(figure.psnr(), within(0.002));
      assertThat(report.ssim()).isCloseTo(figure.ssim(), within(0.0002));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cards")
  void int8Form_tiled_equalsWhole_andIsSharedByThreads(Model.Card card) {
    BufferedImage image = TestImages.buffered(TestImages.scene(3, 95, 83, 1));
    try (Upscaler whole = open(card, Model.Precision.INT8);
        Upscaler tiled =
            Upscaler.builder()
                .model(card.name())
                .precision(Model.Precision.INT8)
                .device(Device.cpu())
                .tileSize(16)
                .build()) {
      FloatImage expected = AwtImages.toFloat(whole.upscale(image));

      IntStream.range(0, 4)
          .parallel()
          .forEach(
              i ->
                  assertThat(AwtImages.toFloat(tiled.upscale(image)).samples())
                      .isEqualTo(expected.samples()));
    }
  }

  private static List<Model.Card> cards() {
    return new OnnxUpscalerProvider().embeddedModels();
  }

  private static Upscaler open(Model.Card card, Model.Precision precision) {
    return Upscaler.builder().model(card.name()).precision(precision).device(Device.cpu()).build();
  }

  @ParameterizedTest(name = "x{0}")
  @ValueSource(ints = {2, 3, 4})
  void model_saysWhatItIsAndWhereItComesFrom(int scale) {
    try (Upscaler upscaler = open(scale)) {
      ModelInfo info = upscaler.info();

      assertThat(info.name()).isEqualTo("quality-x" + scale);
      assertThat(info.scale()).isEqualTo(scale);
      assertThat(info.halo()).isPresent();
      assertThat(info.provenance())
          .containsKeys("network", "trained_on", "seed", "loss", "steps", "psnr.set5");
    }
  }

  @ParameterizedTest(name = "x{0}")
  @ValueSource(ints = {2, 3, 4})
  void fast_tiled_equalsWhole(int scale) {
    FloatImage image = TestImages.scene(3, 61, 47, 1);
    try (Upscaler whole = fast(scale);
        Upscaler tiled =
            Upscaler.builder().model("fast-x" + scale).device(Device.cpu()).tileSize(16).build()) {
      ImageAssert.assertThat(tiled.upscale(image)).isCloseTo(whole.upscale(image), 1e-5);
    }
  }

  @ParameterizedTest(name = "x{0}")
  @CsvSource({"2, 37.30", "3, 33.60", "4, 31.30"})
  void quality_isTheDefault_andBetterThanFast(int scale, double psnr) throws IOException {
    try (Upscaler quality = open(scale);
        Upscaler fast = fast(scale)) {
      assertThat(quality.info().name()).isEqualTo("quality-x" + scale);
      assertThat(fast.info().provenance())
          .containsKeys("network", "trained_on", "seed", "loss", "steps", "psnr.set5");

      Path images = SharedData.path("images/Set5");
      EvaluationReport report = Evaluation.luma().of(quality, images);
      assertThat(report.psnr()).as(report.toText()).isGreaterThanOrEqualTo(psnr);
      assertThat(report.ssim()).isGreaterThan(Evaluation.luma().of(fast, images).ssim());
    }
  }

  @ParameterizedTest(name = "x{0}")
  @ValueSource(ints = {2, 3, 4})
  void quality_tiled_equalsWhole(int scale) {
    FloatImage image = TestImages.scene(3, 61, 47, 1);
    try (Upscaler whole = quality(scale).build();
        Upscaler tiled = quality(scale).tileSize(16).build()) {
      ImageAssert.assertThat(tiled.upscale(image)).isCloseTo(whole.upscale(image), 1e-5);
    }
  }

  private static Upscaler.Builder quality(int scale) {
    return Upscaler.builder().model("quality-x" + scale).device(Device.cpu());
  }

  private static Upscaler fast(int scale) {
    return Upscaler.builder().model("fast-x" + scale).device(Device.cpu()).build();
  }

  private static Upscaler open(int scale) {
    return Upscaler.builder().scale(scale).device(Device.cpu()).build();
  }
}
