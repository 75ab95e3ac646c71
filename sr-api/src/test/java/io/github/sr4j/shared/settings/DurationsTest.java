// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {

  @ParameterizedTest
  @CsvSource({"45s, 45", "2m, 120", "1h, 3600", "1h30m5s, 5405", "90m, 5400"})
  void durations_areHoursMinutesSeconds(String text, long seconds) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofSeconds(seconds));
    assertThat(Durations.parse(Durations.text(Duration.ofSeconds(seconds))))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1d", "90", "m", "1h 30m", "-1h"})
  void otherDurations_areRefused(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).hasMessageContaining("90m, 1h30m or 45s");
  }
}
