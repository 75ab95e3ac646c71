// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.dl4j.Dl4j;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NetworkWeightsTest {

  private static final Parameter TRAINED =
      new Parameter("w", Shape.of(5), new Parameter.Initial.Uniform(1), Parameter.Role.TRAINED, 1);
  private static final Parameter STATISTIC =
      new Parameter(
          "s", Shape.of(2), new Parameter.Initial.Constant(3), Parameter.Role.STATISTIC, 1);

  private static NetworkWeights<?> draw(TrainingEngine<?> engine) {
    return NetworkWeights.draw(engine, List.of(TRAINED, STATISTIC), List.of(), 1);
  }

  @Test
  void copy_sharesNothing() {
    try (NetworkWeights<?> weights = draw(Dl4j.engine());
        NetworkWeights<?> copy = weights.copy()) {
      Tensor before = weights.published("w");
      weights.arrays().get("w").multiply(2);

      assertThat(copy.published("w")).isEqualTo(before);
      assertThat(weights.published("w").samples()[0]).isEqualTo(2 * before.samples()[0]);
    }
  }

  @Test
  void statistics_areNeitherTrainedNorCounted_andCanBeSetBack() {
    checkStatistics(Dl4j.engine());
  }

  private static <A extends EngineArray<A>> void checkStatistics(TrainingEngine<A> engine) {
    try (NetworkWeights<A> weights =
        NetworkWeights.draw(engine, List.of(TRAINED, STATISTIC), List.of(), 1)) {
      Runnable undo = weights.keepStatistics();
      A batch =
          engine
              .arrays(List.of(STATISTIC), List.of(), Map.of("s", Tensor.of(Shape.of(2), 13f, 3f)))
              .get("s");
      weights.observe(Map.of("s", batch));

      assertThat(weights.arrays()).containsOnlyKeys("w");
      assertThat(weights.all()).containsOnlyKeys("w", "s");
      assertThat(weights.count()).isEqualTo(5);
      assertThat(weights.published("s").samples())
          .containsExactly(new float[] {4, 3}, within(1e-6f));
      undo.run();
      assertThat(weights.published("s").samples()).containsExactly(3, 3);
      batch.close();
    }
  }
}
