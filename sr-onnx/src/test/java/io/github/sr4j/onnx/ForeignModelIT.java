// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Models of others as they were published; skipped where they are not. */
final class ForeignModelIT {

  private static Path published(String name) {
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve("shared/data"))) {
      folder = folder.getParent();
    }
    Path file = folder.resolve("shared/data/models").resolve(name);
    assumeTrue(Files.exists(file), "no shared/data/models/" + name + " beside the repository");
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
      assertThat(info.border()).isZero();
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
        .hasMessageContaining("--preupscale none --scale 1");

    try (BlockUpscaler network =
        OnnxModelReader.open(model.declaring("scale", "1"), Device.cpu(), 2)) {
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
