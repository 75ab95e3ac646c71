// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.Upscaler;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The receptive field of a graph is compared with the response of the network to changes of its
 * input.
 */
final class ReceptiveFieldTest {

  private static final ReceptiveField.Input INPUT =
      new ReceptiveField.Input("input", 1, 1, 0, 0, /* isChannelsLast= */ false);

  private static ReceptiveField.Finding find(OnnxFile file) {
    return ReceptiveField.find(OnnxGraph.parse("test.onnx", file.bytes()), INPUT, "output", 1);
  }

  private static ReceptiveField field(OnnxFile file) {
    ReceptiveField.Finding finding = find(file);
    assertThat(finding.obstacle()).isEmpty();
    return finding.field().orElseThrow();
  }

  /** A network under construction: one channel in, one channel out, and between them layers. */
  private static final class Layers {
    private final OnnxFile file;
    private final Random random;
    private String last = "input";
    private int channels = 1;
    private int count;

    Layers(long seed) {
      random = new Random(seed);
      file =
          new OnnxFile()
              .input("input", FLOAT32, 1, 1, "height", "width")
              .output("output", FLOAT32, 1, 1, "large_height", "large_width");
    }

    private float[] positive(int count) {
      // All of one sign, so that no path through the network cancels another.
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = 0.1f + random.nextFloat();
      }
      return values;
    }

    Layers apply(String operator, int newChannels, Map<String, ?> attributes, String... more) {
      count++;
      List<String> inputs = new ArrayList<>(List.of(last));
      inputs.addAll(List.of(more));
      last = operator + count;
      channels = newChannels;
      file.node(operator, inputs, last, attributes);
      return this;
    }

