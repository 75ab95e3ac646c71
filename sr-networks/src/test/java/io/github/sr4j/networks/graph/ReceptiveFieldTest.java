// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Concatenate;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Softmax;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.networks.operators.spatial.Resize;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ReceptiveFieldTest {

  /** A graph of one channel in the making. */
  private static final class Draft {

    private final GraphBuilder graph = new GraphBuilder();
    private final Node input = graph.input("input", Shape.ofImages(1));
    private long seed;

    Node convolved(Node images, int features, Convolve operator) {
      Shape kernels =
          Shape.of(
              features,
              images.shape().length(1) / operator.groups(),
              operator.height(),
              operator.width());
      return graph.add(operator, images, random(kernels));
    }

    Node enlarged(Node images, int features, int kernel, int stride) {
      Shape kernels = Shape.of(images.shape().length(1), features, kernel, kernel);
      return graph.add(new ConvolveTransposed(kernel, stride), images, random(kernels));
    }

    private Node random(Shape shape) {
      SplittableRandom random = new SplittableRandom(++seed);
      float[] samples = new float[(int) shape.size()];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) (0.5 + random.nextDouble());
      }
      return graph.constant(Tensor.of(shape, samples));
    }

    Node add(Operator operator, Node... operands) {
      return graph.add(operator, operands);
    }
  }

  /** Builds the output of a graph. */
  private interface Network {
    Node build(Draft draft);
  }

  private static Arguments network(String name, int scale, int alignment, Network network) {
    return Arguments.of(name, scale, alignment, network);
  }

  static Stream<Arguments> networks() {
    return Stream.of(
        network("of one pixel", 1, 1, d -> d.convolved(d.input, 1, Convolve.of(1, 1, 0))),
        network("3x3", 1, 1, d -> d.convolved(d.input, 1, Convolve.of(3, 1, 1))),
        network("5x3", 1, 1, d -> d.convolved(d.input, 1, new Convolve(5, 3, 1, 1, 1, 2, 1))),
        network(
            "3x3 after 5x5",
            1,
            1,
            d ->
                d.convolved(
                    d.add(Unary.TANH, d.convolved(d.input, 2, Convolve.of(5, 1, 2))),
                    1,
                    Convolve.of(3, 1, 1))),
        network(
            "dilation 3", 1, 1, d -> d.convolved(d.input, 1, new Convolve(3, 3, 1, 3, 1, 3, 3))),
        network(
            "depthwise, dilation 2",
            1,
            1,
            d -> {
              Node two = d.convolved(d.input, 2, Convolve.of(1, 1, 0));
              Node three = d.convolved(two, 2, new Convolve(3, 3, 1, 2, 2, 2, 2));
              return d.convolved(three, 1, Convolve.of(1, 1, 0));
            }),
        network(
            "extended, then unpadded",
            1,
            1,
            d ->
                d.convolved(
                    d.add(new Pad(Extension.REFLECT, 2), d.input), 1, Convolve.of(5, 1, 0))),
        network(
            "sum of 3x3 and 7x7",
            1,
            1,
            d ->
                d.add(
                    Binary.ADD,
                    d.convolved(d.input, 1, Convolve.of(3, 1, 1)),
                    d.convolved(d.input, 1, Convolve.of(7, 1, 3)))),
        network("nearest", 3, 1, d -> d.add(new Resize(Resize.Kind.NEAREST, 3), d.input)),
        network("bilinear x2", 2, 1, d -> d.add(new Resize(Resize.Kind.BILINEAR, 2), d.input)),
        network("bilinear x3", 3, 1, d -> d.add(new Resize(Resize.Kind.BILINEAR, 3), d.input)),
        network(
            "3x3 after bilinear",
            2,
            1,
            d ->
                d.convolved(
                    d.add(new Resize(Resize.Kind.BILINEAR, 2), d.input), 1, Convolve.of(3, 1, 1))),
        network(
            "5x5 after a shuffle",
            2,
            1,
            d ->
                d.convolved(
                    d.add(new PixelShuffle(2), d.convolved(d.input, 4, Convolve.of(3, 1, 1))),
                    1,
                    Convolve.of(5, 1, 2))),
        network("transposed 3x3, stride 2", 2, 1, d -> d.enlarged(d.input, 1, 3, 2)),
        network("transposed 4x4, stride 2", 2, 1, d -> d.enlarged(d.input, 1, 4, 2)),
        network("transposed 9x9, stride 2", 2, 1, d -> d.enlarged(d.input, 1, 9, 2)),
        network("transposed 9x9, stride 3", 3, 1, d -> d.enlarged(d.input, 1, 9, 3)),
        network("transposed 5x5, stride 1", 1, 1, d -> d.enlarged(d.input, 1, 5, 1)),
        network(
            "stride 2 and back",
            1,
            2,
            d -> d.enlarged(d.convolved(d.input, 2, Convolve.of(3, 2, 1)), 1, 3, 2)),
        network(
            "stride 3 and back",
            1,
            3,
            d -> d.enlarged(d.convolved(d.input, 2, Convolve.of(3, 3, 1)), 1, 3, 3)),
        network(
            "strides 2 and 3 and back",
            1,
            6,
            d ->
                d.add(
                    Binary.ADD,
                    d.enlarged(d.convolved(d.input, 1, Convolve.of(3, 2, 1)), 1, 3, 2),
                    d.enlarged(d.convolved(d.input, 1, Convolve.of(3, 3, 1)), 1, 5, 3))),
        network(
            "stride 5 and back",
            1,
            5,
            d -> d.enlarged(d.convolved(d.input, 1, Convolve.of(5, 5, 2)), 1, 5, 5)),
        network(
            "unshuffle and shuffle",
            1,
            2,
            d ->
                d.add(
                    new PixelShuffle(2),
                    d.convolved(
                        d.add(new PixelUnshuffle(2, 1), d.input), 4, Convolve.of(3, 1, 1)))),
        network(
            "unshuffle 5 and shuffle",
            1,
            5,
            d ->
                d.add(
                    new PixelShuffle(5),
                    d.convolved(
                        d.add(new PixelUnshuffle(5, 1), d.input), 25, Convolve.of(1, 1, 0)))),
        network(
            "unshuffle 7 and shuffle",
            1,
            7,
            d ->
                d.add(
                    new PixelShuffle(7),
                    d.convolved(
                        d.add(new PixelUnshuffle(7, 1), d.input), 49, Convolve.of(1, 1, 0)))),
        network(
            "pooling and nearest",
            1,
            2,
            d ->
                d.add(
                    new Resize(Resize.Kind.NEAREST, 2),
                    d.add(new Pool(Pool.Kind.AVERAGE, 2, 2), d.input))),
        network(
            "channels, one of which sees further",
            1,
            1,
            d -> {
              Node two = d.add(new Concatenate(1), d.input, d.convolved(d.input, 1, seven()));
              return d.add(new Slice(1, 1, 2), two);
            }),
        network(
            "layer normalisation",
            1,
            1,
            d -> {
              Node three = d.convolved(d.input, 3, Convolve.of(3, 1, 1));
              Operator norm = new Normalize.Layer(0.1);
              Node normalized = d.add(norm, three, d.random(Shape.of(3)), d.random(Shape.of(3)));
              return d.convolved(normalized, 1, Convolve.of(1, 1, 0));
            }));
  }

  private static Convolve seven() {
    return Convolve.of(7, 1, 3);
  }

  /** The receptive field found by walking a graph equals that found by changing a pixel. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void halo_isHowFarTheChangeOfAPixelIsSeen(
      String name, int scale, int alignment, Network network) {
    Draft draft = new Draft();
    Node output = network.build(draft);
    Graph graph = draft.graph.build(output);
    ReceptiveField field = ReceptiveField.of(graph);

    assertThat(field.scale()).isEqualTo(scale);
    assertThat(field.alignment()).isEqualTo(alignment);
    assertThat(ReceptiveField.alignment(graph)).isEqualTo(alignment);
    assertThat(field.globalOperator()).isEmpty();
    assertThat(field.halo()).hasValue(furthest(graph, scale, alignment));
  }

  /** Returns how far from the change of a pixel the output changes, in pixels of the input. */
  private static int furthest(Graph graph, int scale, int alignment) {
    int reach = 14; // more than any of these networks sees
    int side = (2 * reach / alignment + 2) * alignment;
    double[] image = new double[side * side];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextDouble();
    }
    double[] before = run(graph, side, image);
    int furthest = 0;
    int first = reach / alignment * alignment;
    for (int place = first; place < first + alignment; place++) {
      double[] changed = image.clone();
      changed[place * side + place] += 0.25;
      double[] after = run(graph, side, changed);
      for (int i = 0; i < before.length; i++) {
        if (Math.abs(before[i] - after[i]) > 1e-12) {
          int row = i / (side * scale) / scale;
          int column = i % (side * scale) / scale;
          furthest = Math.max(furthest, Math.max(Math.abs(row - place), Math.abs(column - place)));
        }
      }
    }
    return furthest;
  }

  private static double[] run(Graph graph, int side, double[] image) {
    Map<String, DoubleTensor> inputs =
        Map.of("input", DoubleTensor.of(Shape.of(1, 1, side, side), image));
    return graph.evaluate(inputs, Map.of()).get(graph.outputs().get(0)).samples();
  }

  static Stream<Arguments> global() {
    return Stream.of(
        network(
            "reduce_mean",
            1,
            1,
            d -> d.add(Binary.ADD, d.input, d.add(Reduce.mean(2, 3), d.input))),
        network("softmax", 1, 1, d -> d.add(new Softmax(), d.input)),
        network(
            "instance_norm",
            1,
            1,
            d ->
                d.add(
                    new Normalize.Instance(0.1),
                    d.input,
                    d.random(Shape.of(1)),
                    d.random(Shape.of(1)))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("global")
  void operatorOverTheWholeImage_leavesNoHalo_andIsNamed(
      String name, int scale, int alignment, Network network) {
    Draft draft = new Draft();
    Node output = draft.convolved(network.build(draft), 1, Convolve.of(3, 1, 1));
    ReceptiveField field = ReceptiveField.of(draft.graph.build(output));

    assertThat(field.scale()).isEqualTo(scale);
    assertThat(field.alignment()).isEqualTo(alignment);
    assertThat(field.halo()).isEmpty();
    assertThat(field.globalOperator()).hasValue(name);
  }

  @Test
  void networkThatSeesFar_isFollowed() {
    Draft draft = new Draft();
    Node x = draft.input;
    for (int i = 0; i < 128; i++) {
      x = draft.convolved(x, 1, new Convolve(3, 3, 1, 2, 1, 2, 2));
    }

    assertThat(ReceptiveField.of(draft.graph.build(x)).halo()).hasValue(256);
  }

  @Test
  void imagesOfAnotherSize_areRefused() {
    Draft draft = new Draft();
    Graph half = draft.graph.build(draft.convolved(draft.input, 1, Convolve.of(3, 2, 1)));
    Graph unpadded = draft.graph.build(draft.convolved(draft.input, 1, Convolve.of(3, 1, 0)));

    for (Graph graph : List.of(half, unpadded)) {
      assertThatThrownBy(() -> ReceptiveField.of(graph))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a number of times as large as its input, but makes ");
    }
  }

  @Test
  void graphOfTwoInputs_isRefused() {
    Draft draft = new Draft();
    Node other = draft.graph.input("other", Shape.ofImages(1));

    assertThatThrownBy(
            () -> ReceptiveField.of(draft.graph.build(draft.add(Binary.ADD, draft.input, other))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a network must have one input and one output");
  }
}
