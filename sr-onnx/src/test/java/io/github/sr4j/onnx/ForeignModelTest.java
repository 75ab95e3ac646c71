// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT16;
import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static io.github.sr4j.onnx.OnnxFile.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Models of other programs: what they are is found out, or they are refused with what to declare.
 */
final class ForeignModelTest {

  private static final int[] TO_NCHW = {0, 3, 1, 2};
  private static final int[] TO_NHWC = {0, 2, 3, 1};

  private static BlockUpscaler open(OnnxFile file, String... declarations) {
    Model model = TestModels.model(file);
    for (String declaration : declarations) {
      int equals = declaration.indexOf('=');
      model =
          model.declared(
              model
                  .declaration()
                  .with(declaration.substring(0, equals), declaration.substring(equals + 1)));
    }
    return OnnxModelReader.open(model, Device.cpu(), 1);
  }

  private static ModelInfo info(OnnxFile file, String... declarations) {
    try (BlockUpscaler network = open(file, declarations)) {
      return network.info();
    }
  }

  private static FloatImage run(OnnxFile file, FloatImage image, String... declarations) {
    try (BlockUpscaler network = open(file, declarations)) {
      return network.upscale(image);
    }
  }

  private static void assertRefused(String message, OnnxFile file, String... declarations) {
    assertThatThrownBy(() -> open(file, declarations))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }

