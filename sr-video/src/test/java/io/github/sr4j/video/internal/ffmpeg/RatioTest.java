// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RatioTest {

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "25, 25/1",
    "24, 24/1",
    "23.976, 24000/1001",
    "29.97, 30000/1001",
    "59.94, 60000/1001",
    "119.88, 120000/1001",
    "12.5, 25/2",
    "0.1, 1/10",
    "1000, 1000/1"
  })
  void frameRate_isTheFractionThatItStandsFor(double rate, String fraction) {
    assertThat(Ratio.ofFrameRate(rate)).hasToString(fraction);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 1001, Double.NaN})
  void frameRate_outsideItsRange_isRefused(double rate) {
    assertThatThrownBy(() -> Ratio.ofFrameRate(rate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("framesPerSecond must be within 0.001 to 1000, but was " + rate);
  }
}
