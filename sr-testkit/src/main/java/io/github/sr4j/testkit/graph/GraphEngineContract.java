// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of every {@link GraphEngine}: its values are those of the reference evaluation, in
 * double precision, and its gradients are finite differences of it, for each operator, each
 * built-in network and each loss that has a graph. If a bug in an engine gets past these tests, add
 * the missing case here.
 */
public abstract class GraphEngineContract {

  /** Of values, relative to the largest: sums of a few thousand 32-bit products. */
  private static final double TOLERANCE = 1e-5;

  /** Of derivatives along a direction, relative to the root of the sum of their terms' squares. */
  private static final double GRADIENT_TOLERANCE = 2e-5;

  /** Of each sample of the gradient of an operator: what is left of 1 - 1 in 32 bits, and more. */
  private static final double ROUNDING = 5e-7;

  /** Of those of networks, whose errors grow with depth. */
  private static final double NETWORK_TOLERANCE = 5e-5;

  /** So small that no sample of {@link Values} reaches the kink of an operator. */
  private static final double STEP = 1e-4;

  /** Of networks, whose activations have kinks anywhere: so small that hardly one is crossed. */
  private static final double NETWORK_STEP = 3e-8;

  /** The samples of the largest gradient in which a wrong one is looked for. */
  private static final int MAX_SEARCHED = 2000;

  /** For subclasses. */
  protected GraphEngineContract() {}

  /** Returns the engine. */
  protected abstract GraphEngine engine();

  static List<OperatorCases.Case> operators() {
    return OperatorCases.all();
  }

  static List<GraphCase> networks() {
    return NetworkCases.all();
  }

  static List<GraphCase> losses() {
    return LossCases.all();
  }