    Layers withWeights(String name, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = i;
      }
      file.weights(name, values, count);
      return apply("Identity", channels, Map.of());
    }

    Layers withInteger(String name, long... values) {
      file.integers(name, values);
      return apply("Identity", channels, Map.of());
    }

    Layers conv(int to, int kernel, int stride, int dilation, int... pads) {
      String weights = "w" + count;
      file.weights(
          weights, positive(to * channels * kernel * kernel), to, channels, kernel, kernel);
      return apply(
          "Conv",
          to,
          Map.of(
              "strides",
              new int[] {stride, stride},
              "dilations",
              new int[] {dilation, dilation},
              "pads",
              pads.length == 4 ? pads : new int[] {pads[0], pads[0], pads[0], pads[0]}),
          weights);
    }

    Layers automatic(int to, int kernel, String pad) {
      String weights = "w" + count;
      file.weights(
          weights, positive(to * channels * kernel * kernel), to, channels, kernel, kernel);
      return apply("Conv", to, Map.of("auto_pad", pad), weights);
    }

    Layers same(int to, int kernel, int dilation) {
      return conv(to, kernel, 1, dilation, (kernel - 1) / 2 * dilation);
    }

    Layers transposed(int to, int kernel, int stride, int pad, int outputPadding) {
      String weights = "w" + count;
      file.weights(
          weights, positive(channels * to * kernel * kernel), channels, to, kernel, kernel);
      return apply(
          "ConvTranspose",
          to,
          Map.of(
              "strides",
              new int[] {stride, stride},
              "pads",
              new int[] {pad, pad, pad, pad},
              "output_padding",
              new int[] {outputPadding, outputPadding}),
          weights);
    }

    Layers shuffle(int scale, String mode) {
      return same(scale * scale, 1, 1)
          .apply("DepthToSpace", 1, Map.of("blocksize", scale, "mode", mode));
    }

    Layers resize(String mode, String transformation, float scale) {
      String scales = "scales" + count;
      file.weights(scales, new float[] {1, 1, scale, scale}, 4);
      return apply(
          "Resize",
          channels,
          Map.of("mode", mode, "coordinate_transformation_mode", transformation),
          "",
          scales);
    }

    Layers pad(String mode, long... pads) {
      file.integers("pads" + count, pads);
      return apply("Pad", channels, Map.of("mode", mode), "pads" + count);
    }

    Layers pool(String operator, int kernel, int stride, int pad) {
      return apply(
          operator,
          channels,
          Map.of(
              "kernel_shape",
              new int[] {kernel, kernel},
              "strides",
              new int[] {stride, stride},
              "pads",
              new int[] {pad, pad, pad, pad}));
    }

    Layers plus(String other) {
      return apply("Add", channels, Map.of(), other);
    }

    OnnxFile end() {
      return (channels == 1 ? this : same(1, 1, 1)).apply("Identity", 1, Map.of()).finish();
    }

    private OnnxFile finish() {
      file.node("Identity", List.of(last), "output", Map.of());
      return file;
    }
  }

  private static Layers layers() {
    return new Layers(1);
  }

  static Stream<Arguments> networks() {
    Layers skip = layers().same(2, 3, 1);
    String early = skip.last;
    skip.same(2, 5, 1).plus(early);
    Layers unet = layers().same(2, 3, 1);
    String high = unet.last;
    unet.conv(2, 2, 2, 1, 0).same(2, 3, 1).transposed(2, 2, 2, 0, 0).plus(high);
    return Stream.of(
        // name, network, scale, lost edge, halo, alignment
        Arguments.of("SRCNN", layers().same(2, 9, 1).same(2, 5, 1).same(1, 5, 1), 1, 0, 8, 1),
        Arguments.of(
            "SRCNN without padding",
            layers().conv(2, 9, 1, 1, 0).conv(2, 1, 1, 1, 0).conv(1, 5, 1, 1, 0),
            1,
            6,
            6,
            1),
        Arguments.of("dilated", layers().same(2, 3, 4).same(1, 3, 2), 1, 0, 6, 1),
        Arguments.of(
            "asymmetric padding",
            layers().conv(2, 4, 1, 1, 1, 1, 2, 2).conv(1, 4, 1, 1, 2, 2, 1, 1),
            1,
            0,
            3,
            1),
        Arguments.of(
            "automatic padding",
            layers().automatic(2, 4, "SAME_UPPER").automatic(1, 4, "SAME_LOWER"),
            1,
            0,
            3,
            1),
        Arguments.of("pixel shuffle", layers().same(2, 3, 1).shuffle(3, "CRD"), 3, 0, 1, 1),
        Arguments.of(
            "convolution behind the shuffle",
            layers().same(2, 3, 1).shuffle(2, "DCR").same(1, 3, 1),
            2,
            0,
            2,
            1),
        Arguments.of("transposed", layers().same(2, 5, 1).transposed(1, 9, 3, 4, 2), 3, 0, 4, 1),
        Arguments.of("skip", skip, 1, 0, 3, 1),
        Arguments.of("U-Net", unet, 1, 0, 4, 2),
        Arguments.of("max pooling", layers().pool("MaxPool", 3, 1, 1).same(1, 3, 1), 1, 0, 2, 1),
        Arguments.of(
            "average pooling and nearest",
            layers().pool("AveragePool", 2, 2, 0).resize("nearest", "asymmetric", 2),
            1,
            0,
            1,
            2),
        Arguments.of(
            "space to depth",
            layers()
                .apply("SpaceToDepth", 4, Map.of("blocksize", 2))
                .same(4, 3, 1)
                .apply("DepthToSpace", 1, Map.of("blocksize", 2)),
            1,
            0,
            3,
            2),
        Arguments.of(
            "nearest", layers().same(1, 3, 1).resize("nearest", "half_pixel", 2), 2, 0, 1, 1),
        Arguments.of("linear", layers().resize("linear", "half_pixel", 4), 4, 0, 1, 1),
        Arguments.of("linear, asymmetric", layers().resize("linear", "asymmetric", 2), 2, 0, 1, 1),
        Arguments.of("cubic", layers().resize("cubic", "pytorch_half_pixel", 2), 2, 0, 2, 1),
        Arguments.of(
            "halved and doubled",
            layers().resize("linear", "half_pixel", 0.5f).resize("linear", "half_pixel", 2),
            1,
            0,
            2,
            2),
        Arguments.of(
            "reflection",
            layers().pad("reflect", 0, 0, 3, 3, 0, 0, 3, 3).conv(1, 7, 1, 1, 0),
            1,
            0,
            3,
            1),
        Arguments.of(
            "repeated edge",
            layers().pad("edge", 0, 0, 1, 1, 0, 0, 1, 1).conv(1, 3, 1, 1, 0),
            1,
            0,
            1,
            1),
        Arguments.of(
            "strided by 3 and back",
            layers().conv(2, 3, 3, 1, 0).transposed(1, 3, 3, 0, 0),
            1,
            0,
            2,
            3),
        Arguments.of(
            "activations",
            layers()
                .same(1, 3, 1)
                .apply("Relu", 1, Map.of())
                .apply("LeakyRelu", 1, Map.of("alpha", 0.1f))
                .apply("Sigmoid", 1, Map.of()),
            1,
            0,
            1,
            1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void field_isThatOfTheNetwork(
      String name, Layers layers, int scale, int lostEdge, int halo, int alignment)
      throws OrtException {
    OnnxFile file = layers.end();

    ReceptiveField field = field(file);

    assertThat(field)
        .isEqualTo(
            new ReceptiveField(
                scale,
                lostEdge,
                halo,
                alignment,
                /* isCentred= */ true,
                /* isOutputChannelsLast= */ false));
    assertThat(measuredRadius(file, field)).isEqualTo(halo);
  }

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  /**
   * Random chains of what networks are made of: what is measured is never more than what is found.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void field_ofARandomNetwork_isNotExceeded(int seed) throws OrtException {
    Random random = new Random(seed);
    Layers layers = new Layers(seed);
    int scale = 1;
    for (int i = 0; i < 4; i++) {
      switch (random.nextInt(8)) {
        case 0 -> layers.same(2, 3 + 2 * random.nextInt(2), 1 + random.nextInt(2));
        case 1 -> layers.conv(2, 3, 2, 1, 1).transposed(2, 4, 2, 1, 0);
        case 2 -> {
          if (scale < 4) {
            layers.shuffle(2, random.nextBoolean() ? "CRD" : "DCR");
            scale *= 2;
          }
        }
        case 3 -> layers.pool("MaxPool", 3, 1, 1);
        case 4 -> layers.resize("linear", "half_pixel", 0.5f).resize("nearest", "asymmetric", 2);
        case 5 -> layers.pad("reflect", 0, 0, 2, 2, 0, 0, 2, 2).conv(2, 5, 1, 1, 0);
        case 6 -> {
          String before = layers.last;
          layers.same(layers.channels, 3, 1).plus(before);
        }
        default -> {
          if (scale < 4) {
            layers.resize("cubic", "half_pixel", 2);
            scale *= 2;
          }
        }
      }
    }
    OnnxFile file = layers.end();

    ReceptiveField field = field(file);

    assertThat(field.scale()).isEqualTo(scale);
    assertThat(measuredRadius(file, field)).isBetween(0, field.halo());
    assertTiledEqualsWhole(file.metadata("scale=" + scale, "preupscale=none"), seed);
  }

  private static void assertTiledEqualsWhole(OnnxFile file, int seed) {
    FloatImage image = TestImages.noise(1, 70 + seed % 7, 50 + seed % 5, seed);
    Upscaler.Builder builder =
        Upscaler.builder()
            .model(TestModels.model(file).declared(Declaration.none().range(Declaration.Range.ONE)))
            .device(Device.cpu())
            .threads(1);
    try (Upscaler whole = builder.build();
        Upscaler tiled = builder.tileSize(16).build()) {
      FloatImage expected = whole.upscale(image);
      double max = 1;
      for (float sample : expected.samples()) {
        max = Math.max(max, Math.abs(sample));
      }
      ImageAssert.assertThat(tiled.upscale(image)).isCloseTo(expected, 1e-5 * max);
    }
  }

  /**
   * Runs a network on noise, changes pixels one by one along a row, and returns how far away the
   * output changes.
   */
  private static int measuredRadius(OnnxFile file, ReceptiveField field) throws OrtException {
    int side = (4 * field.halo() + 2 * field.alignment() + 3) * field.alignment();
    Random random = new Random(7);
    float[] samples = new float[side * side];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat();
    }
    int radius = 0;
    try (SessionOptions options = OnnxRuntime.options(Device.cpu(), 1);
        OnnxSession session =
            new OnnxSession(
                "test.onnx",
                Device.cpu(),
                OnnxRuntime.environment().createSession(file.bytes(), options))) {
      OnnxSession.Format format =
          new OnnxSession.Format(
              "input",
              "output",
              OnnxJavaType.FLOAT,
              1,
              false,
              false,
              SampleRanges.of(Declaration.Range.ONE));
      float[] before = session.run(FloatImage.wrap(1, side, side, samples), format).samples;
      int width = side * field.scale() - 2 * field.lostEdge();
      int first = side / 2 / field.alignment() * field.alignment();
      for (int column = first; column < first + field.alignment(); column++) {
        float[] changed = samples.clone();
        for (int y = 0; y < side; y++) {
          changed[y * side + column] += 10;
        }
        float[] after = session.run(FloatImage.wrap(1, side, side, changed), format).samples;
        for (int i = 0; i < after.length; i++) {
          if (after[i] != before[i]) {
            int place = (i % width + field.lostEdge()) / field.scale();
            radius = Math.max(radius, Math.abs(place - column));
          }
        }
      }
    }
    return radius;
  }

  /** As exporters write it whose target has no such operator, with sizes taken from the input's. */
  @Test
  void pixelShuffleWithoutItsOperator_isRecognised() throws OrtException {
    Layers layers = layers().same(4, 3, 1);
    layers
        .file
        .node("Shape", List.of("Conv1"), "shape", Map.of())
        .constant("two", 2)
        .constant("three", 3)
        .node("Gather", List.of("shape", "two"), "height", Map.of())
        .node("Gather", List.of("shape", "three"), "width", Map.of())
        .constant("channels", 1, 1, 2, 2)
        .node("Concat", List.of("channels", "height", "width"), "six", Map.of("axis", 0))
        .node("Reshape", List.of("Conv1", "six"), "blocks", Map.of())
        .node("Transpose", List.of("blocks"), "rows", Map.of("perm", new int[] {0, 1, 4, 2, 5, 3}))
        .node("Mul", List.of("height", "two"), "doubleHeight", Map.of())
        .node("Mul", List.of("width", "two"), "doubleWidth", Map.of())
        .constant("one", 1, 1)
        .node("Concat", List.of("one", "doubleHeight", "doubleWidth"), "four", Map.of("axis", 0));
    layers.last = "rows";
    OnnxFile file = layers.apply("Reshape", 1, Map.of(), "four").same(1, 3, 1).end();

    assertThat(field(file)).isEqualTo(new ReceptiveField(2, 0, 2, 1, true, false));
    assertThat(measuredRadius(file, field(file))).isEqualTo(2);
  }

  @Test
  void channelsLast_isFollowed() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, "height", "width", 1)
            .output("output", FLOAT32, 1, "height", "width", 1)
            .weights("w", new float[25], 1, 1, 5, 5)
            .node("Transpose", List.of("input"), "nchw", Map.of("perm", new int[] {0, 3, 1, 2}))
            .node("Conv", List.of("nchw", "w"), "conv", Map.of("pads", new int[] {2, 2, 2, 2}))
            .node("Transpose", List.of("conv"), "output", Map.of("perm", new int[] {0, 2, 3, 1}));

    assertThat(
            ReceptiveField.find(
                    OnnxGraph.parse("test.onnx", file.bytes()),
                    new ReceptiveField.Input("input", 1, 1, 0, 0, /* isChannelsLast= */ true),
                    "output",
                    1)
                .field())
        .hasValue(new ReceptiveField(1, 0, 2, 1, true, /* isOutputChannelsLast= */ true));
  }

  @Test
  void channels_areSlicedSplitAndJoined() {
    Layers layers = layers().same(4, 3, 1);
    layers
        .file
        .constant("from", 1)
        .constant("to", 3)
        .constant("axis", 1)
        .node("Slice", List.of("Conv1", "from", "to", "axis"), "middle", Map.of())
        .node("Split", List.of("Conv1"), List.of("first", "second"), Map.of("axis", 1))
        .node("Concat", List.of("middle", "first", "second"), "joined", Map.of("axis", 1));
    layers.last = "joined";
    layers.channels = 6;

    assertThat(field(layers.same(1, 5, 1).end()).halo()).isEqualTo(3);
  }

  /** As networks do whose windows or strides need it, with sizes taken from the input's. */
  @ParameterizedTest
  @CsvSource({"constant", "reflect", "edge"})
  void paddingToAMultiple_isTheAlignment(String mode) {
    Layers layers = layers();
    layers
        .file
        .node("Shape", List.of("input"), "shape", Map.of())
        .constant("from", 2)
        .constant("to", 4)
        .node("Slice", List.of("shape", "from", "to"), "sides", Map.of())
        .constant("eight", 8)
        .node("Mod", List.of("sides", "eight"), "beyond", Map.of())
        .node("Sub", List.of("eight", "beyond"), "missing", Map.of())
        .node("Mod", List.of("missing", "eight"), "more", Map.of())
        .constant("none", 0, 0, 0, 0, 0, 0)
        .node("Concat", List.of("none", "more"), "pads", Map.of("axis", 0))
        .constant("start", 0, 0)
        .constant("axes", 2, 3);
    OnnxFile file =
        layers
            .apply("Pad", 1, Map.of("mode", mode), "pads")
            .same(1, 5, 1)
            .same(1, 3, 1)
            .apply("Slice", 1, Map.of(), "start", "sides", "axes")
            .end();

    assertThat(field(file)).isEqualTo(new ReceptiveField(1, 0, 3, /* alignment= */ 8, true, false));
    assertTiledEqualsWhole(file.metadata("scale=1", "preupscale=none"), 3);
  }

  /** Which would take gigabytes. */
  @Test
  void manyLargeTensorsAtATime_areNotFollowed() {
    Layers layers = layers().resize("nearest", "asymmetric", 1365);
    layers.file.constant("start", 0).constant("end", Long.MAX_VALUE).constant("axis", 2);
    List<String> slices = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      slices.add("slice" + i);
      layers.file.node(
          "Slice", List.of(layers.last, "start", "end", "axis"), slices.get(i), Map.of());
    }

    assertThat(find(layers.apply("Max", 1, Map.of(), slices.toArray(String[]::new)).end()))
        .isEqualTo(
            new ReceptiveField.Finding(
                Optional.empty(),
                Optional.of("more tensors at a time than can be followed"),
                /* isGlobal= */ false));
  }

  @Test
  void numberComputedFromTheSize_isNoFiniteField() {
    Layers layers = layers();
    layers
        .file
        .node("Shape", List.of("input"), "shape", Map.of())
        .constant("three", 3)
        .node("Gather", List.of("shape", "three"), "width", Map.of())
        .node("Cast", List.of("width"), "divisor", Map.of("to", 1));

    assertThat(find(layers.apply("Div", 1, Map.of(), "divisor").end()).obstacle())
        .hasValue("parameters that depend on the size of the image");
  }

  @Test
  void unevenCrop_isNotCentred() {
    Layers layers = layers();
    layers.file.constant("from", 0, 0).constant("to", -4, -4).constant("axes", 2, 3);

    assertThat(field(layers.apply("Slice", 1, Map.of(), "from", "to", "axes").end()))
        .isEqualTo(new ReceptiveField(1, 2, 2, 1, /* isCentred= */ false, false));
  }

  /** Shifting and shifting back sees one pixel, but tiles lose what is shifted out of them. */
  @Test
  void shiftThereAndBack_countsWhatIsLostAtEdges() {
    Layers layers = layers().pad("constant", 0, 0, 0, 2, 0, 0, 0, -2);

    assertThat(field(layers.pad("constant", 0, 0, 0, -2, 0, 0, 0, 2).end()).halo()).isEqualTo(2);
  }

  @Test
  void operatorsBesideTheOutput_doNotMatter() {
    Layers layers = layers().same(1, 3, 1);
    layers.file.node("GlobalAveragePool", List.of("Conv1"), "unused", Map.of());

    assertThat(field(layers.end()).halo()).isEqualTo(1);
  }

  static Stream<Arguments> globalNetworks() {
    return Stream.of(
        Arguments.of(
            layers()
                .withWeights("one", 1)
                .apply("InstanceNormalization", 1, Map.of(), "one", "one"),
            "InstanceNormalization InstanceNormalization2"),
        Arguments.of(gated("GlobalAveragePool", Map.of()), "GlobalAveragePool gate"),
        Arguments.of(gated("ReduceMean", Map.of("axes", new int[] {2, 3})), "ReduceMean gate"),
        Arguments.of(layers().apply("Softmax", 1, Map.of("axis", 3)), "Softmax Softmax1"),
        Arguments.of(
            layers().apply("LayerNormalization", 1, Map.of("axis", 2)),
            "LayerNormalization LayerNormalization1"),
        Arguments.of(channelsLast("LRN", Map.of("size", 3)), "LRN LRN3"),
        Arguments.of(
            channelsLast("BatchNormalization", Map.of(), "many", "many", "many", "many"),
            "BatchNormalization BatchNormalization3"),
        Arguments.of(
            channelsLast("QuantizeLinear", Map.of(), "many"), "QuantizeLinear QuantizeLinear3"),
        Arguments.of(training(1), "Dropout Dropout1"),
        Arguments.of(layers().resize("linear", "align_corners", 2), "Resize Resize1"),
        Arguments.of(
            layers().withInteger("flat", 1, 1, -1).apply("Reshape", 1, Map.of(), "flat"),
            "Reshape Reshape2 (joins rows and columns)"),
        Arguments.of(
            layers().withWeights("ramp", 192).apply("Add", 1, Map.of(), "ramp"),
            "Add Add2 (a value for each position)"));
  }

  private static Layers training(float isTraining) {
    Layers layers = layers();
    layers.file.weights("is_training", new float[] {isTraining});
    return layers.apply("Dropout", 1, Map.of(), "", "is_training");
  }

  @Test
  void dropoutThatIsNotTraining_isPassed() {
    assertThat(find(training(0).end()).field()).isPresent();
  }

  private static Layers channelsLast(
      String operator, Map<String, ?> attributes, String... parameters) {
    return layers()
        .withWeights("many", 192)
        .apply("Transpose", 1, Map.of("perm", new int[] {0, 2, 3, 1}))
        .apply(operator, 1, attributes, parameters)
        .apply("Transpose", 1, Map.of("perm", new int[] {0, 3, 1, 2}));
  }

  private static Layers gated(String operator, Map<String, ?> attributes) {
    Layers layers = layers().same(1, 3, 1);
    layers.file.node(operator, List.of("Conv1"), "gate", attributes);
    return layers.apply("Mul", 1, Map.of(), "gate");
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("globalNetworks")
  void globalOperator_isNamed(Layers layers, String operator) {
    assertThat(find(layers.end()))
        .isEqualTo(
            new ReceptiveField.Finding(
                Optional.empty(), Optional.of(operator), /* isGlobal= */ true));
  }

  /** The result of ONNX Runtime is an element shorter; for dilations it pads less. */
  @Test
  void automaticPadding_isThatOfOnnxRuntime() {
    Layers transposed = layers();
    transposed.file.weights("w", new float[] {1}, 1, 1, 1, 1);
    transposed.apply(
        "ConvTranspose", 1, Map.of("strides", new int[] {2, 2}, "auto_pad", "SAME_UPPER"), "w");
    int[] two = {2, 2};

    assertThat(find(transposed.end()).obstacle())
        .hasValue("sizes that an output of 40319 pixels for 20160 of the input cannot take");
    assertThat(
            find(layers()
                    .apply(
                        "MaxPool",
                        1,
                        Map.of("kernel_shape", two, "dilations", two, "auto_pad", "SAME_UPPER"))
                    .end())
                .obstacle())
        .hasValue("MaxPool MaxPool1 with automatic padding and dilations");
  }

  /** A float's seventh is a little less than one, so that the seventh element is now 6, now 7. */
  @ParameterizedTest
  @CsvSource({
    "7, asymmetric, floor, true",
    "7, half_pixel, floor, true",
    "7, half_pixel, round_prefer_floor, false",
    "14, half_pixel, round_prefer_floor, true",
    "3, asymmetric, floor, false",
    "3, half_pixel_symmetric, floor, true",
    "8, half_pixel_symmetric, floor, false"
  })
  void nearestElement_thatDependsOnRounding_isNotFollowed(
      int divisor, String transformation, String rounding, boolean isRefused) {
    Layers layers = layers();
    layers.file.weights("scales", new float[] {1, 1, 1f / divisor, 1f / divisor}, 4);
    layers
        .apply(
            "Resize",
            1,
            Map.of("coordinate_transformation_mode", transformation, "nearest_mode", rounding),
            "",
            "scales")
        .resize("nearest", "asymmetric", divisor);

    ReceptiveField.Finding finding = find(layers.end());

    assertThat(finding.field().isEmpty()).isEqualTo(isRefused);
    if (isRefused) {
      assertThat(finding.obstacle().orElseThrow())
          .startsWith("Resize Resize1 with the nearest of elements equally far, at the inexact");
    }
  }

  @Test
  void splitIntoMorePartsThanThereAreChannels_isRefused() {
    OnnxFile file =
        new OnnxFile()
            .input("input", FLOAT32, 1, 1, "height", "width")
            .output("output", FLOAT32, 1, 1, "height", "width")
            .node(
                "Split", List.of("input"), List.of("first", "second", "output"), Map.of("axis", 1));

    assertThat(find(file).obstacle()).hasValue("sizes that Split first cannot take");
  }

  @Test
  void unknownOperator_isNamed_butNotCalledGlobal() {
    assertThat(find(layers().apply("MaxRoiPool", 1, Map.of()).end()))
        .isEqualTo(
            new ReceptiveField.Finding(
                Optional.empty(),
                Optional.of("unknown operator MaxRoiPool, node MaxRoiPool1"),
                /* isGlobal= */ false));
  }

  /** A row and a column make a table, whose numbers are more than those of either. */
  @Test
  void tableOfNumbers_isNotTakenForOneOfItsSides() {
    Layers layers =
        layers().withInteger("row", 1, 1).withInteger("column", 1, 1).withInteger("all", -1);
    layers
        .file
        .integers("first", 0)
        .integers("second", 1)
        .node("Unsqueeze", List.of("row", "first"), "across", Map.of())
        .node("Unsqueeze", List.of("column", "second"), "down", Map.of())
        .node("Mul", List.of("across", "down"), "table", Map.of())
        .node("Reshape", List.of("table", "all"), "shape", Map.of());

    assertThat(find(layers.apply("Reshape", 1, Map.of(), "shape").end()).obstacle())
        .hasValue("Reshape Reshape4 with unknown shape");
  }

  @Test
  void branches_areNotFollowed_becauseTheyMayTakePixels() {
    Layers layers = layers().same(1, 3, 1).withWeights("condition", 1);
    layers.file.node("If", List.of("condition"), "bias", Map.of());

    assertThat(find(layers.apply("Add", 1, Map.of(), "bias").end()))
        .isEqualTo(
            new ReceptiveField.Finding(
                Optional.empty(),
                Optional.of("If bias, which may take pixels from around it"),
                /* isGlobal= */ false));
  }

  @Test
  void fixedSize_isFollowed_alsoIfTheGraphHasItBuiltIn() {
    Layers layers = layers().same(4, 3, 1);
    layers
        .file
        .constant("six", 1, 1, 2, 2, 40, 24)
        .node("Reshape", List.of("Conv1", "six"), "blocks", Map.of())
        .node("Transpose", List.of("blocks"), "rows", Map.of("perm", new int[] {0, 1, 4, 2, 5, 3}))
        .constant("four", 1, 1, 80, 48);
    layers.last = "rows";
    OnnxGraph graph =
        OnnxGraph.parse("test.onnx", layers.apply("Reshape", 1, Map.of(), "four").end().bytes());

    assertThat(
            ReceptiveField.find(
                    graph, new ReceptiveField.Input("input", 1, 1, 40, 24, false), "output", 1)
                .field())
        .hasValue(new ReceptiveField(2, 0, 1, 1, true, false));
    assertThat(ReceptiveField.find(graph, INPUT, "output", 1).field()).isEmpty();
  }

  @Test
  void fixedSizeThatIsAllField_hasNone() {
    OnnxGraph graph = OnnxGraph.parse("test.onnx", layers().same(1, 13, 1).end().bytes());

    assertThat(
            ReceptiveField.find(
                graph, new ReceptiveField.Input("input", 1, 1, 12, 12, false), "output", 1))
        .isEqualTo(
            new ReceptiveField.Finding(
                Optional.empty(),
                Optional.of("a receptive field as large as its input"),
                /* isGlobal= */ false));
  }

  @Test
  void deepNetwork_isFollowedAtALargerSize() {
    Layers layers = layers();
    for (int i = 0; i < 60; i++) {
      layers.same(1, 7, 1);
    }

    assertThat(field(layers.end()).halo()).isEqualTo(180);
  }
}
