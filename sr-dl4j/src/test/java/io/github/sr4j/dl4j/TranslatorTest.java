// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.testkit.TestImages;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That operators compute what they mean is held by the contract of engines. */
final class TranslatorTest {

  private static final SameDiffEngine ENGINE = new SameDiffEngine();

  /** Some operations have no gradient, or a wrong one, and are replaced where one is wanted. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fsrcnn | 3",
        "johnson(blocks=1, features=4, norm=instance) | 1",
        "johnson(blocks=1, features=4, norm=instance) | 2",
        "imdn(blocks=1, features=16) | 2",
        "edsr(blocks=1, features=4) | 2",
        "compact(features=4, layers=1, expansion=2) | 2"
      })
  void differentiatedGraph_computesWhatTheOneThatRunsDoes(String text, int scale) {
    NetworkGraph network = NetworkGraph.of(Networks.of(text, scale), NetworkGraph.Mode.INFERENCE);
    int channels = NetworkGraph.channels(network.network());
    Map<String, Tensor> arrays = new HashMap<>();
    InitialWeights.draw(network.graph(), 1)
        .forEach((name, array) -> arrays.put(name, moved(array)));
    float[] image = TestImages.noise(channels, 12, 16, 1).samples();
    arrays.put(NetworkGraph.INPUT, Tensor.of(Shape.of(1, channels, 16, 12), image));

    Tensor expected = ENGINE.run(network.graph(), arrays, Set.of()).outputs().get(0);
    Tensor actual =
        ENGINE.run(network.graph(), arrays, Set.of(NetworkGraph.INPUT)).outputs().get(0);

    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.samples()).containsExactly(expected.samples(), within(1e-6f));
  }

  /** Slopes differ from each other. */
  private static Tensor moved(Tensor array) {
    float[] samples = array.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] += 0.01f * (i % 3);
    }
    return Tensor.of(array.shape(), samples);
  }

  /** SameDiff's own gradient of a mirrored image is wrong, so that it is not used. */
  @Test
  void reflection_hasTheGradientOfTheCopiesToo() {
    GraphBuilder builder = new GraphBuilder();
    Node image = builder.input("image", Shape.ofImages(1));
    Layers layers = Layers.training(builder);
    Convolution box = Convolution.of(1, 3).reflecting().deviation(1);
    Graph graph = builder.build(layers.convolution("box", layers.featureMap(image), box).node());
    Map<String, Tensor> arrays =
        Map.of(
            "image",
            ones(1, 1, 3, 3),
            "box.weight",
            ones(1, 1, 3, 3),
            "box.bias",
            Tensor.of(Shape.of(1), 0));

    // Of 1, 0, 1, 2, 1, which is a mirrored row, three windows see pixels 1, 2, 3, 2 and 1 times.
    assertThat(ENGINE.run(graph, arrays, Set.of("image")).gradient("image").samples())
        .containsExactly(4, 10, 4, 10, 25, 10, 4, 10, 4);
  }

  @Test
  void deviation_ofAConstantImage_hasAFiniteGradient() {
    GraphBuilder builder = new GraphBuilder();
    Node image = builder.input("image", Shape.ofImages(2));
    Layers layers = Layers.training(builder);
    Graph graph = builder.build(layers.deviation(layers.featureMap(image)).node());
    Map<String, Tensor> arrays = Map.of("image", ones(1, 2, 3, 3));

    assertThat(ENGINE.run(graph, arrays, Set.of("image")).gradient("image").samples())
        .containsOnly(0);
  }

  private static Tensor ones(long... shape) {
    float[] samples = new float[(int) Shape.of(shape).size()];
    Arrays.fill(samples, 1);
    return Tensor.of(Shape.of(shape), samples);
  }

  @Test
  void arrayThatIsMissing_isNamed() {
    GraphBuilder builder = new GraphBuilder();
    Node image = builder.input("image", Shape.ofImages(1));
    Graph graph = builder.build(builder.add(Unary.RELU, image));

    assertThatThrownBy(() -> ENGINE.run(graph, Map.of(), Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there must be an array for \"image\"");
  }
}
