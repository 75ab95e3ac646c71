// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QuantizeCommandTest {

  @TempDir private Path folder;
  private Path photos;
  private Path quantized;

  @BeforeEach
  void makePhotos() throws IOException {
    photos = Files.createDirectory(folder.resolve("photos"));
    for (int seed = 0; seed < 3; seed++) {
      ImageFiles.write(
          TestImages.buffered(TestImages.scene(3, 160, 150, seed)), photos.resolve(seed + ".png"));
    }
    quantized = folder.resolve("int8.onnx");
  }

  @Test
  void quantizedModel_isSmaller_andEnlargesNearlyAsTheModel() throws IOException {
    assertThat(
            Invocation.of(
                    "quantize",
                    "fast-x2",
                    "--data",
                    photos,
                    "--validate",
                    photos,
                    "--out",
                    quantized)
                .succeeds()
                .out())
        .containsPattern("int8.onnx: int8, 6 convolutions, calibrated on 50 blocks, \\d{5} bytes")
        .containsPattern(
            "50 patches of photos: [\\d.]+ dB, [\\d.]+ dB in float \\([+-]0\\.0\\d+\\)")
        .containsPattern("(?m)^photos: [\\d.]+ dB");

    FloatImage image = Luma.of(TestImages.scene(3, 60, 50, 9));
    try (Upscaler whole = Upscaler.builder().model(Model.embedded("fast-x2")).build();
        Upscaler fast = Upscaler.builder().model(quantized).build()) {
      float[] expected = whole.upscale(image).samples();
      float[] actual = fast.upscale(image).samples();
      double squares = 0;
      for (int i = 0; i < actual.length; i++) {
        squares += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      }
      assertThat(Math.sqrt(squares / actual.length)).isPositive().isCloseTo(0, within(1.0 / 255));
    }
    assertThat(Invocation.of("inspect", quantized).succeeds().out())
        .containsPattern("quantization +int8, 6 convolutions")
        .containsPattern("psnr.set5 +37.259 in float");
  }

  @Test
  void modelThatLosesMore_isNotWritten() {
    Invocation.of("quantize", "fast-x2", "--data", photos, "--max-loss", "0", "--out", quantized)
        .failsSaying(
            "fast-x2: loses ", "in 8 bits on 50 patches of photos", "but --max-loss is 0.0");
    assertThat(quantized).doesNotExist();
  }

  @Test
  void imagesSmallerThanAPatch_areRefused() throws IOException {
    Path small = Files.createDirectory(folder.resolve("small"));
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 100, 100, 1)), small.resolve("a.png"));

    Invocation.of("quantize", "fast-x2", "--data", small, "--out", quantized)
        .failsSaying("small: an image must be at least 128x128 (width x height), but none is");
  }

  @Test
  void outputThatIsNoModel_isRefused() {
    Invocation.of("quantize", "fast-x2", "--data", photos, "--out", folder.resolve("a.txt"))
        .failsSaying("the name of the model to write must end in .onnx");
    Invocation.of("quantize", "fast-x2", "--data", photos, "--out", quantized, "--max-loss", "-1")
        .failsSaying("--max-loss must be at least 0 dB, but was -1.0");
  }
}
