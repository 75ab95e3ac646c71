// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Shape;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The values of layers by the reference evaluation, to which engines are compared. */
final class LayersTest {

  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers = new Layers(graph, true, false);
  private final FeatureMap input = layers.featureMap(graph.input("input", Shape.ofImages(1)));
  private final Map<String, DoubleTensor> weights = new HashMap<>(); // that are not drawn
  private FeatureMap output = input;

  /** Channel {@code c * 4 + y * 2 + x} of a file becomes pixel {@code (x, y)} of channel c. */
  @Test
  void subPixelConvolution_shufflesInTheOrderOfTheLiterature() {
    output = layers.subPixelConvolution("up", input, 3, 1, 2);
    read(
        "up.weight",
        Shape.of(12, 1, 1, 1),
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
    read("up.bias", Shape.of(12), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    assertThat(run(1, 1, 1))
        .containsExactly(100, 102, 104, 106, 108, 110, 112, 114, 116, 118, 120, 122);
  }

  /** A pixel becomes the kernel, of which what reaches beyond the image is cut off. */
  @Test
  void transposedConvolution_writesTheKernelForEachPixel() {
    output = layers.transposedConvolution("up", input, Convolution.of(2, 3).stride(2).deviation(1));
    read(
        "up.weight",
        Shape.of(1, 2, 3, 3),
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
    read("up.bias", Shape.of(2), 0, 100);

    assertThat(run(1, 1, 1)).containsExactly(1, 2, 4, 5, 111, 112, 114, 115);
    assertThat(run(1, 2, 1, 10)).startsWith(1, 2, 3 + 10, 20, 4, 5, 6 + 40, 50);
  }

  /** The kernel's centre is on pixels 0 and 2, as in PyTorch; zeros are around the image. */
  @Test
  void stride_leavesOutPixels() {
    output = layers.convolution("down", input, Convolution.of(1, 3).stride(2).deviation(1));
    read("down.weight", Shape.of(1, 1, 3, 3), 1, 10, 100, 0, 0, 0, 0, 0, 0);

    assertThat(run(4, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, 1))
        .containsExactly(0, 0, 650, 876);
    assertThat(run(3, 3, 1, 2, 3, 5, 6, 7, 9, 1, 1)).containsExactly(0, 0, 650, 76);
  }

  /** Of [1, 2, 3, 4], what is beyond the edges is 3, 2 and 3, 2. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void reflection_mirrorsTheImage_inTrainingAsWhenRun(boolean training) {
    Layers mirrored = new Layers(graph, true, training);
    Convolution five = Convolution.of(1, 5).reflecting().deviation(1);
    output = mirrored.convolution("conv", input, five);
    double[] kernel = new double[25];
    kernel[2 * 5] = 1; // two pixels to the left
    kernel[4] = 10; // two up, two to the right
    read("conv.weight", Shape.of(1, 1, 5, 5), kernel);

    double[] image = {1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 0};
    assertThat(run(4, 4, image)).startsWith(3 + 70, 2 + 80, 1 + 70, 2 + 60, 0, 0, 0, 0, 7 + 30);
  }

  /** A 1x1 kernel of 2 channels: the product of the two matrices, plus the identity. */
  @Test
  void expandedConvolution_isTheProductOfItsTwo() {
    FeatureMap two = layers.convolution("split", input, Convolution.of(2, 1).unbiased());
    output = layers.convolution("conv", two, Convolution.of(2, 1).expanded(3));
    read("split.weight", Shape.of(2, 1, 1, 1), 1, 10);
    read("conv.expand.weight", Shape.of(3, 2, 1, 1), 1, 2, 3, 4, 5, 6);
    read("conv.project.weight", Shape.of(2, 3, 1, 1), 1, 0, 2, 0, 1, 0);
    read("conv.bias", Shape.of(2), 100, 1000);

    // [[1, 0, 2], [0, 1, 0]] x [[1, 2], [3, 4], [5, 6]] + I = [[12, 14], [3, 5]]
    assertThat(run(1, 1, 1)).containsExactly(100 + 12 + 140, 1000 + 3 + 50);
  }

  @Test
  void expandedConvolution_keepsTheImage_whereItsProductIsZero() {
    FeatureMap two = layers.convolution("split", input, Convolution.of(2, 1).unbiased());
    output = layers.convolution("conv", two, Convolution.of(2, 3).unbiased().expanded(1));
    read("split.weight", Shape.of(2, 1, 1, 1), 1, -1);
    read("conv.project.weight", Shape.of(2, 1, 1, 1), 0, 0);

    assertThat(run(1, 3, 5, 6, 7)).containsExactly(5, 6, 7, -5, -6, -7);
  }

  @Test
  void transposedConvolution_cannotBeExpanded() {
    assertThatThrownBy(
            () -> layers.transposedConvolution("up", input, Convolution.of(2, 3).expanded(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("up must not be expanded, have groups or a dilation, as it is transposed");
  }

  @Test
  void layersOfOneName_haveTheSameWeights() {
    FeatureMap once = layers.convolution("conv", input, Convolution.of(1, 1).unbiased());
    output = layers.convolution("conv", once, Convolution.of(1, 1).unbiased());
    read("conv.weight", Shape.of(1, 1, 1, 1), 3);

    assertThat(graph.build(output.node()).parameters()).hasSize(1);
    assertThat(run(1, 1, 2)).containsExactly(18);
  }

  @Test
  void layersOfOneNameAndOtherShapes_areRefused() {
    FeatureMap once = layers.convolution("conv", input, 2, 3);

    assertThatThrownBy(() -> layers.convolution("conv", once, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights \"conv.weight\" must have one shape in all layers of that name, but had [2, 1,"
                + " 3, 3] and [2, 2, 3, 3]");
  }

  @Test
  void argumentsOutOfRange_areRefused() {
    FeatureMap two = layers.convolution("two", input, 2, 3);
    FeatureMap three = layers.convolution("three", input, 3, 3);

    assertThatThrownBy(() -> layers.convolution("conv", input, 1, 4))
        .hasMessage("kernel of conv must be odd, so that the image keeps its size, but was 4");
    assertThatThrownBy(
            () -> layers.transposedConvolution("up", input, Convolution.of(1, 2).stride(3)))
        .hasMessage("kernel of up must be at least its stride, 3, but was 2");
    assertThatThrownBy(() -> layers.pixelShuffle(two, 2))
        .hasMessage("channels of pixel_shuffle must be a multiple of 4, but were 2");
    assertThatThrownBy(() -> layers.channels(two, 1, 2))
        .hasMessage("channels 1 to 2 must be among those of the input, but it had 2");
    assertThatThrownBy(() -> two.plus(three))
        .hasMessage("feature maps must have as many channels, or one of them one, but had 2 and 3");
    assertThat(two.times(input).channels()).isEqualTo(2);
    assertThat(input.minus(three).channels()).isEqualTo(3);
  }

  private void read(String name, Shape shape, double... samples) {
    weights.put(name, DoubleTensor.of(shape, samples));
  }

  private double[] run(int height, int width, double... samples) {
    Graph built = graph.build(output.node());
    Map<String, DoubleTensor> all = new HashMap<>();
    InitialWeights.draw(built, 1).forEach((name, array) -> all.put(name, DoubleTensor.of(array)));
    all.putAll(weights);
    Map<String, DoubleTensor> images =
        Map.of("input", DoubleTensor.of(Shape.of(1, 1, height, width), samples));
    return built.evaluate(images, all).get(output.node()).samples();
  }
}
