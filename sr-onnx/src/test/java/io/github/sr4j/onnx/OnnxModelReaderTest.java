// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static io.github.sr4j.onnx.OnnxFile.FLOAT64;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OnnxModelReaderTest {

  private static BlockUpscaler open(Model model) {
    return OnnxModelReader.open(model, Device.cpu(), 1);
  }

  private static ModelInfo info(OnnxFile file) {
    try (BlockUpscaler network = open(TestModels.model(file))) {
      return network.info();
    }
  }

  private static void assertRefused(OnnxFile file, String message) {
    assertThatThrownBy(() -> open(TestModels.model(file)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(message);
  }

  @ParameterizedTest(name = "x{0}, {1} channels")
  @CsvSource({"2, 1, LUMA", "3, 3, RGB", "4, 1, LUMA"})
  void withoutMetadata_scaleAndColorAreFoundOut(int scale, int channels, Color color) {
    ModelInfo info = info(TestModels.convolutions(channels, scale, 4, 2, 1));

    assertThat(info.name()).isEqualTo("test.onnx");
    assertThat(info.scale()).isEqualTo(scale);
    assertThat(info.color()).isEqualTo(color);
    assertThat(info.isPreupscaled()).isFalse();
    assertThat(info.halo()).hasValue(2);
    assertThat(info.alignment()).isEqualTo(1);
    assertThat(info.provenance()).isEmpty();
  }

  @Test
  void metadata_isRead() {
    ModelInfo info =
        info(
            TestModels.plus(0, 1)
                .metadata("scale=3", "color=luma", "range=1", "preupscale=bicubic", "halo=8")
                .metadata("alignment=4", "network=srcnn", "psnr.Set5=32.39", "seed=1")
                .foreignMetadata("author", "somebody"));

    assertThat(info.scale()).isEqualTo(3);
    assertThat(info.color()).isEqualTo(Color.LUMA);
    assertThat(info.isPreupscaled()).isTrue();
    assertThat(info.halo()).as("what the graph shows, not the 8 declared").hasValue(0);
    assertThat(info.alignment()).isEqualTo(4);
    assertThat(info.provenance())
        .isEqualTo(Map.of("network", "srcnn", "psnr.Set5", "32.39", "seed", "1"));
  }

  @Test
  void channelsLeftOpen_areThoseOfTheDeclaredColor() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, "channels", "height", "width")
            .output("output", FLOAT32, 1, "channels", "height", "width")
            .node("Identity", List.of("input"), "output", Map.of());

    assertRefused(
        file,
        "test.onnx: input \"input\" is [1, ?, ?, ?], which does not show where its channels are;"
            + " declare layout nchw or nhwc (or metadata sr4j.layout in the file)");
    file.metadata("layout=nchw");
    assertRefused(
        file,
        "test.onnx: input \"input\" must have 1 or 3 channels, but is [1, ?, ?, ?] (N, C, H, W);"
            + " declare color luma, rgb or bgr (or metadata sr4j.color in the file)");
    assertThat(info(file.metadata("color=luma", "scale=1", "preupscale=none")).channels())
        .isEqualTo(1);
  }

  @Test
  void range255_isConverted() {
    FloatImage image = FloatImage.wrap(1, 1, 2, new float[] {0.25f, 1});
    OnnxFile file = TestModels.plus(51, 1).metadata("scale=1", "preupscale=none", "range=255");

    try (BlockUpscaler network = open(TestModels.model(file))) {
      assertThat(network.upscale(image).samples())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(0.45f, 1.2f);
    }
  }

  @Test
  void sameSizeOutput_withoutMetadata_isAmbiguous() {
    assertRefused(
        TestModels.plus(0, 3),
        "test.onnx: returns images as large as it is given, so what it does must be declared:"
            + " preupscale bicubic and scale N if it takes images that were enlarged N times"
            + " before, or preupscale none and scale 1 if it enlarges nothing (or metadata"
            + " sr4j.preupscale and sr4j.scale in the file)");
  }

  @ParameterizedTest
  @CsvSource({"scale=2", "preupscale=bicubic", "preupscale=none"})
  void sameSizeOutput_withHalfTheMetadata_isAmbiguous(String metadata) {
    assertThatThrownBy(() -> open(TestModels.model(TestModels.plus(0, 3).metadata(metadata))))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("test.onnx: returns images as large as it is given");
  }

  @Test
  void sameSizeOutput_ofScaleOne_isAccepted() {
    assertThat(info(TestModels.plus(0, 3).metadata("scale=1")).scale()).isEqualTo(1);
  }

  @Test
  void scale_otherThanTheOneFound_isRefused() {
    assertRefused(
        TestModels.nearest(3, 3).metadata("scale=2"),
        "test.onnx: metadata sr4j.scale 2 and metadata sr4j.preupscale none mean that blocks"
            + " become 2 times as wide and high, but they become 3 times");
    assertRefused(
        TestModels.nearest(3, 2).metadata("preupscale=bicubic"),
        "test.onnx: metadata sr4j.scale (absent) and metadata sr4j.preupscale bicubic mean that"
            + " blocks become 1 times as wide and high, but they become 2 times");
    assertRefused(
        TestModels.plus(0, 1).metadata("scale=2", "preupscale=none"),
        "test.onnx: metadata sr4j.scale 2 and metadata sr4j.preupscale none mean that blocks"
            + " become 2 times as wide and high, but they become 1 times");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          scale=abc      | scale must be a whole number within 1 to 16, but was "abc"
          scale=0        | scale must be a whole number within 1 to 16, but was "0"
          scale=17       | scale must be a whole number within 1 to 16, but was "17"
          scale=2.0      | scale must be a whole number within 1 to 16, but was "2.0"
          halo=-1        | halo must be a whole number within 0 to 65536, but was "-1"
          alignment=0    | alignment must be a whole number within 1 to 128, but was "0"
          color=gray     | color must be luma, rgb or bgr, but was "gray"
          range=256      | range must be 1, 255 or -1..1, or two of them as input/output, but was "256"
          layout=chw     | layout must be nchw or nhwc, but was "chw"
          preupscale=yes | preupscale must be none or bicubic, but was "yes"
          """)
  void metadata_outOfRange_isRefused(String entry, String message) {
    assertRefused(TestModels.nearest(3, 2).metadata(entry), "test.onnx: metadata sr4j." + message);
  }

  @Test
  void color_thatContradictsTheChannels_isRefused() {
    assertRefused(
        TestModels.nearest(3, 2).metadata("color=luma"),
        "test.onnx: metadata sr4j.color must be rgb or bgr for an input of 3 channels, but is"
            + " luma");
  }

  @Test
  void classifier_isRefused() {
    assertRefused(
        TestModels.classifier(),
        "test.onnx: is no super-resolution network: output \"scores\" must be float32, float16 or"
            + " uint8 with four dimensions, but is float32 [?, 3]");
  }

  @Test
  void float64_isRefused() {
    assertRefused(
        new OnnxFile()
            .input("input", FLOAT64, 1, 3, "height", "width")
            .output("output", FLOAT64, 1, 3, "height", "width")
            .node("Identity", List.of("input"), "output", Map.of()),
        "test.onnx: is no super-resolution network: input \"input\" must be float32, float16 or"
            + " uint8 with four dimensions, but is float64 [1, 3, ?, ?]");
  }

  @Test
  void fourChannels_areRefused() {
    assertRefused(
        TestModels.nearest(4, 2),
        "test.onnx: input \"input\" must have 1 or 3 channels, but is [1, 4, ?, ?] (N, C, H, W)");
  }

  @Test
  void twoInputs_areRefused() {
    assertRefused(
        new OnnxFile()
            .input("image", FLOAT32, 1, 3, "height", "width")
            .input("noise", FLOAT32, 1, 3, "height", "width")
            .output("output", FLOAT32, 1, 3, "height", "width")
            .node("Add", List.of("image", "noise"), "output", Map.of()),
        "test.onnx: must have one input, but has 2: image, noise");
  }

  @Test
  void outputOfAnotherAspect_isRefused() {
    assertRefused(
        new OnnxFile()
            .input("input", FLOAT32, 1, 3, "height", "width")
            .output("output", FLOAT32, 1, 3, "width", "height")
            .node("Transpose", List.of("input"), "output", Map.of("perm", new int[] {0, 1, 3, 2})),
        "test.onnx: is no super-resolution network: [1, 3, 17, 23] (N, C, H, W) must become [1, 3,"
            + " s*17, s*23] with a whole s, or lack the same even number of rows and columns, but"
            + " became [1, 3, 23, 17]");
  }

  /** Found by fuzzing: 64 times the least block, 116 times as wide, is a gigabyte. */
  @Test
  void probe_ofALargeAlignment_isOfASmallBlock() {
    assertRefused(
        twiceAsHigh(116).metadata("alignment=64"),
        "test.onnx: is no super-resolution network: [1, 1, 192, 320] (N, C, H, W) must become [1,"
            + " 1, s*192, s*320] with a whole s, or lack the same even number of rows and columns,"
            + " but became [1, 1, 384, 37120]");
  }

  /** Found by fuzzing: the last of the runs, on 320x192, would take 2.5 GB. */
  @Test
  void outputThousandsOfTimesAsWide_isRefused_afterOneRun() {
    assertRefused(
        twiceAsHigh(5_000),
        "test.onnx: is no super-resolution network: [1, 1, 17, 23] (N, C, H, W) must become [1, 1,"
            + " s*17, s*23] with a whole s, or lack the same even number of rows and columns, but"
            + " became [1, 1, 34, 115000]");
  }

  private static OnnxFile twiceAsHigh(float timesAsWide) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "large_height", "large_width")
        .weights("scales", new float[] {1, 1, 2, timesAsWide}, 4)
        .node("Resize", List.of("input", "", "scales"), "output", Map.of("mode", "nearest"));
  }

  @Test
  void file_isOpened(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("nearest.onnx");
    Files.write(file, TestModels.nearest(1, 2).bytes());

    try (BlockUpscaler network = open(Model.file(file))) {
      assertThat(network.info().name()).isEqualTo(file.toString());
      assertThat(network.info().scale()).isEqualTo(2);
    }
  }

  @Test
  void missingFile_isRefusedByName(@TempDir Path directory) {
    Path file = directory.resolve("absent.onnx");

    assertThatThrownBy(() -> open(Model.file(file)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": no such file");
  }

  @Test
  void folder_isRefusedByName(@TempDir Path directory) {
    assertThatThrownBy(() -> open(Model.file(directory)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(directory + ": is not a regular file");
  }

  @Test
  void emptyFile_isRefusedByName(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("empty.onnx"));

    assertThatThrownBy(() -> open(Model.file(file)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": is empty");
    assertThatThrownBy(() -> open(Model.bytes("empty.onnx", new byte[0])))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage("empty.onnx: is empty");
  }

  @Test
  void damagedFile_isRefusedByName(@TempDir Path directory) throws IOException {
    byte[] whole = TestModels.convolutions(1, 2, 8, 3, 1).bytes();
    Path file = directory.resolve("damaged.onnx");
    for (byte[] content :
        List.of(
            Arrays.copyOf(whole, whole.length / 2), "a text file, not a model".getBytes(UTF_8))) {
      Files.write(file, content);

      assertThatThrownBy(() -> open(Model.file(file)))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(file + ": is damaged or not an ONNX model: ")
          .hasMessageNotContaining("\n");
    }
  }
}
