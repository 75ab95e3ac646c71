// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fsrcnn | 3",
        "johnson(blocks=1, features=4, norm=instance) | 2",
        "imdn(blocks=1, features=16) | 2",
        "edsr(blocks=1, features=4) | 2"
      })
  void networkThatTrains_isTheOneThatRuns(String text, int scale) {
    Network network = Networks.of(text, scale);
    NetworkGraph running = NetworkGraph.of(network, weights, false);
    int channels = (int) running.graph().getVariable("input").getShape()[1];
    INDArray image = Nd4j.rand(DataType.FLOAT, 1, channels, 13, 11);
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
