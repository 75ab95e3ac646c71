// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    return Upscaler.of(
        new BlockUpscaler() {
          @Override
          public ModelInfo info() {
            return info;
          }

          @Override
          public Device.Report device() {
            return new Device.Report(Device.cpu(), Device.cpu(), "");
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
    EvaluationReport report = Evaluation.luma().bicubic(scale, set5());

    assertThat(report.psnr()).isCloseTo(psnr, within(0.0006));
    assertThat(report.ssim()).isCloseTo(ssim, within(0.00006));
    assertThat(report.images()).hasSize(5);
  }

  /** The figures that papers of luma networks publish for bicubic enlargement of Y alone. */
  @ParameterizedTest
  @CsvSource({"2, 33.66, 0.9299", "3, 30.39, 0.8682", "4, 28.42, 0.8104"})
  void lumaNetwork_thatDoesNothing_onSet5_isThePublishedBicubic(int scale, double psnr, double ssim)
      throws IOException {
    try (Upscaler identity = upscaler(scale, ModelInfo.Color.LUMA, block -> block)) {
      EvaluationReport report = Evaluation.luma().of(identity, set5());

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
    Metrics.Protocol protocol = Metrics.Protocol.luma(3);
    FloatImage highRes =
        protocol.highRes(color == ModelInfo.Color.LUMA ? Luma.of(image).rounded() : image);
    FloatImage enlarged =
        Resampling.bicubic(protocol.lowRes(highRes), highRes.width(), highRes.height());
    Metrics.Protocol.Score expected = protocol.score(halved(enlarged), highRes);

    try (Upscaler upscaler = upscaler(3, color, EvaluationTest::halved)) {
      EvaluationReport report = Evaluation.luma().of(upscaler, directory);
      EvaluationReport.Image figures = report.images().get(0);
      EvaluationReport bicubic = Evaluation.luma().bicubic(3, directory);

      assertThat(report.model()).isEqualTo("test");
      assertThat(figures.name()).isEqualTo("scene.png");
      assertThat(figures.psnr()).isCloseTo(expected.psnr(), within(1e-4));
      assertThat(figures.ssim()).isCloseTo(expected.ssim(), within(1e-6));
      assertThat(bicubic.psnr()).isGreaterThan(figures.psnr());
      assertThat(figures.elapsed()).isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(ModelInfo.Color.class)
  void lumaOfRgb_givesEachNetworkTheReducedColours_andComparesLuma(ModelInfo.Color color)
      throws IOException {
    FloatImage image = TestImages.scene(3, 46, 37, 1).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    Metrics.Protocol protocol = Metrics.Protocol.luma(3);
    FloatImage highRes = protocol.highRes(image);
    FloatImage lowRes = protocol.lowRes(highRes);

    try (Upscaler upscaler = upscaler(3, color, EvaluationTest::halved)) {
      EvaluationReport report = Evaluation.lumaOfRgb().of(upscaler, directory);
      Metrics.Protocol.Score expected = protocol.score(upscaler.upscale(lowRes), highRes);

      assertThat(report.protocol()).isEqualTo("luma of rgb, border of the scale");
      assertThat(report.psnr()).isCloseTo(expected.psnr(), within(1e-4));
      assertThat(report.ssim()).isCloseTo(expected.ssim(), within(1e-6));
      assertThat(report.psnr() == Evaluation.luma().of(upscaler, directory).psnr())
          .isEqualTo(color == ModelInfo.Color.RGB);
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
      EvaluationReport report = Evaluation.luma().of(upscaler, directory);
      Metrics.Protocol.Score mean =
          Evaluation.mean(upscaler, ImageFolder.of(directory), name -> {});

      assertThat(mean.psnr()).isCloseTo(report.psnr(), within(1e-12));
      assertThat(mean.ssim()).isCloseTo(report.ssim(), within(1e-12));
    }
  }

  /** Gray of one level, and one level more from a column on. */
  private static FloatImage levels(int width, int height, int from) {
    float[] samples = new float[width * height];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (i % width < from ? 100 : 101) / 255f;
    }
    return FloatImage.wrap(1, height, width, samples);
  }

  @Test
  void imageOfOneColour_isNoPartOfTheMeanPsnr_whateverBecomesOfIt() throws IOException {
    TrainingFolders.scenes(directory, 2);
    EvaluationReport scenes = Evaluation.luma().bicubic(2, directory);
    TrainingFolders.write(levels(40, 40, 40), directory.resolve("flat.png"));
    float[] orange = new float[3 * 40 * 30];
    Arrays.fill(orange, 0, 40 * 30, 1);
    Arrays.fill(orange, 40 * 30, 2 * 40 * 30, 0.5f);
    TrainingFolders.write(FloatImage.wrap(3, 40, 30, orange), directory.resolve("z.png"));

    EvaluationReport exact = Evaluation.luma().bicubic(2, directory);
    assertThat(exact.images().get(0).psnr()).isInfinite();
    assertThat(exact.psnr()).isEqualTo(scenes.psnr());
    assertThat(exact.leftOut()).containsExactly("flat.png", "z.png");
    assertThat(exact.ssim()).isGreaterThan(scenes.ssim());
    assertThat(exact.toText())
        .endsWith(
            "the mean PSNR leaves out images of one colour and those without any difference:"
                + " flat.png, z.png\n");
    try (Upscaler upscaler = upscaler(2, ModelInfo.Color.LUMA, EvaluationTest::halved)) {
      EvaluationReport inexact = Evaluation.luma().of(upscaler, directory);
      assertThat(inexact.images().get(0).psnr()).isFinite();
      assertThat(inexact.leftOut()).containsExactly("flat.png", "z.png");
    }
    assertThat(Evaluation.rgb().bicubic(2, directory).leftOut())
        .containsExactly("flat.png", "z.png");
  }

  @Test
  void imageThatIsEnlargedExactly_isNoPartOfTheMeanPsnr_unlessAllAre() throws IOException {
    TrainingFolders.write(levels(40, 40, 20), directory.resolve("exact.png"));
    EvaluationReport alone = Evaluation.luma().bicubic(2, directory);
    assertThat(alone.psnr()).isInfinite();
    assertThat(alone.leftOut()).isEmpty();
    assertThat(alone.images().get(0).isFlat()).isFalse();

    TrainingFolders.scenes(directory, 1);
    EvaluationReport two = Evaluation.luma().bicubic(2, directory);
    assertThat(two.leftOut()).containsExactly("exact.png");
    assertThat(two.psnr()).isEqualTo(two.images().get(1).psnr()).isFinite();
  }

  /** Were it left out, a validation would be the worse for it. */
  @Test
  void imageThatATrainedNetworkEnlargesExactly_countsWith100Decibels() throws IOException {
    TrainingFolders.write(levels(40, 40, 20), directory.resolve("exact.png"));
    TrainingFolders.write(levels(40, 40, 40), directory.resolve("flat.png"));
    TrainingFolders.scenes(directory, 1);
    List<String> exact = new ArrayList<>();
    try (Upscaler upscaler = upscaler(2, ModelInfo.Color.LUMA, block -> block)) {
      double scene = Evaluation.luma().of(upscaler, directory).images().get(2).psnr();
      Metrics.Protocol.Score mean =
          Evaluation.mean(upscaler, ImageFolder.of(directory), exact::add);

      assertThat(mean.psnr()).isCloseTo((scene + 100) / 2, within(1e-9));
      assertThat(exact).containsExactly("exact.png");
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
      assertThatThrownBy(() -> Evaluation.luma().of(upscaler, directory))
          .isInstanceOf(SuperResolutionException.class)
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void imageTooSmall_isRefusedByName() throws IOException {
    TrainingFolders.write(TestImages.gradient(3, 40, 15), directory.resolve("small.png"));
    assertThatThrownBy(() -> Evaluation.luma().bicubic(3, directory))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("small.png")
        .hasMessageContaining("at least 17x17")
        .hasMessageContaining("40x15 (width x height)");
  }

  @Test
  void rgb_comparesAllChannels_alsoOfALumaNetwork() throws IOException {
    FloatImage image = TestImages.scene(3, 46, 38, 1).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    Metrics.Protocol protocol = Metrics.Protocol.rgb(2);
    FloatImage expected = Resampling.bicubic(protocol.lowRes(image), 46, 38);

    try (Upscaler identity = upscaler(2, ModelInfo.Color.LUMA, block -> block)) {
      EvaluationReport report = Evaluation.rgb().of(identity, directory);

      assertThat(report.protocol()).isEqualTo("rgb, border of the scale");
      assertThat(report.psnr()).isCloseTo(protocol.score(expected, image).psnr(), within(0.05));
      assertThat(report.psnr()).isLessThan(Evaluation.luma().of(identity, directory).psnr() - 0.5);
    }
  }

  @Test
  void border_isLeftOut_whateverTheScale() throws IOException {
    FloatImage image = TestImages.scene(3, 46, 38, 1).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    Metrics.Protocol protocol = Metrics.Protocol.luma(2).withBorder(4);
    FloatImage bicubic = Resampling.bicubic(protocol.lowRes(image), 46, 38);

    EvaluationReport report = Evaluation.luma().border(4).bicubic(2, directory);

    assertThat(report.protocol()).isEqualTo("luma, border 4");
    assertThat(report.psnr()).isEqualTo(protocol.score(bicubic, image).psnr());
    assertThat(report.psnr()).isNotEqualTo(Evaluation.luma().bicubic(2, directory).psnr());
    assertThatThrownBy(() -> Evaluation.luma().border(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("border must be at least 0, but was -1");
  }

  @ParameterizedTest
  @EnumSource(ModelInfo.Color.class)
  void measure_isOfTheColoursOfTheResult_inEightBits_withoutTheBorder(ModelInfo.Color color)
      throws IOException {
    FloatImage image = TestImages.scene(3, 46, 38, 1).rounded();
    TrainingFolders.write(image, directory.resolve("scene.png"));
    Metrics.Protocol protocol = Metrics.Protocol.rgb(2).withBorder(3);
    FloatImage bicubic = Resampling.bicubic(protocol.lowRes(image), 46, 38).rounded();
    FloatImage actual = bicubic.shave(3);
    FloatImage expected = image.shave(3);
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, 32, 40);
    double mse =
        Losses.mse().evaluate(shape, actual.samples(), expected.samples(), new float[shape.size()]);

    try (Upscaler identity = upscaler(2, color, block -> block)) {
      EvaluationReport report =
          Evaluation.luma()
              .border(3)
              .measure(Losses.mse())
              .measure(Losses.parse("2*l1"))
              .of(identity, directory);

      assertThat(report.measures()).containsOnlyKeys("mse", "2.0*l1");
      assertThat(report.measures().get("mse")).isCloseTo(mse, within(mse / 100));
      assertThat(report.psnr())
          .isEqualTo(Evaluation.luma().border(3).of(identity, directory).psnr());
    }
  }

  @Test
  void measure_thatCannotCompareAnImage_namesIt() throws IOException {
    TrainingFolders.write(TestImages.scene(3, 46, 38, 1), directory.resolve("scene.png"));
    assertThatThrownBy(() -> Evaluation.luma().measure(Losses.msSsim()).bicubic(2, directory))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("scene.png")
        .hasMessageContaining("176");
  }

  @ParameterizedTest
  @EnumSource(ModelInfo.Color.class)
  void givenLowRes_isWhatTheNetworkGets(ModelInfo.Color color) throws IOException {
    FloatImage image = TestImages.scene(3, 47, 38, 1).rounded();
    Path large = Files.createDirectory(directory.resolve("HR"));
    Path small = Files.createDirectory(directory.resolve("LR"));
    TrainingFolders.write(image, large.resolve("scene.png"));
    FloatImage lowRes = Metrics.Protocol.luma(2).lowRes(image.modCrop(2));
    TrainingFolders.write(lowRes, small.resolve("scenex2.png"));
    Path degraded = Files.createDirectory(directory.resolve("degraded"));
    TrainingFolders.write(halved(lowRes), degraded.resolve("scene.png"));

    try (Upscaler identity = upscaler(2, color, block -> block)) {
      EvaluationReport made = Evaluation.luma().of(identity, large);
      EvaluationReport given = Evaluation.luma().lowRes(small).of(identity, large);
      EvaluationReport dark = Evaluation.luma().lowRes(degraded).of(identity, large);

      assertThat(given.psnr()).isCloseTo(made.psnr(), within(0.1));
      assertThat(dark.psnr()).isLessThan(15);
      assertThat(Evaluation.luma().lowRes(degraded).bicubic(2, large).psnr()).isLessThan(15);
    }
  }

  @Test
  void givenLowRes_ofAnotherSize_isRefused() throws IOException {
    Path large = TrainingFolders.scenes(directory.resolve("HR"), 1);
    Path small = Files.createDirectory(directory.resolve("LR"));
    TrainingFolders.write(TestImages.gradient(3, 29, 26), small.resolve("scene0.png"));

    assertThatThrownBy(() -> Evaluation.luma().lowRes(small).bicubic(2, large))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("scene0.png")
        .hasMessageContaining("58x52")
        .hasMessageContaining("61x53 (width x height)");
  }
}
