// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.LeakyRelu;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Resize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * The contract of engines accepts the reference, and finds the mistakes that it is there for. The
 * reference differentiates so slowly that it is given every seventh operator only.
 */
class GraphEngineContractTest {

  private static final Launcher LAUNCHER = LauncherFactory.create();
  private static final String VALUES = "operator_computesWhatTheReferenceDoes";
  private static final String GRADIENTS = "gradientsOfOperator_equalFiniteDifferences";
  private static final String OPERATOR = OperatorCases.Case.class.getName();

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of(Nearest.class, VALUES, "resize_bilinear 3"),
        Arguments.of(OtherEpsilon.class, VALUES, "layer_norm of images [2, 3, 7, 5]"),
        Arguments.of(RunningStatistics.class, VALUES, "batch_norm in training of a convolution"),
        Arguments.of(PadsAfterwards.class, VALUES, "conv2d 3x3, dilation 3, padded by 1 and 3"),
        Arguments.of(OtherOrder.class, VALUES, "pixel_unshuffle 2"),
        Arguments.of(CountsFromTheStart.class, VALUES, "slice of the last channel"),
        Arguments.of(FewerDigits.class, VALUES, "gelu"),
        Arguments.of(WrongSlope.class, VALUES, "leaky_relu -0.5"),
        Arguments.of(WrongSign.class, GRADIENTS, "conv2d 5x3"),
        Arguments.of(OneWrongSample.class, GRADIENTS, "conv2d 5x3"),
        Arguments.of(TransposedGradient.class, GRADIENTS, "matmul of two axes"));
  }

  static List<Arguments> otherMistakes() {
    return List.of(
        Arguments.of(NotANumber.class, "anotherSizeOfImages_isRunByTheSameGraph"),
        Arguments.of(ZerosForMissing.class, "missingArray_isRefusedByName"),
        Arguments.of(WritesToArrays.class, "arrays_areNotWrittenTo"),
        Arguments.of(WritesToArrays.class, "runningStatistics_areNotMoved"),
        Arguments.of(DifferentiatesAll.class, "arraysThatAreNotDifferentiated_haveNoGradient"),
        Arguments.of(PadsWithEdges.class, "imagesThatTheOperatorCannotTake_areRefused"));
  }

  private static int index(String name) {
    List<String> names = OperatorCases.all().stream().map(OperatorCases.Case::toString).toList();
    assertThat(names).contains(name);
    return names.indexOf(name);
  }

  private static TestExecutionSummary run(DiscoverySelector... selectors) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LAUNCHER.execute(
        LauncherDiscoveryRequestBuilder.request().selectors(selectors).build(), summary);
    return summary.getSummary();
  }

  private static DiscoverySelector operators(Class<?> engine, String test, int... cases) {
    return selectIteration(selectMethod(engine, test, OPERATOR), cases);
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("mistakes")
  void mistake_isFound(Class<?> engine, String test, String operator) {
    TestExecutionSummary summary = run(operators(engine, test, index(operator)));

    assertThat(summary.getFailures()).hasSize(1);
    assertThat(summary.getFailures().get(0).getException())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(operator);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("otherMistakes")
  void otherMistake_isFound(Class<?> engine, String test) {
    TestExecutionSummary summary = run(selectMethod(engine, test));

    assertThat(summary.getFailures()).hasSize(1);
    assertThat(summary.getFailures().get(0).getException()).isInstanceOf(AssertionError.class);
  }

  @Test
  void wrongSample_isNamed() {
    TestExecutionSummary summary =
        run(operators(OneWrongSample.class, GRADIENTS, index("conv2d 5x3")));

    assertThat(summary.getFailures().get(0).getException())
        .hasMessageContainingAll("with respect to kernels", "[0, 0, 1, 2] of [4, 3, 5, 3]");
  }

  @Test
  void reference_computesWhatTheReferenceDoes() {
    String graph = GraphCase.class.getName();
    TestExecutionSummary summary =
        run(
            selectMethod(Reference.class, VALUES, OPERATOR),
            selectMethod(Reference.class, "network_computesWhatTheReferenceDoes", graph),
            selectMethod(Reference.class, "loss_computesWhatTheReferenceDoes", graph),
            selectMethod(Reference.class, "discriminator_computesWhatTheReferenceDoes", graph),
            selectMethod(Reference.class, "missingArray_isRefusedByName"),
            selectMethod(Reference.class, "imagesThatTheOperatorCannotTake_areRefused"),
            selectMethod(Reference.class, "arrays_areNotWrittenTo"),
            selectMethod(Reference.class, "runningStatistics_areNotMoved"),
            selectMethod(Reference.class, "anotherSizeOfImages_isRunByTheSameGraph"));

    assertThat(summary.getFailures()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isGreaterThan(300);
  }

  @Test
  void reference_hasItsFiniteDifferences() {
    int[] every = IntStream.range(0, OperatorCases.all().size() / 7).map(i -> 7 * i).toArray();
    TestExecutionSummary summary = run(operators(Reference.class, GRADIENTS, every));

    assertThat(summary.getFailures()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isEqualTo(every.length);
  }

  static class Reference extends GraphEngineContract {
    @Override
    protected GraphEngine engine() {
      return new ReferenceEngine();
    }
  }

  /** Takes other operators for those of a graph. */
  abstract static class Substituting extends GraphEngineContract {

    abstract Operator substitute(Operator operator);

    @Override
    protected GraphEngine engine() {
      return new ReferenceEngine() {
        @Override
        Map<Node, DoubleTensor> evaluate(Graph graph, Map<String, DoubleTensor> arrays) {
          Map<Node, DoubleTensor> values = new HashMap<>();
          for (Node node : graph.nodes()) {
            DoubleTensor value;
            if (node instanceof Node.Operation operation) {
              value =
                  substitute(operation.operator())
                      .evaluate(operation.operands().stream().map(values::get).toList());
            } else if (node instanceof Node.Constant constant) {
              value = DoubleTensor.of(constant.tensor());
            } else {
              value = arrays.get(node.name());
            }
            values.put(node, value);
          }
          return values;
        }
      };
    }
  }

  static class Nearest extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof Resize resize
          ? new Resize(Resize.Kind.NEAREST, resize.scale())
          : operator;
    }
  }

  static class OtherEpsilon extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof Normalize.Layer layer
          ? new Normalize.Layer(1.01 * layer.epsilon())
          : operator;
    }
  }

  static class RunningStatistics extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof Normalize.Batch batch
          ? new Normalize.Batch(batch.epsilon(), /* isTraining= */ false)
          : operator;
    }
  }

  static class PadsAfterwards extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof Convolve c
          ? new Convolve(
              c.height(), c.width(), c.stride(), c.dilation(), c.groups(), c.left(), c.top())
          : operator;
    }
  }

  /** The upper left pixel of every channel first. */
  static class OtherOrder extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof PixelUnshuffle unshuffle ? new Reordered(unshuffle) : operator;
    }

    private record Reordered(PixelUnshuffle unshuffle) implements Operator {
      @Override
      public String id() {
        return unshuffle.id();
      }

      @Override
      public Shape shape(List<Shape> operands) {
        return unshuffle.shape(operands);
      }

      @Override
      public void write(OnnxNodes nodes, List<String> operands, String result) {
        unshuffle.write(nodes, operands, result);
      }

      @Override
      public DoubleTensor evaluate(List<DoubleTensor> operands) {
        DoubleTensor right = unshuffle.evaluate(operands);
        int pixels = unshuffle.block() * unshuffle.block();
        int channels = unshuffle.channels();
        int plane = right.length(2) * right.length(3);
        return DoubleTensor.of(
            right.shape(),
            i -> {
              int channel = i / plane % (channels * pixels);
              int from = channel % channels * pixels + channel / channels;
              return right.samples()[i + (from - channel) * plane];
            });
      }
    }
  }

  static class CountsFromTheStart extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof Slice slice && slice.from() < 0
          ? new Slice(slice.axis(), 0, -slice.from())
          : operator;
    }
  }

  static class WrongSlope extends Substituting {
    @Override
    Operator substitute(Operator operator) {
      return operator instanceof LeakyRelu relu
          ? new LeakyRelu(Math.max(0, relu.slope()))
          : operator;
    }
  }

  /** Changes the results of the reference. */
  abstract static class Changing extends GraphEngineContract {

    abstract GraphEngine.Result change(GraphEngine.Result result);

    @Override
    protected GraphEngine engine() {
      return new ReferenceEngine() {
        @Override
        public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
          return change(super.run(graph, arrays, differentiated));
        }
      };
    }
  }

  static class FewerDigits extends Changing {
    @Override
    GraphEngine.Result change(GraphEngine.Result result) {
      List<Tensor> outputs = new ArrayList<>();
      for (Tensor output : result.outputs()) {
        float[] samples = output.samples().clone();
        for (int i = 0; i < samples.length; i++) {
          samples[i] = Math.round(1e3f * samples[i]) / 1e3f;
        }
        outputs.add(Tensor.of(output.shape(), samples));
      }
      return new GraphEngine.Result(outputs, result.gradients());
    }
  }

  static class NotANumber extends Changing {
    @Override
    GraphEngine.Result change(GraphEngine.Result result) {
      result.outputs().get(0).samples()[0] = Float.NaN;
      return result;
    }
  }

  /** Changes the gradients of the reference. */
  abstract static class ChangingGradients extends Changing {

    abstract void change(Tensor gradient);

    @Override
    GraphEngine.Result change(GraphEngine.Result result) {
      result
          .gradients()
          .forEach(
              (array, gradient) -> {
                if (!array.equals("images")) {
                  change(gradient);
                }
              });
      return result;
    }
  }

  static class WrongSign extends ChangingGradients {
    @Override
    void change(Tensor gradient) {
      for (int i = 0; i < gradient.samples().length; i++) {
        gradient.samples()[i] *= -1;
      }
    }
  }

  static class OneWrongSample extends ChangingGradients {
    @Override
    void change(Tensor gradient) {
      gradient.samples()[5] *= 1.1f;
    }
  }

  static class TransposedGradient extends ChangingGradients {
    @Override
    void change(Tensor gradient) {
      float[] samples = gradient.samples().clone();
      int rows = (int) gradient.shape().length(0);
      for (int i = 0; i < samples.length; i++) {
        gradient.samples()[i] = samples[i % rows * (samples.length / rows) + i / rows];
      }
    }
  }

  /** Changes what the reference is given. */
  abstract static class Given extends GraphEngineContract {

    abstract GraphEngine.Result run(
        ReferenceEngine engine,
        Graph graph,
        Map<String, Tensor> arrays,
        Set<String> differentiated);

    @Override
    protected GraphEngine engine() {
      ReferenceEngine engine = new ReferenceEngine();
      return new GraphEngine() {
        @Override
        public String name() {
          return engine.name();
        }

        @Override
        public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
          return Given.this.run(engine, graph, arrays, differentiated);
        }
      };
    }
  }

  static class ZerosForMissing extends Given {
    @Override
    GraphEngine.Result run(
        ReferenceEngine engine,
        Graph graph,
        Map<String, Tensor> arrays,
        Set<String> differentiated) {
      Map<String, Tensor> all = new LinkedHashMap<>(arrays);
      for (Node node : graph.nodes()) {
        if (node instanceof Node.Weights) {
          int size = (int) node.shape().size();
          all.putIfAbsent(node.name(), Tensor.of(node.shape(), new float[size]));
        }
      }
      return engine.run(graph, all, differentiated);
    }
  }

  static class WritesToArrays extends Given {
    @Override
    GraphEngine.Result run(
        ReferenceEngine engine,
        Graph graph,
        Map<String, Tensor> arrays,
        Set<String> differentiated) {
      GraphEngine.Result result = engine.run(graph, arrays, differentiated);
      arrays.values().forEach(array -> array.samples()[0] += 0.1f);
      return result;
    }
  }

  static class DifferentiatesAll extends Given {
    @Override
    GraphEngine.Result run(
        ReferenceEngine engine,
        Graph graph,
        Map<String, Tensor> arrays,
        Set<String> differentiated) {
      return engine.run(graph, arrays, new TreeSet<>(arrays.keySet()));
    }
  }

  static class PadsWithEdges extends Given {
    @Override
    GraphEngine.Result run(
        ReferenceEngine engine,
        Graph graph,
        Map<String, Tensor> arrays,
        Set<String> differentiated) {
      return new GraphEngine.Result(List.copyOf(arrays.values()), Map.of());
    }
  }
}
