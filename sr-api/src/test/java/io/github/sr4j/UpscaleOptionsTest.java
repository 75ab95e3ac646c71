// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpscaleOptionsTest {

  private final UpscaleOptions options = UpscaleOptions.defaults();

  @Test
  void defaults_sayNothing() {
    assertThat(options.factor()).isEmpty();
    assertThat(options.width()).isEmpty();
    assertThat(options.height()).isEmpty();
    assertThat(options.listener()).isEmpty();
    assertThat(options.skipsExisting()).isFalse();
  }

  @Test
  void methods_returnChangedCopies() {
    ProgressListener listener = progress -> {};
    UpscaleOptions changed = options.width(7).height(9).listener(listener).skipExisting();

    assertThat(changed.width()).hasValue(7);
    assertThat(changed.height()).hasValue(9);
    assertThat(changed.listener()).containsSame(listener);
    assertThat(changed.skipsExisting()).isTrue();
    assertThat(changed.width(8).listener()).containsSame(listener);
    assertThat(options.skipExisting().factor(1.5).skipsExisting()).isTrue();
    assertThat(options.factor(1.5).factor()).hasValue(1.5);
    assertThat(options.width()).isEmpty();
  }

  @Test
  void factor_togetherWithASide_isRefused() {
    assertThatThrownBy(() -> options.factor(2).height(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("factor must not be set together with width or height");
    assertThatThrownBy(() -> options.width(1).factor(2)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 0.009, 256.1, Double.NaN, Double.POSITIVE_INFINITY})
  void factor_outOfRange_isRefused(double factor) {
    assertThatThrownBy(() -> options.factor(factor))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("factor must be within 0.01 to 256, but was " + factor);
  }

  @Test
  void sides_ofLessThanOne_areRefused() {
    assertThatThrownBy(() -> options.width(0)).hasMessage("width must be at least 1, but was 0");
    assertThatThrownBy(() -> options.height(-3))
        .hasMessage("height must be at least 1, but was -3");
  }

  @Test
  void null_isRefusedByName() {
    assertThatThrownBy(() -> options.listener(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("listener");
  }
}
