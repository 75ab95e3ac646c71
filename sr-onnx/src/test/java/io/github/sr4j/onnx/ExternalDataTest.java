// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExternalDataTest {

  @TempDir Path directory;
  private Path folder;

  @BeforeEach
  void writeWeights() throws IOException {
    folder = Files.createDirectories(directory.resolve("models"));
    Files.createDirectories(folder.resolve("weights"));
    byte[] two =
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(2).array();
    Files.write(folder.resolve("beside.bin"), two);
    Files.write(folder.resolve("weights/below.bin"), two);
    Files.write(directory.resolve("elsewhere.bin"), two);
  }

  private static OnnxFile doubling(String location) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "height", "width")
        .externalWeights("weight", location, 1, 1, 1, 1)
        .node("Conv", List.of("input", "weight"), "output", Map.of())
        .metadata("scale=1", "preupscale=none", "range=1");
  }

  private BlockUpscaler open(String location) throws IOException {
    Path file = Files.write(folder.resolve("model.onnx"), doubling(location).bytes());
    return OnnxModelReader.open(Model.file(file), Device.cpu(), 1);
  }

  private void assertRefused(String location, String rule) {
    assertThatThrownBy(() -> open(location))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "%s: weights in another file %s, but that file is \"%s\"",
            folder.resolve("model.onnx"), rule, location);
  }

  @ParameterizedTest
  @ValueSource(strings = {"beside.bin", "weights/below.bin"})
  void weightsInTheModelsFolder_areRead(String location) throws IOException {
    try (BlockUpscaler network = open(location)) {
      assertThat(network.upscale(FloatImage.wrap(1, 1, 1, new float[] {0.25f})).samples())
          .containsExactly(0.5f);
    }
  }

  @Test
  void weightsElsewhere_areRefused() throws IOException {
    assertRefused(
        directory.resolve("elsewhere.bin").toString(),
        "must be named relative to the model's folder");
    assertRefused("../elsewhere.bin", "must lie in the model's folder");
    assertRefused("weights/../../elsewhere.bin", "must lie in the model's folder");
    assertRefused("absent.bin", "must be a file, but there is none");
    assertRefused("weights", "must be a file, but there is none");
    assertRefused("*/_ORT_MEM_ADDR_/*", "must be a file, but there is none");
  }

  @Test
  void linkToElsewhere_isRefused() throws IOException {
    try {
      Files.createSymbolicLink(folder.resolve("link.bin"), directory.resolve("elsewhere.bin"));
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "this file system has no symbolic links: " + e);
    }
    assertRefused("link.bin", "must lie in the model's folder, but is a link elsewhere");
  }

  @Test
  void bytesWithWeightsElsewhere_areRefused() {
    assertThatThrownBy(
            () -> OnnxModelReader.open(TestModels.model(doubling("beside.bin")), Device.cpu(), 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(
            "test.onnx: weights in another file must be inside the model, which is bytes and has"
                + " no folder");
  }
}
