// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.graph;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.OnnxFile;
import io.github.sr4j.onnx.TestModels;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OnnxGraphTest {

  private static byte[] model() {
    return new OnnxFile(11)
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "height", "width")
        .weights("small", new float[] {0.5f, -2}, 2)
        .weights("large", new float[5000], 5, 1000)
        .integers("list", 1, -1, 300)
        .externalWeights("far", "weights.bin", 7)
        .constant("made", 4, 5)
        .node(
            "Conv",
            List.of("input", "large", ""),
            "output",
            Map.of("group", 3, "auto_pad", "VALID", "alpha", 0.25f, "pads", new int[] {1, -2}))
        .bytes();
  }

  @Test
  void graph_isRead() {
    OnnxGraph graph = OnnxGraph.parse("test.onnx", model());

    assertThat(graph.opset()).isEqualTo(11);
    OnnxGraph.Node node = graph.nodes().get(1);
    assertThat(node.operator()).isEqualTo("Conv");
    assertThat(node.label()).isEqualTo("Conv output");
    assertThat(node.inputs()).containsExactly("input", "large", "");
    assertThat(node.outputs()).containsExactly("output");
    assertThat(node.integer("group", 1)).isEqualTo(3);
    assertThat(node.integer("absent", 9)).isEqualTo(9);
    assertThat(node.text("auto_pad", "NOTSET")).isEqualTo("VALID");
    assertThat(node.integers("pads")).containsExactly(1, -2);
    assertThat(node.attributes().get("alpha").number()).hasValue(0.25);
    assertThat(graph.nodes().get(0).attributes().get("value").tensor().values())
        .containsExactly(4, 5);
    assertThat(graph.externalFiles()).containsExactly("weights.bin");
  }

  @Test
  void valuesOfSmallTensors_areKept_andThoseOfLargeOnesAreNot() {
    Map<String, OnnxGraph.Tensor> tensors = OnnxGraph.parse("test.onnx", model()).tensors();

    assertThat(tensors.get("small").values()).containsExactly(0.5, -2);
    assertThat(tensors.get("list").values()).containsExactly(1, -1, 300);
    assertThat(tensors.get("list").isInteger()).isTrue();
    assertThat(tensors.get("large").shape()).containsExactly(5, 1000);
    assertThat(tensors.get("large").hasValues()).isFalse();
    assertThat(tensors.get("far").hasValues()).isFalse();
  }

  @Test
  void everyTruncation_isRefused_orReadAsAFileThatEndsThere() {
    byte[] whole = model();
    for (int length = 0; length < whole.length; length++) {
      parseOrRefuse(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void everyDamagedByte_isRefused_orReadAsSomethingElse() {
    byte[] whole = TestModels.convolutions(1, 2, 2, 2, 1).bytes();
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = whole.clone();
      for (int count = random.nextInt(4); count >= 0; count--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      parseOrRefuse(damaged);
    }
  }

  private static void parseOrRefuse(byte[] content) {
    try {
      OnnxGraph graph = OnnxGraph.parse("test.onnx", content);
      ReceptiveField.find(
          graph, new ReceptiveField.Input("input", 1, 1, 24, 24, false), "output", 1);
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageStartingWith("test.onnx: ");
    }
  }

  @Test
  void lengthBeyondTheEnd_isRefused_beforeAnythingIsAllocated() {
    // Field 7, the graph, of 2^62 bytes.
    byte[] content = {0x3a, -1, -1, -1, -1, -1, -1, -1, -1, 0x3f};

    assertThatThrownBy(() -> OnnxGraph.parse("test.onnx", content))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "test.onnx: is damaged or not an ONNX model: field 7 is 4611686018427387903 bytes long"
                + " where 0 are left, before byte 10");
  }

  @Test
  void deepNesting_isRefused() {
    byte[] content = {};
    for (int i = 0; i < 40; i++) {
      // A graph in an attribute of a node of a graph.
      content = field(1, field(5, field(6, content)));
    }
    byte[] model = field(7, content);

    assertThatThrownBy(() -> OnnxGraph.parse("test.onnx", model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("messages are nested more than 32 deep");
  }

  @Test
  void endlessGraph_isRefused() {
    byte[] node = {0x0a, 0}; // a node, empty
    ByteArrayOutputStream nodes = new ByteArrayOutputStream();
    for (int i = 0; i < 300_000; i++) {
      nodes.writeBytes(node);
    }
    byte[] model = field(7, nodes.toByteArray());

    assertThatThrownBy(() -> OnnxGraph.parse("test.onnx", model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "test.onnx: is too complex: its graph has more than 2000000 names, numbers and nodes");
  }

  @Test
  void textFile_isRefused() {
    assertThatThrownBy(() -> OnnxGraph.parse("test.onnx", "not a model".getBytes(UTF_8)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("test.onnx: is damaged or not an ONNX model: ");
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3 | 2);
    int rest = content.length;
    while (rest > 127) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
    out.writeBytes(content);
    return out.toByteArray();
  }
}
