// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

final class LayersTest {

  private final SameDiff graph = SameDiff.create();
  private final Weights weights = new Weights(1);
  private final Layers layers = new Layers(graph, weights, true, false);
  private final Signal input =
      new Signal(graph.placeHolder("input", DataType.FLOAT, -1, 1, -1, -1), 1);

  /** Channel {@code c * 4 + y * 2 + x} of a file becomes pixel {@code (x, y)} of channel c. */
  @Test
  void subPixelConvolution_shufflesInTheOrderOfTheLiterature() {
    output(layers.subPixelConvolution("up", input, 3, 1, 2));
    read(
        "up.weight",
        new long[] {12, 1, 1, 1},
        100,
        101,
        102,
        103,
        104,
        105,
        106,
        107,
        108,
        109,
        110,
        111);
    read("up.bias", new long[] {12}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    assertThat(run(1, 1, 1))
        .containsExactly(100, 102, 104, 106, 108, 110, 112, 114, 116, 118, 120, 122);
    assertThat(weights.published("up.bias").samples())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThat(weights.published("up.weight").samples()[7]).isEqualTo(107);
  }

  /** A pixel becomes the kernel, of which what reaches beyond the image is cut off. */
  @Test
  void transposedConvolution_writesTheKernelForEachPixel() {
    output(layers.transposedConvolution("up", input, Convolution.of(2, 3).stride(2).deviation(1)));
    read(
        "up.weight",
        new long[] {1, 2, 3, 3},
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19);
    read("up.bias", new long[] {2}, 0, 100);

    assertThat(run(1, 1, 1)).containsExactly(1, 2, 4, 5, 111, 112, 114, 115);
    assertThat(run(1, 2, 1, 10)).startsWith(1, 2, 3 + 10, 20, 4, 5, 6 + 40, 50);
  }

  /** The kernel's centre is on pixels 0 and 2, as in PyTorch; zeros are around the image. */
  @Test
  void stride_leavesOutPixels() {
    output(layers.convolution("down", input, Convolution.of(1, 3).stride(2).deviation(1)));
    read("down.weight", new long[] {1, 1, 3, 3}, 1, 10, 100, 0, 0, 0, 0, 0, 0);

    assertThat(run(4, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, 1))
        .containsExactly(0, 0, 650, 876);
    assertThat(run(3, 3, 1, 2, 3, 5, 6, 7, 9, 1, 1)).containsExactly(0, 0, 650, 76);
  }

  /** Of [1, 2, 3, 4], what is beyond the edges is 3, 2 and 3, 2. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void reflection_mirrorsTheImage_inTrainingAsWhenRun(boolean training) {
    Layers mirrored = new Layers(graph, weights, true, training);
    Convolution five = Convolution.of(1, 5).reflecting().deviation(1);
    output(mirrored.convolution("conv", input, five));
    float[] kernel = new float[25];
    kernel[2 * 5] = 1; // two pixels to the left
    kernel[4] = 10; // two up, two to the right
    read("conv.weight", new long[] {1, 1, 5, 5}, kernel);

    float[] image = {1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 0};
    assertThat(run(4, 4, image)).startsWith(3 + 70, 2 + 80, 1 + 70, 2 + 60, 0, 0, 0, 0, 7 + 30);
  }

  /** SameDiff's own gradient of a mirrored image is wrong, so that it is not used. */
  @Test
  void reflection_hasTheGradientOfTheCopiesToo() {
    SDVariable image = graph.var("image", Nd4j.ones(DataType.FLOAT, 1, 1, 3, 3));
    Layers trained = new Layers(graph, weights, true, true);
    Convolution box = Convolution.of(1, 3).reflecting().deviation(1);
    Signal sums = trained.convolution("box", new Signal(image, 1), box);
    read("box.weight", new long[] {1, 1, 3, 3}, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    graph.setLossVariables(sums.variable().sum().rename("sum"));

    INDArray gradient = graph.calculateGradients(Map.of(), "image").get("image");

    // Of 1, 0, 1, 2, 1, which is a mirrored row, three windows see pixels 1, 2, 3, 2 and 1 times.
    assertThat(Arrays32.read(gradient)).containsExactly(4, 10, 4, 10, 25, 10, 4, 10, 4);
  }

  /** A 1x1 kernel of 2 channels: the product of the two matrices, plus the identity. */
  @Test
  void expandedConvolution_isTheProductOfItsTwo() {
    Signal two = layers.convolution("split", input, Convolution.of(2, 1).unbiased());
    output(layers.convolution("conv", two, Convolution.of(2, 1).expanded(3)));
    read("split.weight", new long[] {2, 1, 1, 1}, 1, 10);
    read("conv.expand.weight", new long[] {3, 2, 1, 1}, 1, 2, 3, 4, 5, 6);
    read("conv.project.weight", new long[] {2, 3, 1, 1}, 1, 0, 2, 0, 1, 0);
    read("conv.bias", new long[] {2}, 100, 1000);

    // [[1, 0, 2], [0, 1, 0]] x [[1, 2], [3, 4], [5, 6]] + I = [[12, 14], [3, 5]]
    assertThat(run(1, 1, 1)).containsExactly(100 + 12 + 140, 1000 + 3 + 50);
  }

  @Test
  void expandedConvolution_keepsTheImage_whereItsProductIsZero() {
    Signal two = layers.convolution("split", input, Convolution.of(2, 1).unbiased());
    output(layers.convolution("conv", two, Convolution.of(2, 3).unbiased().expanded(1)));
    read("split.weight", new long[] {2, 1, 1, 1}, 1, -1);
    read("conv.project.weight", new long[] {2, 1, 1, 1}, 0, 0);

    assertThat(run(1, 3, 5, 6, 7)).containsExactly(5, 6, 7, -5, -6, -7);
  }

  @Test
  void transposedConvolution_cannotBeExpanded() {
    assertThatThrownBy(
            () -> layers.transposedConvolution("up", input, Convolution.of(2, 3).expanded(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("up must not be expanded, as it is transposed");
  }

  @Test
  void layersOfOneName_haveTheSameWeights() {
    Signal once = layers.convolution("conv", input, Convolution.of(1, 1).unbiased());
    output(layers.convolution("conv", once, Convolution.of(1, 1).unbiased()));
    read("conv.weight", new long[] {1, 1, 1, 1}, 3);

    assertThat(weights.count()).isEqualTo(1);
    assertThat(run(1, 1, 2)).containsExactly(18);
  }

  @Test
  void layersOfOneNameAndOtherShapes_areRefused() {
    Signal once = layers.convolution("conv", input, 2, 3);

    assertThatThrownBy(() -> layers.convolution("conv", once, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights \"conv.weight\" must have one shape in all layers of that name, but had [2, 1,"
                + " 3, 3] and [2, 2, 3, 3]");
  }

  @Test
  void argumentsOutOfRange_areRefused() {
    Signal two = layers.convolution("two", input, 2, 3);
    Signal three = layers.convolution("three", input, 3, 3);

    assertThatThrownBy(() -> layers.convolution("conv", input, 1, 4))
        .hasMessage("kernel of conv must be odd, so that the image keeps its size, but was 4");
    assertThatThrownBy(
            () -> layers.transposedConvolution("up", input, Convolution.of(1, 2).stride(3)))
        .hasMessage("kernel of up must be at least its stride, 3, but was 2");
    assertThatThrownBy(() -> layers.pixelShuffleToOneChannel(two, 2))
        .hasMessage("input must have 4 channels to become one, but had 2");
    assertThatThrownBy(() -> layers.channels(two, 1, 2))
        .hasMessage("channels 1 to 2 must be among those of the input, but it had 2");
    assertThatThrownBy(() -> two.plus(three))
        .hasMessage("signals must have as many channels, or one of them one, but had 2 and 3");
    assertThat(two.times(input).channels()).isEqualTo(2);
    assertThat(input.minus(three).channels()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fsrcnn | 3",
        "johnson(blocks=1, features=4, norm=instance) | 1",
        "johnson(blocks=1, features=4, norm=instance) | 2",
        "imdn(blocks=1, features=16) | 2",
        "edsr(blocks=1, features=4) | 2"
      })
  void networkThatTrains_isTheOneThatRuns(String text, int scale) {
    Network network = Networks.of(text, scale);
    NetworkGraph running = NetworkGraph.of(network, weights, false);
    int channels = (int) running.graph().getVariable("input").getShape()[1];
    INDArray image = Nd4j.rand(DataType.FLOAT, 1, channels, 16, 12);
    weights.arrays().forEach((name, array) -> array.addi(0.01f)); // slopes differ from each other

    float[] expected = run(running.graph(), image);
    float[] actual = run(NetworkGraph.of(network, weights, true).graph(), image);

    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-6f));
    }
  }

  @Test
  void deviation_ofAConstantImage_hasAFiniteGradient() {
    SDVariable image = graph.var("image", Nd4j.ones(DataType.FLOAT, 1, 2, 3, 3));
    graph.setLossVariables(layers.deviation(new Signal(image, 2)).variable().sum().rename("sum"));

    INDArray gradient = graph.calculateGradients(Map.of(), "image").get("image");

    assertThat(Arrays32.read(gradient)).containsOnly(0);
  }

  @Test
  void uniform_isWithinItsBoundAndReachesIt() {
    float[] samples = Arrays32.read(weights.uniform("w", 0.5, 1000));
    float least = 0;
    float most = 0;
    for (float sample : samples) {
      least = Math.min(least, sample);
      most = Math.max(most, sample);
    }
    assertThat(least).isBetween(-0.5f, -0.45f);
    assertThat(most).isBetween(0.45f, 0.5f);
  }

  private static void output(Signal signal) {
    signal.variable().rename("output");
  }

  private void read(String name, long[] shape, float... samples) {
    Arrays32.write(weights.arrays().get(name), weights.held(name, new Npz.Array(shape, samples)));
  }

  private float[] run(int height, int width, float... samples) {
    INDArray image = Nd4j.create(DataType.FLOAT, new long[] {1, 1, height, width}, 'c');
    Arrays32.write(image, samples);
    return run(graph, image);
  }

  private float[] run(SameDiff graph, INDArray image) {
    Map<String, INDArray> bound = new HashMap<>(weights.arrays());
    bound.put("input", image);
    try (GraphPlan plan = GraphPlan.of(graph, bound, List.of("output"))) {
      plan.run();
      return Arrays32.read(plan.output("output"));
    }
  }
}
