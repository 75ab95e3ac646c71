// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import org.junit.jupiter.api.Test;

final class TrainingStepTest {

  /** A loss without a graph form: the names of this one are nobody's. */
  private static Loss outside(Loss loss) {
    return (shape, prediction, target, gradient) ->
        loss.evaluate(shape, prediction, target, gradient);
  }

  private static TrainingSession open(Loss loss) {
    return new Dl4jTrainingProvider()
        .open(
            TrainingSetup.of("compact(features=4, layers=1)", 2, loss)
                .optimizer(Optimizer.parse("sgd")));
  }

  @Test
  void lossTerms_areThoseOfTheGraphAndOfOutside_inTheirOrder() {
    Loss mse = Losses.mse();
    Loss loss = mse.plus(outside(mse).times(3)).plus(mse.times(2)).plus(outside(mse).times(0.5));
    try (TrainingSession session = open(loss)) {
      double value = session.step(Noise.batch(session, 2, 8), 0);
      double one = value / 6.5;

      assertThat(session.lossTerms()).hasSize(4);
      assertThat(session.lossTerms().get(0)).isCloseTo(one, withinPercentage(1e-3));
      assertThat(session.lossTerms().get(1)).isCloseTo(3 * one, withinPercentage(1e-3));
      assertThat(session.lossTerms().get(2)).isCloseTo(2 * one, withinPercentage(1e-3));
      assertThat(session.lossTerms().get(3)).isCloseTo(0.5 * one, withinPercentage(1e-3));
    }
  }

  /** Each step moves the weights alike, wherever the loss is computed. */
  @Test
  void termsOutsideOfTheGraph_areDifferentiatedAsThoseInside() {
    Loss tv = Losses.tv().times(0.5);
    try (TrainingSession inside = open(Losses.mse().plus(tv));
        TrainingSession outside =
            open(outside(Losses.mse()).plus(outside(Losses.tv()).times(0.5)))) {
      double expected = 0;
      double actual = 0;
      for (int i = 0; i < 4; i++) {
        expected = inside.step(Noise.batch(inside, 2, 8), 0.01);
        actual = outside.step(Noise.batch(outside, 2, 8), 0.01);
      }

      assertThat(actual).isCloseTo(expected, withinPercentage(0.01));
    }
  }

  @Test
  void patchesTooSmallForTheLoss_areRefusedBeforeTheyAreTrainedOn() {
    try (TrainingSession session = open(Losses.msSsim(3))) {
      assertThatThrownBy(() -> session.step(Noise.batch(session, 1, 21), 1e-3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "images must be at least 44x44 for ms_ssim(scales=3), but were 42x42 (width x"
                  + " height)");
      assertThat(session.step(Noise.batch(session, 1, 22), 1e-3)).isFinite();
    }
  }
}
