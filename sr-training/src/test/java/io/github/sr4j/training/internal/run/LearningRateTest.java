// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.train.Trainer.Report.Validation;
import io.github.sr4j.train.Trainer.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "constant; 1000; 0; 0.4",
        "constant; 1000; 999; 0.4",
        "constant(warm_up=4); 1000; 0; 0.1",
        "constant(warm_up=4); 1000; 4; 0.4",
        "step; 1000; 0; 0.4",
        "step; 1000; 249; 0.4",
        "step; 1000; 250; 0.2",
        "step; 1000; 500; 0.1",
        "step; 1000; 750; 0.05",
        "step; 1000; 999; 0.05",
        "step; 3; 2; 0.1",
        "step(every=10%, factor=0.1); 70; 6; 0.4",
        "step(every=10%, factor=0.1); 70; 7; 0.04",
        "step(every=20, factor=0.1); 70; 45; 0.004",
        "step(every=20, factor=0.1, warm_up=10%); 70; 6; 0.4",
        "step(every=20, factor=0.1, warm_up=10%); 70; 20; 0.04",
        "cosine; 1000; 0; 0.04", // the first of ten steps of warm-up
        "cosine; 1000; 9; 0.4",
        "cosine; 1000; 10; 0.4",
        "cosine; 1000; 505; 0.2", // half way down
        "cosine; 1000; 340; 0.3", // a third: cos 60 degrees is a half
        "cosine; 1000; 999; 0.0000010069988898",
        "cosine(warm_up=0); 1000; 500; 0.2",
        "cosine; 50; 0; 0.4", // too short to warm up
        "cosine; 1; 0; 0.4",
        "plateau; 1000; 999; 0.4",
      })
  void rate_followsTheSchedule(String schedule, long steps, long step, double expected) {
    assertThat(new LearningRate(Schedule.parse(schedule), 0.4, steps).at(step, List.of()))
        .isCloseTo(expected, within(1e-12));
  }

  @Test
  void plateau_lowersTheRateEachTimeThePsnrStays() {
    LearningRate rate = new LearningRate(Schedule.plateau(2, 0.5), 0.4, 1000);
    double[] psnr = {30, 31, 31, 30.5, 30.9, 31, 32, 31};
    double[] expected = {0.4, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1, 0.1};
    List<Validation> validations = new ArrayList<>();
    for (int i = 0; i < psnr.length; i++) {
      validations.add(new Validation(10L * (i + 1), 0, psnr[i], 0));
      assertThat(rate.at(10L * (i + 1), validations))
          .as("after validation %s", i)
          .isCloseTo(expected[i], within(1e-12));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "constant; true",
        "constant(warm_up=10); true",
        "constant(warm_up=1%); false",
        "step; false",
        "step(every=1000); true",
        "plateau; true",
        "cosine; false",
        "cosine(warm_up=10); false",
      })
  void longerRun_beginsAlike_ifNoPartOfItCounts(String schedule, boolean expected) {
    assertThat(new LearningRate(Schedule.parse(schedule), 0.4, 100).isOfAnyLength())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "linear; schedule must be one of constant, cosine, step, plateau, but was \"linear\"",
        "cosine(every=3); cosine has no argument \"every\"",
        "step(every=101%); every of step must be a part of the run such as 25%",
        "step(every=0); every of step must be more than 0, but was 0",
        "step(every=2.5); or a number of steps, but was \"2.5\"",
        "step(factor=1); factor of step must be more than 0 and less than 1, but was 1.0",
        "plateau(patience=0); patience of plateau must be a whole number within 1",
        "constant(warm_up=x); warm_up of constant must be a part of the run",
      })
  void wrongSchedule_isRefused(String schedule, String message) {
    assertThatThrownBy(() -> new LearningRate(Schedule.parse(schedule), 0.4, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
