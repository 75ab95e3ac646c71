// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Model.Declaration.Layout;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.onnx.graph.OnnxGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GraphHintsTest {

  private static OnnxFile file() {
    return new OnnxFile()
        .input("input", FLOAT32, 1, "channels", "height", "width")
        .output("output", FLOAT32, 1, "channels", "height", "width")
        .weights("weight", new float[8 * 3], 8, 3, 1, 1)
        .weights("half", new float[] {0.5f}, 1)
        .integers("pads", 0, 0, 1, 1, 0, 0, 1, 1)
        .integers("axes", 0);
  }

  private static OnnxGraph graph(OnnxFile file) {
    return OnnxGraph.parse("test.onnx", file.bytes());
  }

  /** Functions of elements and padding leave rows, columns and channels what they are. */
  @ParameterizedTest
  @ValueSource(strings = {"Sub", "Pow", "Relu", "Cast", "Where", "Pad"})
  void channels_areSeenBehindWhatKeepsTheLayout(String operator) {
    OnnxGraph graph =
        graph(
            file()
                .node(operator, List.of("input", parameter(operator)), "prepared", Map.of())
                .node("Conv", List.of("prepared", "weight"), "output", Map.of()));

    assertThat(GraphHints.input(graph, "input")).hasValue(new GraphHints.Input(Layout.NCHW, 3));
  }

  private static String parameter(String operator) {
    return operator.equals("Pad") ? "pads" : "half";
  }

  /** An operator that moves channels to another axis tells nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"DepthToSpace", "Reshape", "Concat", "Whirl"})
  void channels_areNotSeenBehindOthers(String operator) {
    OnnxGraph graph =
        graph(
            file()
                .node(operator, List.of("input", "pads"), "prepared", Map.of())
                .node("Conv", List.of("prepared", "weight"), "output", Map.of()));

    assertThat(GraphHints.input(graph, "input")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"DepthToSpace", "SpaceToDepth", "Transpose", "Flatten", "Unsqueeze"})
  void range_isSeenBeforeWhatKeepsSamples(String operator) {
    OnnxGraph graph =
        graph(
            file()
                .node("Sigmoid", List.of("input"), "limited", Map.of())
                .node(operator, List.of("limited"), "output", Map.of()));

    assertThat(GraphHints.rangeOfOutput(graph, "output")).hasValue(Range.ONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mul", "DequantizeLinear", "Relu", "Resize"})
  void range_isNotSeenBeforeWhatChangesSamples(String operator) {
    OnnxGraph graph =
        graph(
            file()
                .node("Sigmoid", List.of("input"), "limited", Map.of())
                .node(operator, List.of("limited", "half"), "output", Map.of()));

    assertThat(GraphHints.rangeOfOutput(graph, "output")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"})
  void operatorsOf8Bits_areInt8(String operator) {
    assertThat(
            GraphHints.isInt8(
                graph(file().node(operator, List.of("input", "weight"), "output", Map.of()))))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Conv", "ConvTranspose", "MatMul", "Gemm"})
  void floatOperators_areInt8_ifActivationAndWeightsWere(String operator) {
    assertThat(GraphHints.isInt8(dequantized(operator, "activation", "weights"))).isTrue();
    assertThat(GraphHints.isInt8(dequantized(operator, "input", "weights")))
        .as("weights that are merely stored in 8 bits")
        .isFalse();
    assertThat(GraphHints.isInt8(dequantized(operator, "activation", "weight")))
        .as("samples that are merely given in 8 bits")
        .isFalse();
    assertThat(GraphHints.isInt8(dequantized("Add", "activation", "weights"))).isFalse();
  }

  private static OnnxGraph dequantized(String operator, String activation, String weights) {
    return graph(
        file()
            .node("DequantizeLinear", List.of("input", "half"), "activation", Map.of())
            .node("DequantizeLinear", List.of("weight", "half"), "weights", Map.of())
            .node(operator, List.of(activation, weights), "output", Map.of()));
  }
}
