// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

final class NormalizationTest {

  // Two images of two channels and two pixels: means 2 and 25, variances 1.5 and 125.
  private static final float[] IMAGES = {1, 1, 10, 20, 2, 4, 30, 40};

  private final Weights weights = new Weights(1);

  @Test
  void batch_inTraining_isOfAllImagesTogether() {
    float[] expected = new float[8];
    for (int i = 0; i < 8; i++) {
      expected[i] =
          i / 2 % 2 == 0
              ? (float) ((IMAGES[i] - 2) / Math.sqrt(1.5))
              : (float) ((IMAGES[i] - 25) / Math.sqrt(125));
    }
    assertThat(run(Normalization.BATCH, true)).containsExactly(expected, within(1e-4f));
  }

  @Test
  void batch_whenRun_isByTheRunningStatistics() {
    run(Normalization.BATCH, false);
    write("norm.running_mean", 1, 10);
    write("norm.running_var", 4, 100);
    write("norm.weight", 2, 1);
    write("norm.bias", 0, 5);

    assertThat(run(Normalization.BATCH, false))
        .containsExactly(new float[] {0, 0, 5, 6, 1, 3, 7, 8}, within(1e-4f));
  }

  @Test
  void instance_isOfEachImage() {
    float[] expected = {0, 0, -1, 1, -1, 1, -1, 1};
    assertThat(run(Normalization.INSTANCE, true)).containsExactly(expected, within(1e-4f));
    assertThat(run(Normalization.INSTANCE, false)).containsExactly(expected, within(1e-4f));
  }

  @Test
  void runningStatistics_moveATenthOfTheWay_andAreNotTrained() {
    run(Normalization.BATCH, true);
    weights.observe("norm.running_mean", Nd4j.createFromArray(2f, 25f).reshape(1, 2, 1, 1));

    assertThat(weights.published("norm.running_mean").samples())
        .containsExactly(new float[] {0.2f, 2.5f}, within(1e-6f));
    assertThat(weights.arrays()).containsOnlyKeys("norm.weight", "norm.bias");
    assertThat(weights.count()).isEqualTo(4);
  }

  @Test
  void steps_moveTheStatisticsThatCheckpointsHold(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("one.ckpt");
    try (TrainingSession session =
        new Dl4jTrainingProvider()
            .open(TrainingSetup.of("johnson(blocks=1, features=3)", 2).loss(Losses.mse()))) {
      session.save(file, Map.of());
      Map<String, Npz.Array> before = Npz.read(file, new HashMap<>());
      session.step(Batches.random(session, 2, 8), 1e-3);
      session.save(file, Map.of());
      Map<String, Npz.Array> after = Npz.read(file, new HashMap<>());

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

  private static float[] samples(Map<String, Npz.Array> arrays, String name) {
    return requireNonNull(arrays.get(name), name).samples();
  }

  private void write(String name, float... samples) {
    Arrays32.write(requireNonNull(weights.all().get(name), name), samples);
  }

  private float[] run(Normalization norm, boolean training) {
    SameDiff graph = SameDiff.create();
    SDVariable input = graph.placeHolder("input", DataType.FLOAT, -1, 2, -1, -1);
    Layers layers = new Layers(graph, weights, true, training);
    norm.in(layers).apply("norm", new Signal(input, 2)).variable().rename("output");
    Map<String, INDArray> bound = new HashMap<>(weights.all());
    INDArray images = Nd4j.create(DataType.FLOAT, new long[] {2, 2, 1, 2}, 'c');
    Arrays32.write(images, IMAGES);
    bound.put("input", images);
    try (GraphPlan plan = GraphPlan.of(graph, bound, List.of("output"))) {
      plan.run();
      return Arrays32.read(plan.output("output"));
    }
  }
}
