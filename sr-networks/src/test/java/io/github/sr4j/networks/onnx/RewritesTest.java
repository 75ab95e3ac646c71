// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Parameter.Role;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rewritten graphs compute the same, of fewer nodes. */
final class RewritesTest {

  /** A graph in the making, with random weights. */
  private static final class Draft {

    private final GraphBuilder graph = new GraphBuilder();
    private final Node input = graph.input("input", Shape.ofImages(3));
    private final Map<String, Tensor> weights = new LinkedHashMap<>();

    Node weights(String name, Role role, long... lengths) {
      Shape shape = Shape.of(lengths);
      SplittableRandom random = new SplittableRandom(name.hashCode());
      float[] samples = new float[(int) shape.size()];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) random.nextDouble(0.5, 1.5) * (random.nextBoolean() ? 1 : -1);
      }
      if (name.endsWith("variance")) {
        for (int i = 0; i < samples.length; i++) {
          samples[i] = Math.abs(samples[i]);
        }
      }
      weights.put(name, Tensor.of(shape, samples));
      return graph.weights(
          new Parameter(name, shape, new Parameter.Initial.Constant(0), role, /* shuffle= */ 1));
    }

    Node convolved(String name, Node images, int features, Convolve operator) {
      Node kernels =
          weights(
              name + ".weight",
              Role.TRAINED,
              features,
              images.shape().length(1) / operator.groups(),
              operator.height(),
              operator.width());
      return graph.add(
          name, operator, images, kernels, weights(name + ".bias", Role.TRAINED, features));
    }

    Node unbiased(String name, Node images, int features, int kernel) {
      long in = images.shape().length(1);
      Node kernels = weights(name + ".weight", Role.TRAINED, features, in, kernel, kernel);
      return graph.add(name, Convolve.of(kernel, 1, kernel / 2), images, kernels);
    }

    Node normalized(String name, Node images, boolean isTraining) {
      long channels = images.shape().length(1);
      return graph.add(
          name,
          new Normalize.Batch(1e-5, isTraining),
          images,
          weights(name + ".weight", Role.TRAINED, channels),
          weights(name + ".bias", Role.TRAINED, channels),
          weights(name + ".mean", Role.STATISTIC, channels),
          weights(name + ".variance", Role.STATISTIC, channels));
    }

    /** The sum of a 3x3 and a 1x1 convolution, and of the images. */
    Node block(String name, Node images) {
      int features = (int) images.shape().length(1);
      return sum(
          sum(
              convolved(name + ".3x3", images, features, three()),
              convolved(name + ".1x1", images, features, one())),
          images);
    }

    Node sum(Node a, Node b) {
      return graph.add(Binary.ADD, a, b);
    }
  }

  private static Convolve three() {
    return Convolve.of(3, 1, 1);
  }

  private static Convolve one() {
    return Convolve.of(1, 1, 0);
  }

  private interface Network {
    Node build(Draft draft);
  }

  /**
   * A case.
   *
   * @param operations those that are left
   */
  private static Arguments network(String name, List<String> operations, Network network) {
    return arguments(name, operations, network);
  }

  static Stream<Arguments> networks() {
    return Stream.of(
        network(
            "batch normalisation of a convolution",
            List.of("conv2d"),
            d -> d.normalized("norm", d.convolved("conv", d.input, 4, three()), false)),
        network(
            "batch normalisation of one without a bias",
            List.of("conv2d"),
            d -> d.normalized("norm", d.unbiased("conv", d.input, 4, 3), false)),
        network(
            "batch normalisation of a depthwise one",
            List.of("conv2d"),
            d ->
                d.normalized(
                    "norm",
                    d.convolved("conv", d.input, 6, new Convolve(3, 3, 1, 1, 3, 1, 1)),
                    false)),
        network(
            "batch normalisation of a transposed one",
            List.of("deconv2d"),
            d -> {
              Node kernels = d.weights("up.weight", Role.TRAINED, 3, 4, 3, 3);
              Node up = d.graph.add(new ConvolveTransposed(3, 2), d.input, kernels);
              return d.normalized("norm", up, false);
            }),
        network(
            "two normalisations",
            List.of("conv2d"),
            d ->
                d.normalized(
                    "second",
                    d.normalized("first", d.convolved("conv", d.input, 4, three()), false),
                    false)),
        network(
            "a normalisation of the input",
            List.of("batch_norm"),
            d -> d.normalized("norm", d.input, false)),
        network(
            "a convolution that something else takes, too",
            List.of("conv2d", "batch_norm", "add"),
            d -> {
              Node convolved = d.convolved("conv", d.input, 3, three());
              return d.sum(d.normalized("norm", convolved, false), convolved);
            }),
        network(
            "parallel convolutions",
            List.of("conv2d"),
            d -> d.sum(d.convolved("a", d.input, 4, three()), d.convolved("b", d.input, 4, one()))),
        network(
            "parallel convolutions with strides",
            List.of("conv2d"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, Convolve.of(3, 2, 1)),
                    d.convolved("b", d.input, 4, Convolve.of(1, 2, 0)))),
        network(
            "parallel convolutions of 5x5 and 3x3, exchanged",
            List.of("conv2d"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, three()),
                    d.convolved("b", d.input, 4, Convolve.of(5, 1, 2)))),
        network(
            "parallel convolutions of other strides",
            List.of("conv2d", "conv2d", "conv2d", "add"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, Convolve.of(3, 2, 1)),
                    d.convolved(
                        "c", d.convolved("b", d.input, 4, three()), 4, Convolve.of(3, 2, 1)))),
        network(
            "parallel convolutions of other paddings",
            List.of("conv2d", "conv2d", "add"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, new Convolve(3, 3, 1, 1, 1, 0, 0)),
                    d.convolved("b", d.input, 4, new Convolve(5, 5, 1, 1, 1, 1, 1)))),
        network(
            "parallel convolutions of other dilations",
            List.of("conv2d", "conv2d", "add"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, three()),
                    d.convolved("b", d.input, 4, new Convolve(3, 3, 1, 2, 1, 2, 2)))),
        network(
            "parallel convolutions of other images",
            List.of("tanh", "conv2d", "conv2d", "add"),
            d ->
                d.sum(
                    d.convolved("a", d.input, 4, three()),
                    d.convolved("b", d.graph.add(Unary.TANH, d.input), 4, three()))),
        network(
            "a convolution of one channel, which is broadcast",
            List.of("conv2d", "conv2d", "add"),
            d -> d.sum(d.convolved("a", d.input, 4, three()), d.convolved("b", d.input, 1, one()))),
        network(
            "a difference of convolutions",
            List.of("conv2d", "conv2d", "subtract"),
            d ->
                d.graph.add(
                    Binary.SUBTRACT,
                    d.convolved("a", d.input, 4, three()),
                    d.convolved("b", d.input, 4, three()))),
        network(
            "a convolution and its images",
            List.of("conv2d"),
            d -> d.sum(d.convolved("a", d.input, 3, three()), d.input)),
        network(
            "images and their convolution",
            List.of("conv2d"),
            d -> d.sum(d.input, d.convolved("a", d.input, 3, three()))),
        network(
            "images and their depthwise convolution",
            List.of("conv2d", "add"),
            d -> d.sum(d.input, d.convolved("a", d.input, 3, new Convolve(3, 3, 1, 1, 3, 1, 1)))),
        network("a block of branches", List.of("conv2d"), d -> d.block("block", d.input)),
        network(
            "a chain of blocks",
            List.of("conv2d", "relu", "conv2d", "relu", "conv2d"),
            d -> {
              Node x = d.graph.add(Unary.RELU, d.block("a", d.input));
              x = d.graph.add(Unary.RELU, d.block("b", x));
              return d.block("c", x);
            }),
        network(
            "blocks one after the other, with nothing between",
            List.of("conv2d", "conv2d"),
            d -> d.block("b", d.block("a", d.input))),
        network(
            "branches with normalisations, as in RepVGG",
            List.of("conv2d", "relu"),
            d -> {
              Node three = d.normalized("n3", d.unbiased("c3", d.input, 3, 3), false);
              Node one = d.normalized("n1", d.unbiased("c1", d.input, 3, 1), false);
              return d.graph.add(Unary.RELU, d.sum(d.sum(three, one), d.input));
            }),
        network(
            "a normalised block",
            List.of("conv2d"),
            d -> d.normalized("norm", d.block("block", d.input), false)),
        network(
            "a block that something else takes, too",
            List.of("conv2d", "tanh", "multiply"),
            d -> {
              Node block = d.block("block", d.input);
              return d.graph.add(Binary.MULTIPLY, block, d.graph.add(Unary.TANH, block));
            }),
        network(
            "one convolution twice",
            List.of("conv2d", "add"),
            d -> {
              Node convolved = d.convolved("conv", d.input, 4, three());
              return d.sum(convolved, convolved);
            }),
        network(
            "weights that two convolutions share",
            List.of("conv2d", "conv2d"),
            d -> d.convolved("conv", d.convolved("conv", d.input, 3, three()), 3, three())),
        network(
            "a collapsed kernel",
            List.of("conv2d"),
            d -> {
              Node first = d.weights("expand", Role.TRAINED, 5, 3, 3, 3);
              Node second = d.weights("project", Role.TRAINED, 3, 5, 1, 1);
              Node kernels = d.graph.add(new CollapsedKernel(true), first, second);
              return d.graph.add(three(), d.input, kernels);
            }),
        network(
            "arithmetic of weights",
            List.of("multiply"),
            d -> {
              Node weights = d.weights("w", Role.TRAINED, 1, 3, 1, 1);
              Operator exp = Unary.EXP;
              return d.graph.add(Binary.MULTIPLY, d.input, d.graph.add(exp, weights));
            }),
        network(
            "kernels that depend on the images",
            List.of("reduce_mean", "multiply", "conv2d"),
            d -> {
              Node mean = d.graph.add(Reduce.mean(0, 1, 2, 3), d.input);
              Node weights = d.weights("w", Role.TRAINED, 2, 3, 3, 3);
              return d.graph.add(three(), d.input, d.graph.add(Binary.MULTIPLY, weights, mean));
            }),
        network(
            "a normalisation whose weights depend on the images",
            List.of("reduce_mean", "reshape", "conv2d", "batch_norm"),
            d -> {
              Node mean = d.graph.add(Reduce.mean(0, 2, 3), d.input);
              Node weight = d.graph.add(Reshape.to(3), mean);
              Node ones = d.weights("ones.variance", Role.STATISTIC, 3);
              Node convolved = d.convolved("conv", d.input, 3, three());
              return d.graph.add(
                  new Normalize.Batch(1e-5, false), convolved, weight, ones, ones, ones);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void rewritten_computesTheSameOfFewerNodes(
      String name, List<String> operations, Network network) {
    Draft draft = new Draft();
    Graph graph = draft.graph.build(network.build(draft));
    Graph rewritten = Rewrites.forInference(graph, draft.weights);

    assertThat(rewritten.operations())
        .extracting(operation -> operation.operator().id())
        .containsExactlyInAnyOrderElementsOf(operations);
    assertThat(rewritten.parameters()).isEmpty();
    assertClose(run(rewritten, Map.of()), run(graph, draft.weights));
  }

  private static DoubleTensor run(Graph graph, Map<String, Tensor> weights) {
    SplittableRandom random = new SplittableRandom(3);
    DoubleTensor images =
        DoubleTensor.of(Shape.of(2, 3, 7, 5), i -> (float) random.nextDouble(-1, 1));
    Map<String, DoubleTensor> arrays = new HashMap<>();
    weights.forEach((name, tensor) -> arrays.put(name, DoubleTensor.of(tensor)));
    return graph.evaluate(Map.of("input", images), arrays).get(graph.outputs().get(0));
  }

  /** Constants are rounded to 32 bits. */
  private static void assertClose(DoubleTensor actual, DoubleTensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double largest = Arrays.stream(expected.samples()).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.samples().length; i++) {
      assertThat(Math.abs(actual.samples()[i] - expected.samples()[i]))
          .as("sample %s", i)
          .isLessThan(1e-6 * largest);
    }
  }

  @Test
  void severalOutputs_areAllKept() {
    Draft draft = new Draft();
    Node convolved = draft.convolved("conv", draft.input, 4, three());
    Node normalized = draft.normalized("norm", convolved, false);
    Graph graph = draft.graph.build(normalized, convolved);
    Graph rewritten = Rewrites.forInference(graph, draft.weights);

    assertThat(rewritten.outputs()).hasSize(2);
    assertClose(run(rewritten, Map.of()), run(graph, draft.weights));
    Graph second = draft.graph.build(convolved, normalized);
    assertClose(
        run(Rewrites.forInference(second, draft.weights), Map.of()), run(second, draft.weights));
  }

  @Test
  void normalisationInTraining_isLeft() {
    Draft draft = new Draft();
    Node convolved = draft.convolved("conv", draft.input, 4, three());
    Graph graph = draft.graph.build(draft.normalized("norm", convolved, true));

    assertThat(Rewrites.forInference(graph, draft.weights).operations()).hasSize(2);
  }

  @Test
  void graph_isLeftAsItIs() {
    Draft draft = new Draft();
    Graph graph = draft.graph.build(draft.block("block", draft.input));
    List<Node> before = List.copyOf(graph.nodes());
    Rewrites.forInference(graph, draft.weights);

    assertThat(graph.nodes()).isEqualTo(before);
  }
}
