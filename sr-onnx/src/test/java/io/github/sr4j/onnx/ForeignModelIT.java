// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of others as they were published; skipped where they are not. */
final class ForeignModelIT {

  private static Path published(String name) {
    return data("models/" + name);
  }

  private static Path data(String name) {
    String property = System.getProperty("sr4j.data");
    if (property != null) {
      return Path.of(property).resolve(name);
    }
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve("shared/data"))) {
      folder = folder.getParent();
    }
    Path file = folder.resolve("shared/data").resolve(name);
    assumeTrue(Files.exists(file), "no shared/data/" + name + " beside the repository");
    return file;
  }

  @Test
  void subpixelCnn_isRecognised() {
    Model model = Model.file(published("subpixel_cnn_x3_luma_224.onnx"));
    try (BlockUpscaler network = OnnxModelReader.open(model, Device.cpu(), 2)) {
      ModelInfo info = network.info();

      assertThat(info.scale()).isEqualTo(3);
      assertThat(info.color()).isEqualTo(Color.LUMA);
      assertThat(info.isPreupscaled()).isFalse();
      assertThat(info.blockWidth()).hasValue(224);
      assertThat(info.blockHeight()).hasValue(224);
      assertThat(info.halo()).as("5x5, three of 3x3").hasValue(5);
      assertThat(info.alignment()).isEqualTo(1);
      assertThat(info.lostEdge()).isZero();
      FloatImage image = gradient(1, 224);
      assertThat(network.upscale(image).width()).isEqualTo(672);
      assertThat(difference(network.upscale(image), image, 3)).isLessThan(0.02);
    }
  }

  @Test
  void styleNetwork_isOpenedAsDeclared_withoutAHalo() {
    Model model = Model.file(published("style_candy_256.onnx"));
    assertThatThrownBy(() -> OnnxModelReader.open(model, Device.cpu(), 2))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("preupscale none and scale 1");

    try (BlockUpscaler network =
        OnnxModelReader.open(model.declared(Declaration.none().scale(1)), Device.cpu(), 2)) {
      ModelInfo info = network.info();

      assertThat(info.scale()).isEqualTo(1);
      assertThat(info.color()).isEqualTo(Color.RGB);
      assertThat(info.blockWidth()).hasValue(256);
      assertThat(info.halo()).isEmpty();
      // Instance normalisation, written without its operator.
      assertThat(info.globalOperator()).hasValue("Reshape 66 (joins rows and columns)");
      FloatImage image = gradient(3, 256);
      assertThat(difference(network.upscale(image), image, 1)).as("range 255").isLessThan(1);
    }
  }

  private static BlockUpscaler open(String name) {
    return open(data("cases/models/" + name));
  }

  private static BlockUpscaler open(Path file) {
    return OnnxModelReader.open(Model.file(file), Device.cpu(), 2);
  }

  private static String range(BlockUpscaler network) {
    return network.info().properties().get("range").value();
  }

  /** FoldedRangeIT of sr-examples compares such networks with those that they were made of. */
  @Test
  void networkFoldedTo255_isFoundOut() {
    Path file = data("cases/models/compact_x2_r255.onnx");
    Model declared = Model.file(file).declared(Declaration.none().range(Declaration.Range.BYTE));
    try (BlockUpscaler folded = open(file);
        BlockUpscaler expected = OnnxModelReader.open(declared, Device.cpu(), 2)) {
      FloatImage image = TestImages.scene(1, 40, 30, 1);
      FloatImage enlarged = folded.upscale(image);

      assertThat(range(folded)).isEqualTo("255");
      ImageAssert.assertThat(enlarged).isCloseTo(expected.upscale(image), 1e-6);
      assertThat(Metrics.psnr(enlarged, Resampling.bicubic(image, 80, 60))).isGreaterThan(20);
    }
  }

  @Test
  void uint8In_andFloatOut_areRangesOfTheirOwn() {
    try (BlockUpscaler network = open("u8_in_float01_out.onnx")) {
      assertThat(range(network)).isEqualTo("255/1");
      FloatImage gray = FloatImage.wrap(3, 1, 1, new float[] {1, 0.6f, 0});
      float[] enlarged = network.upscale(gray).samples();
      for (int i = 0; i < enlarged.length; i++) {
        assertThat(enlarged[i]).isCloseTo(gray.samples()[i / 4], within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"id1.onnx, 1, 0", "near2.onnx, 2, 0", "reflectpad4.onnx, 2, 4"})
  void linearNetworks_haveTheRangeOne(String name, int scale, int halo) {
    try (BlockUpscaler network = open(name)) {
      assertThat(range(network)).isEqualTo("1");
      assertThat(network.info().scale()).isEqualTo(scale);
      assertThat(network.info().halo()).hasValue(halo);
      FloatImage white = FloatImage.wrap(3, 20, 20, filled(1200, 1));
      for (float sample : network.upscale(white).samples()) {
        assertThat(sample).isCloseTo(1, within(1e-5f));
      }
    }
  }

  @Test
  void networkOfOneSize_thatDeclaresFreeSizes_isRefused() {
    Path file = data("cases/models/dyn_but_fixed64.onnx");
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("made for one size: export it again with free sides");
  }

  @Test
  void networkThatEnlargesNothing_isAskedForItsRange() {
    Path file = data("cases/models/esrgan_like_halo_x4.onnx");
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("declare range 1 or 255 or -1..1");
  }

  /** Two tensors of 64 channels with 16 samples for each pixel of the input. */
  @Test
  void networkOfAVeryLargeHalo_isBoundedByMemory() {
    Model model =
        Model.file(data("cases/models/esrgan_like_halo_x4.onnx"))
            .declared(Declaration.none().range(Declaration.Range.ONE));
    Upscaler.Builder builder = Upscaler.builder().model(model).device(Device.cpu());
    BufferedImage image = new BufferedImage(200, 90, BufferedImage.TYPE_INT_RGB);
    try (Upscaler exact = builder.maxMemory(100L << 20).build()) {
      assertThat(exact.info().halo()).hasValue(348);
      assertThat(exact.info().bytesPerPixel().orElseThrow()).isBetween(8192L, 8600L);
      assertThatThrownBy(() -> exact.upscale(image))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("halo of 348 pixels")
          .hasMessageContaining("approximateTiles");
    }
    try (Upscaler approximate =
        Upscaler.builder()
            .model(model)
            .device(Device.cpu())
            .maxMemory(100L << 20)
            .approximateTiles(8)
            .build()) {
      assertThat(approximate.upscale(image).getWidth()).isEqualTo(800);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "o-split-neg.onnx, split must be within 0",
    "l-loop-double.onnx, must not make what it carries larger with each round",
    "e-esc.onnx, must be a file"
  })
  void hostileModels_areRefusedBeforeTheyRun(String name, String message) {
    Model model = Model.file(data("cases/hostile/" + name));

    assertThatThrownBy(() -> OnnxModelReader.open(model, Device.cpu(), 1).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContainPattern("\\p{Cc}");
  }

  /** Of a network with that many nodes nothing is wrong but the time that it may take. */
  @Test
  @Tag("long")
  void modelOfTenThousandNodes_isOpened() {
    try (Upscaler upscaler =
        Upscaler.builder()
            .model(Model.file(data("cases/hostile/g-10000.onnx")))
            .device(Device.cpu())
            .maxOpeningTime(Duration.ofMinutes(10)) // some times what a busy machine takes
            .build()) {
      assertThat(upscaler.scale()).isEqualTo(2);
    }
  }

  private static float[] filled(int count, float value) {
    float[] samples = new float[count];
    Arrays.fill(samples, value);
    return samples;
  }

  private static FloatImage gradient(int channels, int side) {
    float[] samples = new float[channels * side * side];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (i % side + i / side % side) / (2f * side);
    }
    return FloatImage.wrap(channels, side, side, samples);
  }

  private static double difference(FloatImage enlarged, FloatImage image, int scale) {
    double sum = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int at = (y * scale + scale / 2) * enlarged.width() + x * scale + scale / 2;
        sum += Math.abs(enlarged.samples()[at] - image.samples()[y * image.width() + x]);
      }
    }
    return sum / (image.width() * image.height());
  }
}
