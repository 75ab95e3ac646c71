// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.train.Trainer.Schedule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {

  @ParameterizedTest
  @CsvSource({
    "CONSTANT, 1000, 0, 0.4",
    "CONSTANT, 1000, 999, 0.4",
    "STEP, 1000, 0, 0.4",
    "STEP, 1000, 249, 0.4",
    "STEP, 1000, 250, 0.2",
    "STEP, 1000, 500, 0.1",
    "STEP, 1000, 750, 0.05",
    "STEP, 1000, 999, 0.05",
    "STEP, 3, 2, 0.1",
    "COSINE, 1000, 0, 0.04", // the first of ten steps of warm-up
    "COSINE, 1000, 9, 0.4",
    "COSINE, 1000, 10, 0.4",
    "COSINE, 1000, 505, 0.2", // half way down
    "COSINE, 1000, 340, 0.3", // a third: cos 60 degrees is a half
    "COSINE, 1000, 999, 0.0000010069988898",
    "COSINE, 50, 0, 0.4", // too short to warm up
    "COSINE, 1, 0, 0.4",
  })
  void rate_followsTheSchedule(Schedule schedule, long steps, long step, double expected) {
    assertThat(LearningRate.at(step, schedule, 0.4, steps)).isCloseTo(expected, within(1e-12));
  }
}