  /** A network that shows each channel as it is, but the first, to which it adds. */
  private static OnnxFile firstChannelPlus(float constant) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 3, "height", "width")
        .output("output", FLOAT32, 1, 3, "height", "width")
        .weights("constants", new float[] {constant, 0, 0}, 3, 1, 1)
        .node("Add", List.of("input", "constants"), "output", Map.of());
  }

  private static FloatImage pixel(float... samples) {
    return FloatImage.wrap(samples.length, 1, 1, samples);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3"})
  void channelsLast_areFound_andEqualChannelsFirst(int channels, int count) {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, "batch", "height", "width", channels)
            .output("output", FLOAT32, "batch", "large_height", "large_width", channels)
            .weights("scales", new float[] {1, 2, 2, 1}, 4)
            .node("Resize", List.of("input", "", "scales"), "output", Map.of("mode", "nearest"));
    FloatImage image = TestImages.noise(count, 9, 7, 1);

    assertThat(info(file).color()).isEqualTo(channels == 1 ? Color.LUMA : Color.RGB);
    ImageAssert.assertThat(run(file, image))
        .isCloseTo(run(TestModels.nearest(channels, 2), image), 1e-6);
  }

  @Test
  void channelsFirstIn_andLastOut_areTold() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 3, "height", "width")
            .output("output", FLOAT32, 1, "height", "width", 3)
            .node("Transpose", List.of("input"), "output", Map.of("perm", TO_NHWC));
    FloatImage image = TestImages.noise(3, 9, 7, 1);

    ImageAssert.assertThat(run(file, image, "scale=1")).isCloseTo(image, 1e-6);
  }

  @Test
  void allSidesFree_areToldByTheFirstConvolution() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, "a", "b", "c", "d")
            .output("output", FLOAT32, "e", "f", "g", "h")
            .weights("w", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3, 1, 1)
            .node("Transpose", List.of("input"), "nchw", Map.of("perm", TO_NCHW))
            .node("Conv", List.of("nchw", "w"), "conv", Map.of())
            .node("Transpose", List.of("conv"), "output", Map.of("perm", TO_NHWC));
    FloatImage image = TestImages.noise(3, 9, 7, 1);

    ImageAssert.assertThat(run(file, image, "scale=1")).isCloseTo(image, 1e-6);
    assertThat(info(file, "scale=1").color()).isEqualTo(Color.RGB);
  }

  @Test
  void channelsThatCouldBeFirstOrLast_areAsDeclared() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 3, 8, 3)
            .output("output", FLOAT32, 1, 3, 8, 3)
            .node("Relu", List.of("input"), "output", Map.of());

    assertRefused(
        "input \"input\" is [1, 3, 8, 3], which does not show where its channels are; declare"
            + " layout nchw or nhwc",
        file,
        "scale=1");
    assertThat(info(file, "scale=1", "layout=nhwc").blockHeight()).hasValue(3);
    assertThat(info(file, "scale=1", "layout=nchw").blockHeight()).hasValue(8);
  }

  @Test
  void fixedAndPartlyFixedSizes_areKnown() {
    ModelInfo fixed = info(sized(40, 24));
    assertThat(fixed.blockHeight()).hasValue(40);
    assertThat(fixed.blockWidth()).hasValue(24);
    assertThat(fixed.scale()).isEqualTo(2);
    assertThat(fixed.halo()).hasValue(0);

    ModelInfo partlyFixed = info(sized(40, "width"));
    assertThat(partlyFixed.blockHeight()).hasValue(40);
    assertThat(partlyFixed.blockWidth()).isEmpty();
  }

  @Test
  void hugeFixedSize_isRefused_beforeAnythingIsAllocated() {
    assertRefused(
        "test.onnx: input \"input\" must have at most 16777216 pixels, of which a free side counts"
            + " as 512, but is [1, 1, 100000, 100000]",
        sized(100_000, 100_000));
  }

  @Test
  void hugeBatch_isRefused_beforeAnythingIsAllocated() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1_000_000, 3, "height", "width")
            .output("output", FLOAT32, 1_000_000, 3, "height", "width")
            .node("Relu", List.of("input"), "output", Map.of());

    assertRefused(
        "test.onnx: input \"input\" must have at most 16777216 pixels, of which a free side counts"
            + " as 512, but is [1000000, 3, ?, ?]",
        file,
        "scale=1");
  }

  private static OnnxFile sized(Object height, Object width) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 1, height, width)
        .output("output", FLOAT32, 1, 1, "h", "w")
        .weights("scales", new float[] {1, 1, 2, 2}, 4)
        .node("Resize", List.of("input", "", "scales"), "output", Map.of("mode", "nearest"));
  }

  @Test
  void fixedBatch_getsCopies_ofWhichTheFirstIsTaken() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 4, 3, "height", "width")
            .output("output", FLOAT32, 4, 3, "height", "width")
            .weights("constants", new float[] {0, 1, 2, 3}, 4, 1, 1, 1)
            .node("Add", List.of("input", "constants"), "output", Map.of());
    FloatImage image = TestImages.noise(3, 9, 7, 1);

    ImageAssert.assertThat(run(file, image, "scale=1")).isCloseTo(image, 1e-6);
  }

  @Test
  void bgr_isSwappedOnTheWayInAndOut() {
    OnnxFile file = firstChannelPlus(0.5f);

    assertThat(run(file, pixel(0.1f, 0.2f, 0.3f), "scale=1", "range=1", "color=rgb").samples())
        .containsExactly(0.6f, 0.2f, 0.3f);
    assertThat(run(file, pixel(0.1f, 0.2f, 0.3f), "scale=1", "range=1", "color=bgr").samples())
        .containsExactly(0.1f, 0.2f, 0.8f);
    assertThat(info(file, "scale=1", "range=1", "color=bgr").color()).isEqualTo(Color.RGB);
  }

  @Test
  void declaredRange_isConverted() {
    OnnxFile file = firstChannelPlus(1);

    assertThat(run(file, pixel(0, 0.5f, 1), "scale=1", "range=255").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(1 / 255f, 0.5f, 1f);
    assertThat(run(file, pixel(0, 0.5f, 1), "scale=1", "range=-1..1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.5f, 0.5f, 1f);
  }

  /** Networks that limit their values limit those of white and black where these are. */
  @ParameterizedTest
  @CsvSource({"0, 1, 0.75", "0, 255, 0.75", "-1, 1, 0.75"})
  void range_isFoundByTheLastClip(float min, float max, float sample) {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .weights("least", new float[] {min})
            .weights("greatest", new float[] {max})
            .node("Clip", List.of("input", "least", "greatest"), "output", Map.of());

    assertThat(run(file, pixel(-0.5f), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0f);
    assertThat(run(file, pixel(1.5f), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(1f);
    assertThat(run(file, pixel(sample), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(sample);
  }

  @Test
  void range255_isFoundByADivision() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .weights("white", new float[] {255})
            .weights("offset", new float[] {25.5f})
            .node("Div", List.of("input", "white"), "unit", Map.of())
            .node("Mul", List.of("unit", "white"), "bytes", Map.of())
            .node("Add", List.of("bytes", "offset"), "output", Map.of());

    assertThat(run(file, pixel(0.5f), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.6f);
  }

  /** A network that returns what it is given where that is 0 to 255, and else something far off. */
  @Test
  void range255_isFoundByWhatResemblesTheInput() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .weights("floor", new float[] {20})
            .weights("offset", new float[] {2.55f})
            .node("Max", List.of("input", "floor"), "raised", Map.of())
            .node("Add", List.of("raised", "offset"), "output", Map.of());

    assertThat(run(file, pixel(0.5f), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0.51f);
  }

  /** As style networks do, which normalise away the range of what they are given. */
  @Test
  void range255_isFoundIfNothingElseGivesImages() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, 32, 32)
            .output("output", FLOAT32, 1, 1, 32, 32)
            .weights("contrast", new float[] {-40}, 1)
            .weights("middle", new float[] {127.5f}, 1)
            .node(
                "InstanceNormalization",
                List.of("input", "contrast", "middle"),
                "output",
                Map.of());
    FloatImage image = TestImages.noise(1, 32, 32, 1);

    ModelInfo info = info(file, "scale=1");
    assertThat(info.halo()).isEmpty();
    assertThat(info.globalOperator()).hasValue("InstanceNormalization output");
    for (float sample : run(file, image, "scale=1").samples()) {
      assertThat(sample).isBetween(0.2f, 0.8f);
    }
  }

  @Test
  void float16_isConverted() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT16, 1, 3, "height", "width")
            .output("output", FLOAT16, 1, 3, "height", "width")
            .node("Neg", List.of("input"), "output", Map.of());

    assertThat(run(file, pixel(0.1f, 0.5f, 1), "scale=1", "range=1").samples())
        .usingComparatorWithPrecision(1e-4f)
        .containsExactly(-0.1f, -0.5f, -1f);
  }

  @Test
  void uint8_isBytes() {
    OnnxFile file =
        new OnnxFile()
            .input("input", UINT8, 1, "height", "width", 3)
            .output("output", UINT8, 1, "height", "width", 3)
            .node("Identity", List.of("input"), "output", Map.of());

    assertThat(run(file, pixel(0, 0.5f, 2), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0f, 128 / 255f, 1f);
  }

  @Test
  void uint8In_andFloatOut_areRangesOfTheirOwn() {
    OnnxFile file =
        new OnnxFile()
            .input("input", UINT8, 1, 3, "height", "width")
            .output("output", FLOAT32, 1, 3, "height", "width")
            .weights("white", new float[] {255})
            .node("Cast", List.of("input"), "bytes", Map.of("to", FLOAT32))
            .node("Div", List.of("bytes", "white"), "output", Map.of());

    assertThat(run(file, pixel(0, 0.5f, 2), "scale=1").samples())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(0f, 128 / 255f, 1f);
    assertThat(info(file, "scale=1").properties().get("range"))
        .isEqualTo(new ModelInfo.Property("255/1", false));
    assertThat(info(file, "scale=1", "range=1").properties().get("range"))
        .isEqualTo(new ModelInfo.Property("255/1", true));
    assertRefused(
        "the declared range must be 255 for the input, which is uint8, but is 1/-1..1",
        file,
        "scale=1",
        "range=1/-1..1");
  }

  @Test
  void properties_areDeclaredOrFound() {
    ModelInfo info = info(firstChannelPlus(0), "scale=1", "color=bgr", "layout=nchw");

    assertThat(info.properties())
        .containsEntry("scale", new ModelInfo.Property("1", true))
        .containsEntry("color", new ModelInfo.Property("bgr", true))
        .containsEntry("layout", new ModelInfo.Property("nchw", true))
        .containsEntry("range", new ModelInfo.Property("1", false))
        .containsEntry("preupscale", new ModelInfo.Property("none", false))
        .containsEntry("halo", new ModelInfo.Property("0", false))
        .containsEntry("alignment", new ModelInfo.Property("1", false));
  }

  @Test
  void lostEdge_ofUnpaddedConvolutions_isFound() {
    ModelInfo info = info(unpadded(1), "scale=3", "range=1", "preupscale=bicubic");

    assertThat(info.lostEdge()).isEqualTo(2);
    assertThat(info.halo()).hasValue(2);
    assertThat(
            run(
                unpadded(1),
                TestImages.noise(1, 12, 9, 1),
                "scale=3",
                "range=1",
                "preupscale=bicubic"))
        .hasToString(TestImages.noise(1, 8, 5, 1).toString());
  }

  /** Of VDSR's depth: 20 pixels at each edge, more than the least block has. */
  @Test
  void lostEdge_widerThanTheMinBlock_isFound() {
    int depth = 20;
    OnnxFile file =
        new OnnxFile()
            .input("layer0", FLOAT32, 1, 1, "height", "width")
            .output("layer" + depth, FLOAT32, 1, 1, "h", "w")
            .weights("w", new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0}, 1, 1, 3, 3);
    for (int layer = 1; layer <= depth; layer++) {
      file.node("Conv", List.of("layer" + (layer - 1), "w"), "layer" + layer, Map.of());
    }

    assertThat(info(file, "scale=1").lostEdge()).isEqualTo(depth);
    assertThat(info(file, "scale=1").halo()).hasValue(depth);
  }

  private static OnnxFile unpadded(int channels) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, channels, "height", "width")
        .output("output", FLOAT32, 1, channels, "h", "w")
        .weights("w", new float[25], 1, 1, 5, 5)
        .node("Conv", List.of("input", "w"), "output", Map.of());
  }

  /** With an operator that ends the walk, so that sizes are found by running. */
  private static OnnxFile normalizing(String output) {
    return free().node("InstanceNormalization", List.of("input", "one", "one"), output, Map.of());
  }

  private static OnnxFile free() {
    return new OnnxFile(14)
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "h", "w")
        .weights("one", new float[] {1}, 1);
  }

  @Test
  void lostEdge_ofAnUntraceableNetwork_isFoundByRunningIt() {
    OnnxFile file =
        normalizing("normal")
            .weights("w", new float[25], 1, 1, 5, 5)
            .node("Conv", List.of("normal", "w"), "output", Map.of());

    ModelInfo info = info(file, "scale=1", "range=1");
    assertThat(info.lostEdge()).isEqualTo(2);
    assertThat(info.alignment()).isEqualTo(1);
    assertThat(info.halo()).isEmpty();
  }

  /** A network that changes nothing, of images whose sides are multiples of a number. */
  private static OnnxFile inBlocks(int side) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "height", "width")
        .node("SpaceToDepth", List.of("input"), "deep", Map.of("blocksize", side))
        .node("DepthToSpace", List.of("deep"), "output", Map.of("blocksize", side));
  }

  @Test
  void alignment_isFoundInTheGraph_orByRunning() {
    OnnxFile known = inBlocks(4);
    OnnxFile unknown =
        normalizing("normal")
            .node("SpaceToDepth", List.of("normal"), "deep", Map.of("blocksize", 4))
            .node("DepthToSpace", List.of("deep"), "output", Map.of("blocksize", 4));

    assertThat(info(known, "scale=1").alignment()).isEqualTo(4);
    assertThat(info(unknown, "scale=1", "range=1").alignment()).isEqualTo(4);
  }

  /** As exporters write it down where the axes were not said to be free. */
  @Test
  void networkOfOneSize_thatDeclaresFreeSides_isNotAskedForAnAlignment() {
    OnnxFile file =
        normalizing("normal")
            .integers("shape", 1, 1, 50, 70)
            .node("Reshape", List.of("normal", "shape"), "output", Map.of());

    assertRefused("made for one size: export it again with free sides (dynamic axes)", file);
  }

  @Test
  void alignmentThatCannotBeFound_isAskedFor() {
    OnnxFile file =
        normalizing("normal")
            .node("SpaceToDepth", List.of("normal"), "deep", Map.of("blocksize", 5))
            .node("DepthToSpace", List.of("deep"), "output", Map.of("blocksize", 5));

    assertRefused("the sides must be multiples of a number: declare alignment N", file);
    assertThat(info(file, "scale=1", "range=1", "alignment=5").alignment()).isEqualTo(5);
  }

  @Test
  void alignmentOfGraphAndDeclaration_isOfBoth_upToALimit() {
    OnnxFile file = inBlocks(6);

    assertThat(info(file, "scale=1", "alignment=4").alignment()).isEqualTo(12);
    assertRefused(
        "test.onnx: the sides of its blocks must be multiples of at most 128, but are of 750",
        file,
        "scale=1",
        "alignment=125");
  }

  @Test
  void unevenLoss_isRefused() {
    assertRefused(
        "its output lacks 4 pixels, but not as many at the left and top as at the right and bottom",
        cropped(-4),
        "scale=1");
    assertRefused("its output lacks 3 rows and columns, an odd number", cropped(-3), "scale=1");
  }

  private static OnnxFile cropped(int end) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 1, "height", "width")
        .output("output", FLOAT32, 1, 1, "h", "w")
        .integers("from", 0, 0)
        .integers("to", end, end)
        .integers("axes", 2, 3)
        .node("Slice", List.of("input", "from", "to", "axes"), "output", Map.of());
  }

  @Test
  void declarations_replaceMetadata_andAreNamedInMessages() {
    OnnxFile file = TestModels.plus(0, 1).metadata("scale=2", "preupscale=bicubic");

    assertThat(info(file).scale()).isEqualTo(2);
    assertThat(info(file, "scale=3").scale()).isEqualTo(3);
    assertRefused(
        "test.onnx: the declared color must be luma for an input of 1 channels, but is rgb",
        file,
        "color=rgb");
  }

  @Test
  void declaredHalo_countsWhereTheGraphDoesNotShowIt_andIsCheckedWhereItDoes() {
    OnnxFile far = TestModels.convolutions(1, 2, 2, 4, 1);
    assertRefused(
        "test.onnx: the declared halo must be at least 4, which is how far the network looks,"
            + " but is 3; tiles would show seams",
        far,
        "halo=3");
    assertThat(info(far, "halo=9").halo()).hasValue(4);

    OnnxFile global = normalizing("output");
    assertRefused(
        "test.onnx: the declared halo must be absent, because InstanceNormalization output looks"
            + " at the whole image, but is 3",
        global,
        "halo=3",
        "range=1",
        "scale=1");

    OnnxFile unknown = free().node("Trilu", List.of("input"), "output", Map.of());
    assertThat(info(unknown, "scale=1", "range=1").globalOperator())
        .hasValue("unknown operator Trilu, node output");
    assertThat(info(unknown, "scale=1", "range=1", "halo=3").halo()).hasValue(3);
    assertThat(info(unknown, "scale=1", "range=1", "halo=3").globalOperator()).isEmpty();
  }
}