  static List<GraphCase> discriminators() {
    return LossCases.discriminators();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operators")
  void operator_computesWhatTheReferenceDoes(OperatorCases.Case operator) {
    assertValues(operator.graph());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operators")
  void gradientsOfOperator_equalFiniteDifferences(OperatorCases.Case operator) {
    assertDerivatives(operator.graph(), STEP, GRADIENT_TOLERANCE, ROUNDING);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void network_computesWhatTheReferenceDoes(GraphCase network) {
    assertValues(network);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void gradientsOfNetwork_equalFiniteDifferences(GraphCase network) {
    assertDerivatives(network, NETWORK_STEP, NETWORK_TOLERANCE, /* rounding= */ 0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void loss_computesWhatTheReferenceDoes(GraphCase loss) {
    assertValues(loss);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void gradientsOfLoss_equalFiniteDifferences(GraphCase loss) {
    assertDerivatives(loss, NETWORK_STEP, NETWORK_TOLERANCE, /* rounding= */ 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "feature(weights=vgg.npz, layers=conv1_2+relu3_1, input=torch) | 13 | 11",
        "feature(weights=vgg.npz, layers=relu2_2, input=caffe, padding=reflect) | 13 | 11",
        "gram(weights=vgg.npz, layers=relu1_2+conv2_2, input=torch) | 13 | 11",
        "lpips(weights=vgg.npz) | 35 | 33",
        "lpips(weights=alexnet.npz) | 47 | 45"
      })
  void lossOfANetwork_isWhatTheReferenceIs(
      String text, int height, int width, @TempDir Path directory) throws IOException {
    LossNetworkFiles.vgg(directory.resolve("vgg.npz"));
    LossNetworkFiles.alexnet(directory.resolve("alexnet.npz"));
    String quoted = "weights=\"" + directory + "/";
    Loss loss = Losses.parse(text.replace("weights=", quoted).replace(".npz", ".npz\""));
    GraphCase graph = LossCases.of(text, loss, Shape.of(2, 3, height, width));

    assertValues(graph);
    assertDerivatives(graph, NETWORK_STEP, NETWORK_TOLERANCE, /* rounding= */ 0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("discriminators")
  void discriminator_computesWhatTheReferenceDoes(GraphCase discriminator) {
    assertValues(discriminator);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("discriminators")
  void gradientsOfDiscriminator_equalFiniteDifferences(GraphCase discriminator) {
    assertDerivatives(discriminator, NETWORK_STEP, NETWORK_TOLERANCE, /* rounding= */ 0);
  }

  @Test
  void name_isLowerCase() {
    assertThat(engine().name()).matches("[a-z][a-z0-9-]*");
  }

  @Test
  void missingArray_isRefusedByName() {
    GraphCase graph = aConvolution();
    for (String array : graph.arrays().keySet()) {
      Map<String, Tensor> others = new LinkedHashMap<>(graph.arrays());
      others.remove(array);

      assertThatThrownBy(() -> engine().run(graph.graph(), others, Set.of()))
          .as("without %s", array)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(array);
    }
  }

  @Test
  void imagesThatTheOperatorCannotTake_areRefused() {
    GraphCase graph = operator("pad by 4, REFLECT");
    Tensor small = Values.SIGNED.draw(Shape.of(2, 3, 4, 5), 1);

    assertThatThrownBy(() -> engine().run(graph.graph(), Map.of("images", small), Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4");
  }

  @Test
  void arrays_areNotWrittenTo() {
    GraphCase graph = aConvolution();
    Map<String, float[]> before = new LinkedHashMap<>();
    graph.arrays().forEach((array, tensor) -> before.put(array, tensor.samples().clone()));
    run(graph, graph.differentiated());

    graph
        .arrays()
        .forEach(
            (array, tensor) -> assertThat(tensor.samples()).as(array).isEqualTo(before.get(array)));
  }

  @Test
  void arraysThatAreNotDifferentiated_haveNoGradient() {
    GraphCase graph = aConvolution();

    assertThat(run(graph, Set.of()).gradients()).isEmpty();
    assertThat(run(graph, Set.of("kernels")).gradients()).containsOnlyKeys("kernels");
    assertThat(run(graph, graph.differentiated()).gradients())
        .containsOnlyKeys(graph.differentiated());
  }

  @Test
  void runningStatistics_areNotMoved() {
    GraphCase graph = operator("batch_norm in training of a convolution");
    float[] mean = requireNonNull(graph.arrays().get("mean")).samples();
    float[] before = mean.clone();
    GraphEngine.Result once = run(graph, Set.of());

    assertThat(mean).isEqualTo(before);
    assertThat(run(graph, Set.of()).outputs()).isEqualTo(once.outputs());
  }

  @Test
  void anotherSizeOfImages_isRunByTheSameGraph() {
    GraphCase graph = operator("conv2d 3x3, stride 2, with a bias");
    for (Shape shape : List.of(Shape.of(1, 3, 4, 9), Shape.of(3, 3, 7, 5))) {
      Map<String, Tensor> arrays = new LinkedHashMap<>(graph.arrays());
      arrays.put("images", Values.SIGNED.draw(shape, 2));

      assertValues(GraphCase.of(graph + " of " + shape, graph.graph(), arrays));
    }
  }

  @Test
  void engine_sharedByThreads_givesTheResultsOfOne() throws Exception {
    GraphCase graph = aConvolution();
    GraphEngine shared = engine();
    GraphEngine.Result expected = run(shared, graph, graph.differentiated());
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<GraphEngine.Result>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(threads.submit(() -> run(shared, graph, graph.differentiated())));
      }
      for (Future<GraphEngine.Result> result : results) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a run fails beside others", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static GraphCase aConvolution() {
    return operator("conv2d 3x3, with a bias");
  }

  private static GraphCase operator(String name) {
    return OperatorCases.all().stream()
        .map(OperatorCases.Case::graph)
        .filter(graph -> graph.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no case named " + name));
  }

  private GraphEngine.Result run(GraphCase graph, Set<String> differentiated) {
    return run(engine(), graph, differentiated);
  }

  private static GraphEngine.Result run(
      GraphEngine engine, GraphCase graph, Set<String> differentiated) {
    return engine.run(graph.differentiable(), graph.arrays(), differentiated);
  }

  private void assertValues(GraphCase graph) {
    List<Tensor> outputs = engine().run(graph.graph(), graph.arrays(), Set.of()).outputs();
    assertThat(outputs).as("outputs of %s", graph).hasSize(1);
    Differences.assertClose(graph + ": output", outputs.get(0), graph.expected(), TOLERANCE);
  }

  private static Tensor gradient(GraphCase graph, GraphEngine.Result result, String array) {
    assertThat(result.gradients()).as("gradients of %s", graph).containsKey(array);
    Tensor gradient = result.gradient(array);
    assertThat(gradient.shape())
        .as("shape of the gradient of %s with respect to %s", graph, array)
        .isEqualTo(requireNonNull(graph.arrays().get(array)).shape());
    return gradient;
  }

  /**
   * Compares the output, and the derivative along one random direction of each array: a sum of all
   * samples of its gradient, each multiplied by a number of its own, so that none can be wrong
   * unnoticed.
   */
  private void assertDerivatives(GraphCase graph, double step, double tolerance, double rounding) {
    GraphEngine.Result result = run(graph, graph.differentiated());
    assertThat(result.outputs()).as("outputs of %s", graph).hasSize(2);
    List<Tensor> outputs = result.outputs();
    Differences.assertClose(
        graph + ": output of a run with gradients", outputs.get(1), graph.expected(), TOLERANCE);
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    double largest = 0;
    for (String array : graph.differentiated()) {
      Tensor gradient = gradient(graph, result, array);
      gradients.put(array, gradient);
      largest = Math.max(largest, scale(gradient.samples(), direction(array, gradient)));
    }
    for (Map.Entry<String, Tensor> entry : gradients.entrySet()) {
      String array = entry.getKey();
      float[] gradient = entry.getValue().samples();
      double[] direction = direction(array, entry.getValue());
      double actual = 0;
      for (int i = 0; i < gradient.length; i++) {
        actual += gradient[i] * direction[i];
      }
      double expected = derivative(graph, array, direction, step);
      // Where a gradient is 0, such as that of a summand which is normalised away, what is left of
      // sums of large terms is not.
      double allowed =
          tolerance * Math.max(scale(gradient, direction), largest / 20)
              + rounding * Math.sqrt(gradient.length);
      if (!(Math.abs(actual - expected) <= allowed)) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s: the derivative with respect to %s along a direction must be %.9g, by finite"
                    + " differences of the reference, but the gradient makes it %.9g: %.3g apart,"
                    + " more than %.3g%s",
                graph,
                array,
                expected,
                actual,
                Math.abs(actual - expected),
                allowed,
                worstSample(graph, array, entry.getValue(), step)));
      }
    }
  }

  private static double[] direction(String array, Tensor gradient) {
    SplittableRandom random = new SplittableRandom(array.hashCode());
    double[] direction = new double[gradient.samples().length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = random.nextGaussian();
    }
    return direction;
  }

  /** Returns the root of the sum of the squares of the terms of a derivative. */
  private static double scale(float[] gradient, double[] direction) {
    double sum = 0;
    for (int i = 0; i < direction.length; i++) {
      sum += Math.pow(gradient[i] * direction[i], 2);
    }
    return Math.sqrt(sum);
  }

  private static double derivative(GraphCase graph, String array, double[] direction, double step) {
    double ahead = graph.objective(moved(graph, array, direction, step));
    double behind = graph.objective(moved(graph, array, direction, -step));
    return (ahead - behind) / (2 * step);
  }

  private static Map<String, DoubleTensor> moved(
      GraphCase graph, String array, double[] direction, double step) {
    Map<String, DoubleTensor> arrays = graph.doubles();
    double[] samples = requireNonNull(arrays.get(array)).samples();
    for (int i = 0; i < samples.length; i++) {
      samples[i] += step * direction[i];
    }
    return arrays;
  }

  /** Describes the sample of a gradient that is furthest from its finite difference. */
  private static String worstSample(GraphCase graph, String array, Tensor gradient, double step) {
    int count = gradient.samples().length;
    if (count > MAX_SEARCHED) {
      return "";
    }
    double[] expected = new double[count];
    int worst = 0;
    for (int i = 0; i < count; i++) {
      double[] direction = new double[count];
      direction[i] = 1;
      expected[i] = derivative(graph, array, direction, step);
      if (Math.abs(gradient.samples()[i] - expected[i])
          > Math.abs(gradient.samples()[worst] - expected[worst])) {
        worst = i;
      }
    }
    return String.format(
        Locale.ROOT,
        "; the gradient must be %.9g at %s of %s, but was %.9g",
        expected[worst],
        Differences.place(gradient.shape(), worst),
        gradient.shape(),
        gradient.samples()[worst]);
  }
}
