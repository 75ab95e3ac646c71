// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.dl4j.internal.execution.GraphPlan;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

final class NormalizationTest {

  // Two images of two channels and two pixels: means 2 and 25, variances 1.5 and 125.
  private static final float[] IMAGES = {1, 1, 10, 20, 2, 4, 30, 40};

  private static final double EPSILON = 1e-5;

  private static final List<Parameter> PARAMETERS =
      List.of(
          parameter("weight", Parameter.Role.TRAINED, 1),
          parameter("bias", Parameter.Role.TRAINED, 0),
          parameter("running_mean", Parameter.Role.STATISTIC, 0),
          parameter("running_var", Parameter.Role.STATISTIC, 1));

  private Map<String, INDArray> weights; // of the normalisation that was run

  private static Parameter parameter(String name, Parameter.Role role, double value) {
    return new Parameter(
        "norm." + name, Shape.of(2), new Parameter.Initial.Constant(value), role, 1);
  }

  @Test
  void batch_inTraining_isOfAllImagesTogether() {
    float[] expected = new float[8];
    for (int i = 0; i < 8; i++) {
      expected[i] =
          i / 2 % 2 == 0
              ? (float) ((IMAGES[i] - 2) / Math.sqrt(1.5))
              : (float) ((IMAGES[i] - 25) / Math.sqrt(125));
    }
    assertThat(run(new Normalize.Batch(EPSILON, true))).containsExactly(expected, within(1e-4f));
  }

  @Test
  void batch_whenRun_isByTheRunningStatistics() {
    run(new Normalize.Batch(EPSILON, false));
    write("norm.running_mean", 1, 10);
    write("norm.running_var", 4, 100);
    write("norm.weight", 2, 1);
    write("norm.bias", 0, 5);

    assertThat(run(new Normalize.Batch(EPSILON, false)))
        .containsExactly(new float[] {0, 0, 5, 6, 1, 3, 7, 8}, within(1e-4f));
  }

  @Test
  void instance_isOfEachImage() {
    float[] expected = {0, 0, -1, 1, -1, 1, -1, 1};
    assertThat(run(new Normalize.Instance(EPSILON))).containsExactly(expected, within(1e-4f));
  }

  @Test
  void runningStatistics_moveATenthOfTheWay() {
    run(new Normalize.Batch(EPSILON, true));

    assertThat(held("norm.running_mean")).containsExactly(new float[] {0.2f, 2.5f}, within(1e-6f));
    assertThat(held("norm.running_var"))
        .containsExactly(new float[] {0.9f + 0.15f, 0.9f + 12.5f}, within(1e-5f));
  }

  @Test
  void steps_moveTheStatisticsThatCheckpointsHold(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("one.ckpt");
    try (TrainingSession session =
        new Dl4jTrainingProvider()
            .open(TrainingSetup.of("johnson(blocks=1, features=3)", 2, Losses.mse()))) {
      session.save(file, Map.of());
      Map<String, Tensor> before = Npz.read(file, new HashMap<>());
      session.step(Noise.batch(session, 2, 8), 1e-3);
      session.save(file, Map.of());
      Map<String, Tensor> after = Npz.read(file, new HashMap<>());

      for (String norm : List.of("first.norm", "blocks.0.norm1", "blocks.0.norm2", "up.0.norm")) {
        String mean = norm + ".running_mean";
        String variance = norm + ".running_var";
        assertThat(samples(before, mean)).containsOnly(0);
        assertThat(samples(before, variance)).containsOnly(1);
        assertThat(samples(after, mean)).doesNotContain(0);
        for (float sample : samples(after, variance)) {
          assertThat(sample).isGreaterThan(0.9f).isNotEqualTo(1);
        }
      }
      assertThat(after).doesNotContainKey("adam.m/first.norm.running_mean");
    }
  }

  private static float[] samples(Map<String, Tensor> arrays, String name) {
    return requireNonNull(arrays.get(name), name).samples();
  }

  private void write(String name, float... samples) {
    FloatArrays.write(array(name), samples);
  }

  private INDArray array(String name) {
    return requireNonNull(weights.get(name), name);
  }

  private float[] held(String name) {
    return FloatArrays.read(array(name));
  }

  private void observe(String name, INDArray statistic) {
    Nd4jArray running = new Nd4jArray(array(name));
    running.average(new Nd4jArray(statistic), 0.9);
  }

  private float[] run(Normalize norm) {
    GraphBuilder builder = new GraphBuilder();
    Node input = builder.input("input", Shape.ofImages(2));
    int operands = norm instanceof Normalize.Batch ? 4 : 2;
    Stream<Node> parameters = PARAMETERS.stream().limit(operands).map(builder::weights);
    Node[] nodes = Stream.concat(Stream.of(input), parameters).toArray(Node[]::new);
    Graph graph = builder.build(builder.add(norm, nodes));
    if (weights == null) {
      weights =
          WeightLayout.create(graph.parameters(), List.of(graph), InitialWeights.draw(graph, 1));
    }
    SameDiffGraph built = SameDiffGraph.of(graph, weights, true);
    Map<String, INDArray> bound = new HashMap<>(weights);
    INDArray images = Nd4j.create(DataType.FLOAT, new long[] {2, 2, 1, 2}, 'c');
    FloatArrays.write(images, IMAGES);
    bound.put("input", images);
    List<String> wanted = new ArrayList<>(List.of(built.name(graph.outputs().get(0))));
    built.observed().values().forEach(statistic -> wanted.add(statistic.name()));
    try (GraphPlan plan = GraphPlan.of(built.graph(), bound, wanted)) {
      plan.run();
      built.observed().forEach((name, statistic) -> observe(name, plan.output(statistic.name())));
      return FloatArrays.read(plan.output(wanted.get(0)));
    }
  }
}
