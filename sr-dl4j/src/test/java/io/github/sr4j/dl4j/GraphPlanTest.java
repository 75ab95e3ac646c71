// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.dl4j.internal.execution.GraphPlan;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.zoo.Networks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A plan computes what SameDiff's own interpreter computes, run after run. */
final class GraphPlanTest {

  /** Among the networks are all layers for which a plan has operations of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "compact(features=6, layers=3)",
        "edsr(blocks=1, features=4, scaling=0.5)",
        "espcn",
        "fsrcnn(features=6, shrunk=3, layers=1)",
        "imdn(blocks=2, features=16)",
        "johnson(blocks=1, features=4)",
        "johnson(blocks=1, features=4, norm=instance)",
        "rcan(groups=1, blocks=1, features=4, reduction=2)",
        "srresnet(blocks=1, features=4)",
        "vdsr(layers=3, features=4)",
        "srcnn(kernels=9-1-5)",
        "srcnn(kernels=9-3-5)",
        "srcnn(kernels=9-1-5, color=rgb)"
      })
  void valuesAndGradients_areThoseOfSameDiff(String text) {
    Network network = Networks.of(text, 2);
    int channels = network.color() == ModelInfo.Color.LUMA ? 1 : 3;
    int scale = network.isPreupscaled() ? 1 : 2;
    int lost = 2 * network.lostEdge();
    NetworkGraph trained = NetworkGraph.of(network, NetworkGraph.Mode.TRAINING);
    List<Parameter> parameters = trained.graph().parameters();
    Map<String, INDArray> weights =
        WeightLayout.create(
            parameters, List.of(trained.graph()), InitialWeights.draw(parameters, 5));
    try {
      List<String> names =
          parameters.stream().filter(Parameter::isTrained).map(Parameter::name).toList();
      SameDiffGraph built = SameDiffGraph.of(trained.graph(), weights, true);
      SameDiff graph = built.graph();
      SDVariable output = built.variable(trained.output());
      SDVariable target = graph.placeHolder("target", DataType.FLOAT, -1, channels, -1, -1);
      SDVariable loss = output.sub(target).mul(output).mean("loss");
      graph.setLossVariables(loss.name());
      graph.createGradFunction();
      Map<String, INDArray> inputs =
          Map.of(
              "input",
              noise(1, 2, channels, 19, 17),
              "target",
              noise(2, 2, channels, (19L - lost) * scale, (17L - lost) * scale));
      List<String> wanted = new ArrayList<>(List.of(output.name(), "loss"));
      names.forEach(n -> wanted.add(graph.getVariable(n).gradient().name()));
      Map<String, INDArray> bound = new HashMap<>(weights);
      bound.putAll(inputs);

      try (GraphPlan plan = GraphPlan.of(graph.getFunction("grad"), bound, wanted)) {
        for (int run = 0; run < 3; run++) {
          FloatArrays.write(inputs.get("input"), FloatArrays.read(noise(run, 2, channels, 19, 17)));
          plan.run();
          Map<String, INDArray> outputs = graph.output(inputs, output.name(), "loss");
          Map<String, INDArray> gradients = graph.calculateGradients(inputs, names);
          assertClose(plan.output(output.name()), outputs.get(output.name()));
          assertClose(plan.output("loss"), outputs.get("loss"));
          for (String name : names) {
            assertClose(
                plan.output(graph.getVariable(name).gradient().name()), gradients.get(name));
          }
        }
      }
    } finally {
      weights.values().forEach(INDArray::close);
    }
  }

  @Test
  void runInTwoParts_isRunAtOnce() {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.FLOAT, 1, 1, 3, 3);
    SDVariable late = graph.placeHolder("late", DataType.FLOAT, 1, 1, 3, 3);
    SDVariable middle = x.add(x).rename("middle");
    middle.mul(late).rename("end");
    INDArray lateArray = noise(2, 1, 1, 3, 3);
    try (GraphPlan plan =
        GraphPlan.of(
            graph,
            Map.of("x", noise(1, 1, 1, 3, 3), "late", lateArray),
            List.of("middle", "end"))) {
      plan.runUntil("middle");
      FloatArrays.write(lateArray, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
      plan.runAfter("middle");

      assertClose(plan.output("end"), plan.output("middle").mul(lateArray));
    }
  }

  @Test
  void placeholderWithoutAnArray_isNamed() {
    SameDiff graph = SameDiff.create();
    graph.placeHolder("x", DataType.FLOAT, 1, 1, 3, 3).add(1).rename("y");

    assertThatThrownBy(() -> GraphPlan.of(graph, Map.of(), List.of("y")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"x\"");
  }

  private static INDArray noise(long seed, long... shape) {
    INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
    SplittableRandom random = new SplittableRandom(seed);
    float[] samples = new float[(int) array.length()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    FloatArrays.write(array, samples);
    return array;
  }

  private static void assertClose(INDArray actual, INDArray expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    float[] a = FloatArrays.read(actual);
    float[] e = FloatArrays.read(expected.dup('c'));
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).as("value %d", i).isCloseTo(e[i], within(1e-5f));
    }
  }
}
