// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.graph.Printable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Impossible graphs are refused at opening, by a message that a terminal can show. */
final class GraphCheckTest {

  private static OnnxFile file() {
    return new OnnxFile()
        .metadata("range=1", "scale=1")
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "height", "width")
        .weights("w", new float[36], 4, 1, 3, 3);
  }

  private static void assertRefused(String message, OnnxFile file) {
    assertThatThrownBy(() -> OnnxModelReader.open(TestModels.model(file), Device.cpu(), 1).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
  }

  @Test
  void splitOfANegativeSize_isRefused() {
    assertRefused(
        "test.onnx: split must be within 0 to 2147483647 in Split a, but is -1",
        file()
            .integers("sizes", 5, -1)
            .node("Conv", List.of("input", "w"), "many", Map.of("pads", new int[] {1, 1, 1, 1}))
            .node("Split", List.of("many", "sizes"), List.of("a", "output"), Map.of("axis", 1)));
  }

  /** Sizes that are computed from constants are seen as well. */
  @Test
  void splitOfAComputedNegativeSize_isRefused() {
    assertRefused(
        "split must be within 0 to 2147483647 in Split a, but is -5",
        file()
            .integers("sizes", 5, -1)
            .node("Neg", List.of("sizes"), "negative", Map.of())
            .node("Split", List.of("input", "negative"), List.of("a", "output"), Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "Conv, group, 0",
    "Conv, strides, 0",
    "Conv, dilations, 0",
    "MaxPool, kernel_shape, 0",
    "DepthToSpace, blocksize, 0",
    "SpaceToDepth, blocksize, -2",
    "ConvTranspose, output_shape, -7",
    "Split, num_outputs, 0"
  })
  void impossibleAttributes_areRefused(String operator, String attribute, int value) {
    boolean isList = !List.of("group", "blocksize", "num_outputs").contains(attribute);
    Object given = isList ? new int[] {value, value} : (Object) value;

    assertRefused(
        "in " + operator + " output, but is " + value,
        file().node(operator, List.of("input", "w"), "output", Map.of(attribute, given)));
  }

  @Test
  void hugeShapes_areRefused() {
    assertRefused(
        "the shape of ConstantOfShape huge must have at most 268435456 elements, but has"
            + " 1000000000000",
        file()
            .integers("shape", 1_000_000, 1_000_000)
            .node("ConstantOfShape", List.of("shape"), "huge", Map.of())
            .node("Add", List.of("input", "huge"), "output", Map.of()));
  }

  @Test
  void tensorsThatDouble_areRefusedBeforeTheyAreMade() {
    OnnxFile file = file();
    String last = "input";
    for (int i = 0; i < 40; i++) {
      file.node("Concat", List.of(last, last), "twice" + i, Map.of("axis", 1));
      last = "twice" + i;
    }

    assertRefused(
        "its tensors must take at most 16777216 bytes for each pixel of its input, but take",
        file.node("ReduceMean", List.of(last), "output", Map.of("axes", new int[] {1})));
  }

  @Test
  void tooManyNodes_areRefused() {
    assertRefused("must have at most 50000 nodes, but has 50001", chain(50_001));
  }

  /** More nodes than networks have that were simplified, as those of exported transformers. */
  @Test
  void manyNodes_areOpened() {
    try (BlockUpscaler network =
        OnnxModelReader.open(TestModels.model(chain(12_000)), Device.cpu(), 1)) {
      assertThat(network.info().halo()).hasValue(0);
    }
  }

  private static OnnxFile chain(int nodes) {
    OnnxFile file = file();
    String last = "input";
    for (int i = 1; i <= nodes; i++) {
      String next = i == nodes ? "output" : "r" + i;
      file.node("Relu", List.of(last), next, Map.of());
      last = next;
    }
    return file;
  }

  /** ONNX Runtime would compute it when it opens the model: 8 GB of 4 KB. */
  @Test
  void constantsThatDouble_areRefusedBeforeTheyAreMade() {
    OnnxFile file = file().weights("seed", new float[1024], 1024);
    String last = "seed";
    for (int i = 0; i < 21; i++) {
      file.node("Concat", List.of(last, last), "twice" + i, Map.of("axis", 0));
      last = "twice" + i;
    }

    assertRefused(
        "the tensors that are computed from constants must have at most 268435456 elements, but"
            + " those up to Concat twice17 have 536868864",
        file.node("ReduceMean", List.of(last), "mean", Map.of("keepdims", 0))
            .node("Add", List.of("input", "mean"), "output", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Add", "MatMul", "Expand", "Tile", "Range", "Pad"})
  void constantsThatGrow_areRefusedBeforeTheyAreMade(String operator) {
    int side = 1 << 14;
    OnnxFile file =
        file()
            .weights("column", new float[side], side, 1)
            .weights("row", new float[side], 1, side)
            .integers("wide", side, side)
            .integers("times", 1, 1 << 15)
            .integers("pads", 0, 0, 0, 1 << 15)
            .integers("zero", 0)
            .integers("many", 1 << 27)
            .integers("one", 1);
    for (int i = 0; i < 20; i++) {
      List<String> inputs =
          switch (operator) {
            case "Expand" -> List.of("column", "wide");
            case "Tile" -> List.of("column", "times");
            case "Range" -> List.of("zero", "many", "one");
            case "Pad" -> List.of("column", "pads");
            default -> List.of("column", "row");
          };
      file.node(operator, inputs, "large" + i, Map.of());
    }

    assertRefused(
        "the tensors that are computed from constants must have at most",
        file.node("Relu", List.of("input"), "output", Map.of()));
  }

  /** Weights of 16 bits that are made 32 wide, and a table from which indices pick. */
  @Test
  void constantsOfNetworksInUse_areOpened() {
    OnnxFile file =
        file()
            .halves("half", new float[36], 4, 1, 3, 3)
            .weights("table", new float[961 * 6], 961, 6)
            .integers("index", new long[65_536])
            .node("Gather", List.of("table", "index"), "biases", Map.of())
            .node("ReduceMean", List.of("biases"), "bias", Map.of("keepdims", 0))
            .node("Cast", List.of("half"), "v", Map.of("to", FLOAT32))
            .node("Conv", List.of("input", "v"), "many", Map.of("pads", new int[] {1, 1, 1, 1}))
            .node("ReduceMean", List.of("many"), "one", Map.of("axes", new int[] {1}))
            .node("Add", List.of("one", "bias"), "output", Map.of());

    OnnxModelReader.open(TestModels.model(file), Device.cpu(), 1).close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -5})
  void sidesThatCannotBe_areRefused(int side) {
    assertRefused(
        "",
        new OnnxFile()
            .metadata("range=1", "scale=1")
            .input("input", FLOAT32, 1, 1, side, 8)
            .output("output", FLOAT32, 1, 1, "h", 8)
            .node("Relu", List.of("input"), "output", Map.of()));
  }

  @Test
  void outputThatIsNotWhatTheNetworkMakes_isRefused() {
    assertRefused(
        "",
        new OnnxFile()
            .metadata("range=1", "scale=2")
            .input("input", FLOAT32, 1, 1, 8, 8)
            .output("output", FLOAT32, 1, 1, 24, 24)
            .weights("scales", new float[] {1, 1, 2, 2}, 4)
            .node("Resize", List.of("input", "", "scales"), "output", Map.of("mode", "nearest")));
  }

  @Test
  void escapeSequencesInNames_areShownAsText() {
    assertRefused(
        "weights in another file must be inside the model, which is bytes and has no folder; open"
            + " its file, but that file is \"\\u001b]0;pwned\\u0007red\"",
        file()
            .externalWeights("v", "\u001b]0;pwned\u0007red", 1)
            .node("Relu", List.of("input"), "output", Map.of()));
    assertRefused(
        "\\u001b[2J",
        file().metadata("color=\u001b[2J").node("Relu", List.of("input"), "output", Map.of()));
    assertRefused(
        "Split \\u202ename",
        file()
            .integers("sizes", -1)
            .node("Split", List.of("input", "sizes"), "\u202ename", Map.of()));
  }

  @Test
  void printable_leavesWhatCanBeShown() {
    assertThat(Printable.name("conv1/weight:0 äß漢\uD83D\uDE00"))
        .isEqualTo("conv1/weight:0 äß漢\uD83D\uDE00");
    assertThat(Printable.name("\uD83D")).isEqualTo("\\ud83d");
    assertThat(Printable.name("x".repeat(1000))).hasSize(203).endsWith("...");
  }

  /** A file of the same name lies on the disk, and must not be opened instead. */
  @Test
  void fileOfAnotherFileSystem_isOpenedThere(@TempDir Path directory) throws IOException {
    Path decoy = directory.resolve("net.onnx");
    Files.write(decoy, TestModels.nearest(1, 3).bytes());
    URI archive = URI.create("jar:" + directory.resolve("models.zip").toUri());
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      Path inside = zip.getPath(decoy.toString());
      Files.createDirectories(inside.getParent());
      Files.write(inside, TestModels.nearest(1, 2).bytes());

      try (BlockUpscaler network = OnnxModelReader.open(Model.file(inside), Device.cpu(), 1)) {
        assertThat(network.info().scale()).isEqualTo(2);
      }
      Files.write(
          inside,
          file()
              .externalWeights("v", "beside.bin", 1)
              .node("Relu", List.of("input"), "output", Map.of())
              .bytes());
      assertThatThrownBy(() -> OnnxModelReader.open(Model.file(inside), Device.cpu(), 1).close())
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("is not on the disk; copy it and them into a folder");
    }
  }
}
