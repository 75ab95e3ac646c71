// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class QuantizerTest {

  private static final Map<String, ?> CONVOLUTION =
      Map.of("kernel_shape", new int[] {3, 3}, "pads", new int[] {1, 1, 1, 1});

  @Test
  void quantizedNetwork_isCloseToTheNetwork() {
    OnnxFile file = TestModels.convolutions(1, 2, 16, 6, 7);

    assertThat(relativeError(file, 1)).isPositive().isLessThan(0.03);
  }

  @Test
  void firstAndLastConvolution_stayInFloat_withoutTheWeightsOfTheOthers() {
    byte[] quantized = quantized(TestModels.convolutions(1, 2, 16, 6, 7), 1);
    OnnxGraph graph = OnnxGraph.parse("quantized", quantized);

    assertThat(operators(graph))
        .containsExactly(
            "Conv",
            "Relu",
            "QuantizeLinear",
            "QLinearConv",
            "QLinearConv",
            "QLinearConv",
            "QLinearConv",
            "DequantizeLinear",
            "Conv",
            "DepthToSpace");
    assertThat(graph.tensors()).containsKeys("w1", "w6").doesNotContainKeys("w2", "b2", "w5");
    assertThat(quantized.length).isLessThan(TestModels.convolutions(1, 2, 16, 6, 7).bytes().length);
  }

  @Test
  void tiles_equalTheWhole() {
    Model model = Model.bytes("q.onnx", quantized(TestModels.convolutions(1, 2, 16, 6, 7), 1));
    BufferedImage image =
        AwtImages.toBuffered(
            TestImages.gradient(1, 70, 50),
            null,
            new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY));

    try (Upscaler whole = Upscaler.builder().model(model).build();
        Upscaler tiled = Upscaler.builder().model(model).tileSize(16).build()) {
      assertThat(AwtImages.toFloat(tiled.upscale(image)).samples())
          .isEqualTo(AwtImages.toFloat(whole.upscale(image)).samples());
    }
  }

  @Test
  void outputsOfAnySize_haveStepsOfTheirOwn() {
    float[] uneven = random(16 * 16 * 9, 0.1);
    float[] back = random(16 * 9, 0.1);
    for (int output = 8; output < 16; output++) {
      for (int i = 0; i < 16 * 9; i++) {
        uneven[output * 16 * 9 + i] /= 10_000;
      }
      for (int i = 0; i < 9; i++) {
        back[output * 9 + i] *= 10_000;
      }
    }
    OnnxFile file = gray();
    file.weights("w1", random(16 * 9, 0.3), 16, 1, 3, 3)
        .node("Conv", List.of("input", "w1"), "a", CONVOLUTION)
        .weights("w2", uneven, 16, 16, 3, 3)
        .node("Conv", List.of("a", "w2"), "b", CONVOLUTION)
        .weights("w3", back, 1, 16, 3, 3)
        .node("Conv", List.of("b", "w3"), "output", CONVOLUTION);
    // Only the activation has one step for all, which the small outputs would not outlast: so they
    // are seen in the weights.
    OnnxGraph graph = OnnxGraph.parse("quantized", quantized(file, 1));

    double[] steps =
        graph.tensors().values().stream()
            .filter(tensor -> tensor.shape().length == 1 && tensor.shape()[0] == 16)
            .filter(tensor -> !tensor.isInteger())
            .findFirst()
            .orElseThrow()
            .values();
    assertThat(Arrays.stream(steps).skip(8).max().getAsDouble())
        .isLessThan(Arrays.stream(steps).limit(8).min().getAsDouble() / 1000);
  }

  /** Two products of the largest numbers must fit where processors add them in 16 bits. */
  @Test
  void largestProducts_areNotCutOff() {
    float[] equal = new float[16 * 16 * 9];
    Arrays.fill(equal, 1f / (16 * 9));
    float[] ones = new float[16 * 9];
    for (int output = 0; output < 16; output++) {
      ones[output * 9 + 4] = 1;
    }
    float[] mean = new float[16 * 9];
    for (int input = 0; input < 16; input++) {
      mean[input * 9 + 4] = 1f / 16;
    }
    OnnxFile file = gray();
    file.weights("w1", ones, 16, 1, 3, 3)
        .node("Conv", List.of("input", "w1"), "a", CONVOLUTION)
        .weights("w2", equal, 16, 16, 3, 3)
        .node("Conv", List.of("a", "w2"), "b", CONVOLUTION)
        .weights("w3", mean, 1, 16, 3, 3)
        .node("Conv", List.of("b", "w3"), "output", CONVOLUTION);
    float[] white = new float[20 * 20];
    Arrays.fill(white, 1);

    try (BlockUpscaler network = open(quantized(file, 1))) {
      FloatImage result = network.upscale(FloatImage.wrap(1, 20, 20, white));

      assertThat(result.sample(0, 10, 10)).isCloseTo(1, within(2f / 255));
    }
  }

  @Test
  void activationsOfBothSigns_andSums_areKept() {
    OnnxFile file = gray();
    file.weights("w1", random(16 * 9, 0.3), 16, 1, 3, 3)
        .node("Conv", List.of("input", "w1"), "a", CONVOLUTION)
        .weights("slope", random(16, 0.3), 16, 1, 1)
        .node("PRelu", List.of("a", "slope"), "p", Map.of())
        .weights("w2", random(16 * 16 * 9, 0.1), 16, 16, 3, 3)
        .node("Conv", List.of("p", "w2"), "b", CONVOLUTION)
        .node("Add", List.of("p", "b"), "sum", Map.of())
        .weights("w3", random(16 * 16 * 9, 0.1), 16, 16, 3, 3)
        .node("Conv", List.of("sum", "w3"), "c", CONVOLUTION)
        .node("Relu", List.of("c"), "r", Map.of())
        .node("Add", List.of("r", "sum"), "s", Map.of())
        .weights("w4", random(16 * 9, 0.1), 1, 16, 3, 3)
        .node("Conv", List.of("s", "w4"), "output", CONVOLUTION);

    assertThat(relativeError(file, 1)).isPositive().isLessThan(0.05);
    assertThat(operators(OnnxGraph.parse("quantized", quantized(file, 1))))
        .containsSubsequence("PRelu", "QLinearConv", "Add", "QLinearConv", "Add", "Conv");
  }

  @Test
  void groupsOfChannels_areQuantized() {
    OnnxFile file = gray();
    file.weights("w1", random(16 * 9, 0.3), 16, 1, 3, 3)
        .node("Conv", List.of("input", "w1"), "a", CONVOLUTION)
        .weights("w2", random(16 * 4 * 9, 0.2), 16, 4, 3, 3)
        .weights("b2", random(16, 0.1), 16)
        .node(
            "Conv",
            List.of("a", "w2", "b2"),
            "b",
            Map.of("kernel_shape", new int[] {3, 3}, "pads", new int[] {1, 1, 1, 1}, "group", 4))
        .weights("w3", random(16 * 9, 0.1), 1, 16, 3, 3)
        .node("Conv", List.of("b", "w3"), "output", CONVOLUTION);

    assertThat(relativeError(file, 1)).isPositive().isLessThan(0.05);
  }

  @Test
  void whatIsDeclared_andWhatWasDone_isInTheFile() {
    OnnxFile file = TestModels.convolutions(3, 1, 16, 4, 7);
    Model declared =
        Model.bytes("test.onnx", file.metadata("dataset=none").bytes())
            .declared(
                Model.Declaration.none()
                    .scale(1)
                    .preupscale(Model.Declaration.Preupscale.NONE)
                    .color(Model.Declaration.Color.BGR));

    byte[] quantized = Quantizer.quantized(declared, blocks(3));

    try (BlockUpscaler network = open(quantized)) {
      assertThat(network.info().properties().get("color").value()).isEqualTo("bgr");
      assertThat(network.info().provenance())
          .containsEntry("dataset", "none")
          .containsEntry("quantization", "int8, 2 convolutions, calibrated on 4 blocks");
    }
  }

  @Test
  void sameBlocks_giveTheSameFile() {
    OnnxFile file = TestModels.convolutions(1, 2, 16, 4, 7);

    assertThat(quantized(file, 1)).isEqualTo(quantized(file, 1));
  }

  @Test
  void networkWithoutInnerConvolutions_isRefused() {
    assertThatThrownBy(() -> quantized(TestModels.convolutions(1, 2, 16, 2, 7), 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "test.onnx: has no convolution in float32 between two others, which is what becomes 8"
                + " bits");
  }

  @Test
  void opsetWithoutTheOperators_isRefused() {
    OnnxFile file =
        new OnnxFile(9)
            .metadata("range=1", "scale=1", "preupscale=none")
            .input("input", FLOAT32, 1, 1, "h", "w")
            .output("output", FLOAT32, 1, 1, "h", "w")
            .weights("w", random(9, 1), 1, 1, 3, 3)
            .node("Conv", List.of("input", "w"), "output", CONVOLUTION);

    assertThatThrownBy(() -> quantized(file, 1))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "test.onnx: must be of opset 10 or newer to be quantized, but is of 9; export it anew");
  }

  private static OnnxFile gray() {
    return new OnnxFile()
        .metadata("range=1", "scale=1", "preupscale=none")
        .input("input", FLOAT32, 1, 1, "h", "w")
        .output("output", FLOAT32, 1, 1, "h", "w");
  }

  private static List<FloatImage> blocks(int channels) {
    List<FloatImage> blocks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      blocks.add(TestImages.noise(channels, 32, 24, i));
    }
    float[] white = new float[channels * 32 * 24];
    Arrays.fill(white, 1);
    blocks.set(3, FloatImage.wrap(channels, 32, 24, white));
    return blocks;
  }

  private static byte[] quantized(OnnxFile file, int channels) {
    return Quantizer.quantized(TestModels.model(file), blocks(channels));
  }

  private static BlockUpscaler open(byte[] content) {
    return new OnnxUpscalerProvider().open(Model.bytes("q.onnx", content), Device.cpu(), 1);
  }

  /** Returns the root mean square of the difference relative to that of the values. */
  private static double relativeError(OnnxFile file, int channels) {
    FloatImage block = TestImages.noise(channels, 24, 20, 11);
    try (BlockUpscaler network = open(file.bytes());
        BlockUpscaler quantized = open(quantized(file, channels))) {
      float[] expected = network.upscale(block).samples();
      float[] actual = quantized.upscale(block).samples();
      double error = 0;
      double power = 0;
      for (int i = 0; i < expected.length; i++) {
        error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        power += expected[i] * expected[i];
      }
      return Math.sqrt(error / power);
    }
  }

  private static List<String> operators(OnnxGraph graph) {
    return graph.nodes().stream().map(OnnxGraph.Node::operator).toList();
  }

  private static float[] random(int count, double size) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * size);
    }
    return values;
  }
}
