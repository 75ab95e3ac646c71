// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import io.github.sr4j.onnx.analysis.GraphCost;
import io.github.sr4j.onnx.graph.OnnxGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GraphCostTest {

  private static OnnxFile file() {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 4, "height", "width")
        .output("output", FLOAT32, 1, 4, "height", "width");
  }

  private static GraphCost cost(OnnxFile file) {
    return GraphCost.of(OnnxGraph.parse("test.onnx", file.bytes()), "input");
  }

  @Test
  void model_tellsItsParameters_andItsWorkFor1280x720() {
    // 1 to 8 to 8 to 4 features, and a pixel shuffle.
    try (Upscaler upscaler =
        Upscaler.builder()
            .model(TestModels.model(TestModels.convolutions(1, 2, 8, 3, 1)))
            .device(Device.cpu())
            .build()) {
      int weights = 9 * (8 + 64 + 32);
      assertThat(upscaler.info().parameters()).hasValue(weights + 8 + 8 + 4);
      assertThat(upscaler.info().multiplyAccumulates()).hasValue(weights * 640L * 360);
    }
  }

  @Test
  void strides_groups_andTransposedConvolutions_areCountedAtTheirSize() {
    GraphCost cost =
        cost(
            file()
                .weights("grouped", new float[4 * 2 * 9], 4, 2, 3, 3)
                .weights("transposed", new float[4 * 4 * 16], 4, 4, 4, 4)
                .node(
                    "Conv",
                    List.of("input", "grouped"),
                    "half",
                    Map.of("group", 2, "strides", new int[] {2, 2}))
                .node(
                    "ConvTranspose",
                    List.of("half", "transposed"),
                    "output",
                    Map.of("strides", new int[] {2, 2})));

    assertThat(cost.parameters()).isEqualTo(72 + 256);
    assertThat(cost.perPixel()).hasValue(72 / 4.0 + 256 / 4.0);
    assertThat(cost.once()).isZero();
  }

  private static long bytesPerPixel(OnnxFile file) {
    try (BlockUpscaler network = OnnxModelReader.open(TestModels.model(file), Device.cpu(), 1)) {
      return network.info().bytesPerPixel().orElseThrow();
    }
  }

  @Test
  void memory_isThatOfTheTensorsThatAreNeededAtATime() {
    // Of the second convolution, which takes and returns 8 channels; a ReLU needs nothing.
    assertThat(bytesPerPixel(TestModels.convolutions(1, 2, 8, 3, 1))).isEqualTo(4 * (8 + 8));
    // Of the last one, whose 75 channels the pixel shuffle then takes and returns.
    assertThat(bytesPerPixel(TestModels.convolutions(3, 5, 8, 2, 1))).isEqualTo(4 * (75 + 75));
  }

  @Test
  void memory_isKnownOfNetworksThatLookAtTheWholeImage() {
    OnnxFile file =
        new OnnxFile(14)
            .metadata("range=1", "scale=1")
            .input("input", OnnxFile.FLOAT32, 1, 1, "height", "width")
            .output("output", OnnxFile.FLOAT32, 1, 1, "height", "width")
            .weights("one", new float[] {1}, 1)
            .weights("w", new float[16 * 9], 16, 1, 3, 3)
            .weights("v", new float[16 * 9], 1, 16, 3, 3)
            .node("InstanceNormalization", List.of("input", "one", "one"), "normal", Map.of())
            .node("Conv", List.of("normal", "w"), "many", Map.of("pads", new int[] {1, 1, 1, 1}))
            .node("GlobalAveragePool", List.of("many"), "mean", Map.of())
            .node("Mul", List.of("many", "mean"), "scaled", Map.of())
            .node("Conv", List.of("scaled", "v"), "output", Map.of("pads", new int[] {1, 1, 1, 1}));

    assertThat(bytesPerPixel(file)).isEqualTo(4 * (16 + 1));
  }

  @Test
  void workAfterAMeanOverTheImage_doesNotGrowWithIt() {
    GraphCost cost =
        cost(
            file()
                .weights("attention", new float[16], 4, 4, 1, 1)
                .weights("last", new float[16], 4, 4, 1, 1)
                .node("GlobalAveragePool", List.of("input"), "mean", Map.of())
                .node("Conv", List.of("mean", "attention"), "weights", Map.of())
                .node("Mul", List.of("input", "weights"), "weighted", Map.of())
                .node("Conv", List.of("weighted", "last"), "output", Map.of()));

    assertThat(cost.perPixel()).hasValue(16);
    assertThat(cost.once()).isEqualTo(16);
    assertThat(cost.multiplyAccumulates(100)).hasValue(1616);
  }

  @Test
  void sharedWeights_areCountedOnce_butWorkEachTime() {
    GraphCost cost =
        cost(
            file()
                .weights("shared", new float[16], 4, 4, 1, 1)
                .node("Conv", List.of("input", "shared"), "first", Map.of())
                .node("Conv", List.of("first", "shared"), "output", Map.of()));

    assertThat(cost.parameters()).isEqualTo(16);
    assertThat(cost.perPixel()).hasValue(32);
  }

  @Test
  void whatIsNoWeight_isNotCounted() {
    GraphCost cost =
        cost(
            file()
                .weights("half", new float[] {0.5f}, 1)
                .weights("scales", new float[] {1, 1, 2, 2}, 4)
                .weights("gain", new float[4], 4)
                .weights("statistics", new float[4], 4)
                .weights("slope", new float[4], 4, 1, 1)
                .node("Mul", List.of("input", "half"), "scaled", Map.of())
                .node("Resize", List.of("scaled", "", "scales"), "large", Map.of())
                .node(
                    "BatchNormalization",
                    List.of("large", "gain", "gain", "statistics", "statistics"),
                    "normal",
                    Map.of())
                .node("PRelu", List.of("normal", "slope"), "output", Map.of()));

    assertThat(cost.parameters()).isEqualTo(4 + 4);
    assertThat(cost.perPixel()).hasValue(0);
  }

  /** A quarter of the image is resampled to the size of the whole, which is known when it runs. */
  @Test
  void sizesOfOtherImages_areFollowed() {
    GraphCost cost =
        cost(
            file()
                .weights("weight", new float[16], 4, 4, 1, 1)
                .integers("zero", 0)
                .integers("two", 2)
                .integers("four", 4)
                .node("MaxPool", List.of("input"), "small", Map.of("strides", new int[] {2, 2}))
                .node("Shape", List.of("small"), "own", Map.of())
                .node("Shape", List.of("input"), "others", Map.of())
                .node("Slice", List.of("own", "zero", "two", "zero"), "kept", Map.of())
                .node("Slice", List.of("others", "two", "four", "zero"), "taken", Map.of())
                .node("Concat", List.of("kept", "taken"), "sizes", Map.of("axis", 0))
                .node("Resize", List.of("small", "", "", "sizes"), "large", Map.of())
                .node("Conv", List.of("large", "weight"), "output", Map.of()));

    assertThat(cost.perPixel()).hasValue(16);
  }

  @Test
  void sizesThatAreComputed_leaveTheWorkOpen() {
    GraphCost cost =
        cost(
            file()
                .weights("weight", new float[16], 4, 4, 1, 1)
                .integers("factors", 1, 1, 2, 2)
                .node("Shape", List.of("input"), "own", Map.of())
                .node("Mul", List.of("own", "factors"), "sizes", Map.of())
                .node("Resize", List.of("input", "", "", "sizes"), "large", Map.of())
                .node("Conv", List.of("large", "weight"), "output", Map.of()));

    assertThat(cost.perPixel()).isEmpty();
  }

  @Test
  void sizesThatAreNotFollowed_leaveTheWorkOpen() {
    GraphCost cost =
        cost(
            file()
                .weights("weight", new float[16], 4, 4, 1, 1)
                .integers("shape", 1, 4, -1, 7)
                .node("Reshape", List.of("input", "shape"), "other", Map.of())
                .node("Conv", List.of("other", "weight"), "output", Map.of()));

    assertThat(cost.parameters()).isEqualTo(16);
    assertThat(cost.perPixel()).isEmpty();
    assertThat(cost.multiplyAccumulates(100)).isEmpty();
  }

  /** A count without such a convolution would be too low. */
  @Test
  void convolutionWithComputedWeights_leavesTheWorkOpen() {
    GraphCost cost =
        cost(
            file()
                .weights("weight", new float[16], 4, 4, 1, 1)
                .weights("gain", new float[] {2}, 1)
                .node("Mul", List.of("weight", "gain"), "scaled", Map.of())
                .node("Conv", List.of("input", "scaled"), "output", Map.of()));

    assertThat(cost.perPixel()).isEmpty();
  }
}
