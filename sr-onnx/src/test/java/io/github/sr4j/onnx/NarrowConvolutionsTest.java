// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT16;
import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.common.primitives.Floats;
import com.google.common.primitives.Longs;
import io.github.sr4j.Device;
import io.github.sr4j.onnx.analysis.NarrowConvolutions;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NarrowConvolutionsTest {

  private static final int[] PADS_OF_3 = {1, 1, 1, 1};
  private static final int[] PADS_OF_5 = {2, 2, 2, 2};

  @ParameterizedTest(name = "{0} channels of {1}, kernel {2}x{3}, pads {4} and {5}, {6}x{7}")
  @CsvSource({
    "1, 32, 5, 5, 2, 2, 37, 29",
    "1, 32, 5, 5, 0, 0, 38, 31",
    "1, 32, 5, 5, 1, 3, 40, 32",
    "1, 64, 3, 3, 1, 1, 5, 1",
    "1, 64, 3, 5, 1, 1, 18, 7",
    "3, 64, 3, 3, 1, 1, 37, 29",
    "3, 64, 9, 9, 4, 4, 22, 20",
    "2, 32, 5, 5, 2, 2, 9, 11"
  })
  void rewritten_isTheSameFunction_toTheBit(
      int outputs,
      int features,
      int height,
      int width,
      int before,
      int after,
      int imageWidth,
      int imageHeight)
      throws OrtException {
    int[] pads = {before, before, after, after};
    OnnxFile file = network(13, outputs, features, height, width, true, Map.of("pads", pads));
    byte[] original = file.bytes();
    OnnxGraph graph = OnnxGraph.parse("test", original);
    assertThat(NarrowConvolutions.areIn(graph)).isTrue();

    byte[] rewritten = NarrowConvolutions.rewritten(original, graph);

    assertThat(operators(rewritten))
        .containsExactly("Conv", "Relu", "Conv", "DepthToSpace", "Shape", "Slice", "Add", "Slice");
    Result expected = run(original, imageWidth, imageHeight);
    Result actual = run(rewritten, imageWidth, imageHeight);
    assertThat(actual.shape).isEqualTo(expected.shape);
    assertThat(actual.samples).isEqualTo(expected.samples);
  }

  @Test
  void convolutionWithoutBias_isRewritten() throws OrtException {
    byte[] original = network(13, 1, 32, 5, 5, false, Map.of()).bytes();

    byte[] rewritten = NarrowConvolutions.rewritten(original, OnnxGraph.parse("test", original));

    assertThat(operators(rewritten)).contains("DepthToSpace");
    assertThat(run(rewritten, 21, 18).samples).isEqualTo(run(original, 21, 18).samples);
  }

  @Test
  void othersAreLeftAlone() {
    assertThat(areIn(network(10, 1, 32, 5, 5, true, Map.of()))).isFalse(); // opset
    assertThat(areIn(network(13, 5, 32, 5, 5, true, Map.of()))).isFalse(); // channels
    assertThat(areIn(network(13, 4, 32, 3, 3, true, Map.of()))).isFalse(); // saves little
    assertThat(areIn(network(13, 1, 32, 5, 5, true, Map.of("strides", new int[] {2, 1}))))
        .isFalse();
    assertThat(areIn(network(13, 1, 32, 5, 5, true, Map.of("dilations", new int[] {1, 2}))))
        .isFalse();
    assertThat(areIn(network(13, 1, 32, 5, 5, true, Map.of("auto_pad", "SAME_UPPER")))).isFalse();
    assertThat(areIn(network(13, 1, 32, 5, 5, true, Map.of("group", 2)))).isFalse();
    assertThat(areIn(network(13, 1, 40, 5, 5, true, Map.of()))).isFalse(); // sums in other order
    assertThat(areIn(network(13, 1, 32, 5, 5, true, Map.of()))).isTrue();
  }

  /** ONNX Runtime multiplies what follows into the weights, which it rounds, if it can. */
  @ParameterizedTest
  @CsvSource({"Mul, false", "Add, false", "BatchNormalization, false", "Max, true"})
  void convolutionsBeforeConstants_areLeftAlone(String operator, boolean isRewritten)
      throws OrtException {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .weights("w1", noise(64 * 9), 64, 1, 3, 3)
            .weights("w2", noise(64 * 25), 1, 64, 5, 5)
            .weights("half", new float[] {0.3f}, 1)
            .node("Conv", List.of("input", "w1"), "features", Map.of("pads", PADS_OF_3))
            .node("Conv", List.of("features", "w2"), "conv", Map.of("pads", PADS_OF_5))
            .node("Identity", List.of("conv"), "same", Map.of());
    List<String> constants =
        operator.equals("BatchNormalization")
            ? List.of("half", "half", "half", "half")
            : List.of("half");
    List<String> inputs = new ArrayList<>(List.of("same"));
    inputs.addAll(constants);
    byte[] original = file.node(operator, inputs, "output", Map.of()).bytes();
    OnnxGraph graph = OnnxGraph.parse("test", original);

    byte[] rewritten = NarrowConvolutions.rewritten(original, graph);

    assertThat(NarrowConvolutions.areIn(graph)).isEqualTo(isRewritten);
    assertThat(operators(rewritten).contains("DepthToSpace")).isEqualTo(isRewritten);
    assertThat(run(rewritten, 37, 29).samples).isEqualTo(run(original, 37, 29).samples);
  }

  /** The residual of most networks, which is no constant. */
  @Test
  void convolutionBeforeASum_isTheSameFunction_toTheBit() throws OrtException {
    byte[] original =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .weights("w1", noise(64 * 9), 64, 1, 3, 3)
            .weights("w2", noise(64 * 9), 1, 64, 3, 3)
            .node("Conv", List.of("input", "w1"), "features", Map.of("pads", PADS_OF_3))
            .node("Conv", List.of("features", "w2"), "conv", Map.of("pads", PADS_OF_3))
            .node("Add", List.of("conv", "input"), "output", Map.of())
            .bytes();

    byte[] rewritten = NarrowConvolutions.rewritten(original, OnnxGraph.parse("test", original));

    assertThat(operators(rewritten)).contains("DepthToSpace");
    assertThat(run(rewritten, 37, 29).samples).isEqualTo(run(original, 37, 29).samples);
  }

  /** A small file could ask for any memory otherwise. */
  @Test
  void convolutionsOfTheSameWeights_areRewrittenUpToALimit() {
    OnnxFile file = new OnnxFile().weights("w", new float[16000 * 9], 1, 16000, 3, 3);
    for (int i = 0; i < 100; i++) {
      file.node("Conv", List.of("input" + i, "w"), "output" + i, Map.of());
    }
    byte[] original = file.bytes();

    byte[] rewritten = NarrowConvolutions.rewritten(original, OnnxGraph.parse("test", original));

    assertThat(operators(rewritten)).containsOnlyOnce("DepthToSpace");
  }

  @Test
  void damagedConvolutions_areLeftAlone_forOnnxRuntimeToRefuse() {
    int[] kernel = {5, 5};
    assertThat(areIn(damaged(Map.of("kernel_shape", new int[] {3, 3}), 1, 32, 5, 5))).isFalse();
    assertThat(areIn(damaged(Map.of("pads", new int[] {1, 1}), 1, 32, 5, 5))).isFalse();
    assertThat(areIn(damaged(Map.of(), 1, Integer.MAX_VALUE, 5, 5))).isFalse();
    assertThat(areIn(damaged(Map.of(), 0, 32, 5, 5))).isTrue();

    for (int[] shape : new int[][] {{1, 1024, 5, 5}, {1, 32, 5, 5}, {0, 32, 5, 5}}) {
      byte[] original = damaged(Map.of("kernel_shape", kernel), shape).bytes();
      assertThat(NarrowConvolutions.rewritten(original, OnnxGraph.parse("test", original)))
          .isEqualTo(original);
    }
  }

  /** A convolution whose weights are fewer than their shape. */
  private static OnnxFile damaged(Map<String, ?> attributes, int... shape) {
    return new OnnxFile()
        .weights("w", new float[7], shape)
        .node("Conv", List.of("input", "w"), "output", attributes);
  }

  @Test
  void weightsOfSixteenBits_areLeftAlone() {
    byte[] original =
        new OnnxFile()
            .input("input", FLOAT16, 1, 32, "height", "width")
            .output("output", FLOAT16, 1, 1, "h", "w")
            .halves("w", new float[32 * 25], 1, 32, 5, 5)
            .node("Conv", List.of("input", "w"), "output", Map.of())
            .bytes();

    byte[] rewritten = NarrowConvolutions.rewritten(original, OnnxGraph.parse("test", original));

    assertThat(rewritten).isEqualTo(original);
  }

  private static boolean areIn(OnnxFile file) {
    return NarrowConvolutions.areIn(OnnxGraph.parse("test", file.bytes()));
  }

  /** A convolution to features, a ReLU, and the one in question. */
  private static OnnxFile network(
      int opset,
      int outputs,
      int features,
      int height,
      int width,
      boolean hasBias,
      Map<String, ?> attributes) {
    Map<String, Object> all = new TreeMap<>(attributes);
    all.put("kernel_shape", new int[] {height, width});
    return new OnnxFile(opset)
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, outputs, "h", "w")
        .weights("w1", noise(features * 9), features, 1, 3, 3)
        .node("Conv", List.of("input", "w1"), "conv", Map.of("pads", new int[] {1, 1, 1, 1}))
        .node("Relu", List.of("conv"), "features", Map.of())
        .weights("w2", noise(outputs * features * height * width), outputs, features, height, width)
        .weights("b2", noise(outputs), outputs)
        .node(
            "Conv",
            hasBias ? List.of("features", "w2", "b2") : List.of("features", "w2"),
            "output",
            all);
  }

  private static float[] noise(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static List<String> operators(byte[] model) {
    return OnnxGraph.parse("test", model).nodes().stream().map(Node::operator).toList();
  }

  private record Result(List<Long> shape, List<Float> samples) {}

  private static Result run(byte[] model, int width, int height) throws OrtException {
    try (SessionOptions options = OnnxRuntime.options(Device.cpu(), 2);
        OrtSession session = OnnxRuntime.environment().createSession(model, options);
        OnnxTensor input =
            OnnxTensor.createTensor(
                OnnxRuntime.environment(),
                FloatBuffer.wrap(noise(height * width)),
                new long[] {1, 1, height, width});
        OrtSession.Result result = session.run(Map.of("input", input))) {
      OnnxTensor output = (OnnxTensor) result.get(0);
      return new Result(
          Longs.asList(output.getInfo().getShape()),
          Floats.asList(output.getFloatBuffer().array()));
    }
  }
}
