// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceReport;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.MetricProtocol;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationTest {

  @TempDir Path directory;

  /** A network that gets the enlarged image and returns what a function makes of it. */
  private static Upscaler upscaler(
      int scale, ModelInfo.Color color, UnaryOperator<FloatImage> function) {
    ModelInfo info =
        ModelInfo.builder("test", scale).color(color).preupscaled(true).halo(0).build();
    return Upscaler.over(
        new BlockUpscaler() {
          @Override
          public ModelInfo info() {
            return info;
          }

          @Override
          public DeviceReport device() {
            return new DeviceReport(Device.cpu(), Device.cpu(), "");
          }

          @Override
          public FloatImage upscale(FloatImage block) {
            return function.apply(block);
          }

          @Override
          public void close() {}
        });
  }

  /** The table of docs/numerics.md, RGB path. */
  @ParameterizedTest
  @CsvSource({"2, 33.682, 0.9305", "3, 30.405, 0.8690", "4, 28.431, 0.8113"})
  void bicubic_onSet5_isThePublished(int scale, double psnr, double ssim) throws IOException {
    EvaluationReport report = Evaluation.bicubic(scale, set5());

    assertThat(report.psnr()).isCloseTo(psnr, within(0.0006));
    assertThat(report.ssim()).isCloseTo(ssim, within(0.00006));
    assertThat(report.images()).hasSize(5);
  }

  /** What the papers of luma networks publish for bicubic enlargement of Y alone. */
  @ParameterizedTest
  @CsvSource({"2, 33.66, 0.9299", "3, 30.39, 0.8682", "4, 28.42, 0.8104"})
  void lumaNetwork_thatDoesNothing_onSet5_isThePublishedBicubic(int scale, double psnr, double ssim)
      throws IOException {
    try (Upscaler identity = upscaler(scale, ModelInfo.Color.LUMA, block -> block)) {
      EvaluationReport report = Evaluation.of(identity, set5());

      assertThat(report.psnr()).isCloseTo(psnr, within(0.0051));
      assertThat(report.ssim()).isCloseTo(ssim, within(0.00016));
    }
  }

  private static Path set5() {
    String data = System.getProperty("sr4j.data");
    Path folder = data == null ? null : Path.of(data, "images", "Set5");
    for (Path p = Path.of("").toAbsolutePath(); folder == null && p != null; p = p.getParent()) {
      Path candidate = p.resolve("shared/data/images/Set5");
      folder = Files.isDirectory(candidate) ? candidate : null;
    }
    assumeTrue(
        folder != null && Files.isDirectory(folder),
        "Set5 is not here; -Dsr4j.data=FOLDER says where images/Set5 is");
    return folder;
  }

  @ParameterizedTest
  @EnumSource(ModelInfo.Color.class)
  void figures_areThoseOfTheProtocol_inTheColoursOfTheNetwork(ModelInfo.Color color)
      throws IOException {
    FloatImage image = TestImages.scene(3, 46, 37, 1).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    MetricProtocol protocol = MetricProtocol.luma(3);
    FloatImage highRes =
        protocol.highRes(color == ModelInfo.Color.LUMA ? Luma.of(image).rounded() : image);
    FloatImage enlarged =
        Resampling.bicubic(protocol.lowRes(highRes), highRes.width(), highRes.height());
    MetricProtocol.Score expected = protocol.score(halved(enlarged), highRes);

    try (Upscaler upscaler = upscaler(3, color, EvaluationTest::halved)) {
      EvaluationReport report = Evaluation.of(upscaler, directory);
      EvaluationReport.Image figures = report.images().get(0);
      EvaluationReport bicubic = Evaluation.bicubic(3, directory);

      assertThat(report.model()).isEqualTo("test");
      assertThat(figures.name()).isEqualTo("scene.png");
      assertThat(figures.psnr()).isCloseTo(expected.psnr(), within(1e-4));
      assertThat(figures.ssim()).isCloseTo(expected.ssim(), within(1e-6));
      assertThat(figures.bicubicPsnr()).isEqualTo(bicubic.psnr()).isGreaterThan(figures.psnr());
      assertThat(figures.bicubicSsim()).isEqualTo(bicubic.ssim());
    }
  }

  private static FloatImage halved(FloatImage image) {
    float[] samples = image.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] /= 2;
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), samples);
  }

  @Test
  void mean_isThatOfTheReport() throws IOException {
    TrainingFolders.scenes(directory, 3);
    try (Upscaler upscaler = upscaler(2, ModelInfo.Color.LUMA, EvaluationTest::halved)) {
      EvaluationReport report = Evaluation.of(upscaler, directory);
      MetricProtocol.Score mean = Evaluation.mean(upscaler, ImageFolder.of(directory));

      assertThat(mean.psnr()).isCloseTo(report.psnr(), within(1e-12));
      assertThat(mean.ssim()).isCloseTo(report.ssim(), within(1e-12));
    }
  }

  @Test
  void nanOfANetwork_isNotRoundedAway() throws IOException {
    TrainingFolders.scenes(directory, 1);
    try (Upscaler upscaler =
        upscaler(
            2,
            ModelInfo.Color.LUMA,
            block -> {
              float[] samples = new float[block.samples().length];
              Arrays.fill(samples, Float.NaN);
              return FloatImage.wrap(block.channels(), block.height(), block.width(), samples);
            })) {
      assertThatThrownBy(() -> Evaluation.of(upscaler, directory))
          .isInstanceOf(SuperResolutionException.class)
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void imageTooSmall_isRefusedByName() throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 40, 15), directory.resolve("small.png"));
    assertThatThrownBy(() -> Evaluation.bicubic(3, directory))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("small.png")
        .hasMessageContaining("at least 17x17")
        .hasMessageContaining("40x15 (width x height)");
  }

  @Test
  void text_isATable() {
    EvaluationReport report =
        new EvaluationReport(
            "net.onnx",
            "Set2",
            2,
            List.of(
                new EvaluationReport.Image("butterfly.png", 32.125, 0.95, 27.5, 0.9),
                new EvaluationReport.Image("b.png", 40, 0.97, 36.5, 0.94)));

    assertThat(report.toText())
        .isEqualTo(
            """
            net.onnx on Set2, x2, luma
            image          PSNR (dB)    SSIM  bicubic PSNR  bicubic SSIM
            butterfly.png     32.125  0.9500        27.500        0.9000
            b.png             40.000  0.9700        36.500        0.9400
            mean              36.063  0.9600        32.000        0.9200
            """);
  }

  @Test
  void json_hasEveryFigure_andInfinityAsText() throws IOException {
    Path file = directory.resolve("new/report.json");
    new EvaluationReport(
            "bicubic",
            "Set1",
            2,
            List.of(new EvaluationReport.Image("a.png", Double.POSITIVE_INFINITY, 1, 30, 0.9)))
        .writeJson(file);
    JsonNode json = WholeFile.readJson(file);

    assertThat(json.get("model").asText()).isEqualTo("bicubic");
    assertThat(json.get("dataset").asText()).isEqualTo("Set1");
    assertThat(json.get("scale").asInt()).isEqualTo(2);
    assertThat(json.get("psnr").asText()).isEqualTo("Infinity");
    assertThat(json.get("bicubic_psnr").asDouble()).isEqualTo(30);
    assertThat(json.at("/images/0/name").asText()).isEqualTo("a.png");
    assertThat(json.at("/images/0/ssim").asDouble()).isEqualTo(1);
    assertThat(json.at("/images/0/bicubic_ssim").asDouble()).isEqualTo(0.9);
    assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file));
  }
}
