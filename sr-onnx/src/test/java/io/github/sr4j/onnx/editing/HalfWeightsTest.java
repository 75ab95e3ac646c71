// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.editing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.onnx.OnnxFile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HalfWeightsTest {

  private static final float[] KERNEL = {0.5f, -1.25f, 65504, 0x1p-24f}; // the extremes of 16 bits
  private static final Map<String, Integer> TO_FLOAT = Map.of("to", OnnxFile.FLOAT32);

  @Test
  void weightsOf16Bits_areThoseOf32_withoutTheirCasts() {
    byte[] stored =
        model()
            .node("Cast", List.of("stored"), "kernel", TO_FLOAT)
            .node("Conv", List.of("image", "kernel"), "output", Map.of())
            .halves("stored", KERNEL, 1, 1, 2, 2)
            .bytes();

    assertThat(HalfWeights.widened(stored))
        .isEqualTo(
            model()
                .node("Conv", List.of("image", "kernel"), "output", Map.of())
                .weights("kernel", KERNEL, 1, 1, 2, 2)
                .bytes());
  }

  @Test
  void otherFiles_areLeftAsTheyAre() {
    byte[] model =
        model()
            .node("Cast", List.of("image"), "wide", TO_FLOAT)
            .node("Conv", List.of("wide", "kernel"), "enlarged", Map.of())
            .node("Conv", List.of("narrow", "half"), "output", Map.of())
            .node("Cast", List.of("half"), "usedTwice", TO_FLOAT)
            .weights("kernel", KERNEL, 1, 1, 2, 2)
            .halves("half", KERNEL, 1, 1, 2, 2)
            .bytes();

    assertThat(HalfWeights.widened(model)).isEqualTo(model);
  }

  private static OnnxFile model() {
    return new OnnxFile()
        .input("image", OnnxFile.FLOAT32, 1, 1, "height", "width")
        .output("output", OnnxFile.FLOAT32, 1, 1, "height", "width");
  }
}
