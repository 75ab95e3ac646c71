// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LastLayoutTest {

  private final List<String> closed = new ArrayList<>();
  private final LastLayout<Integer, String> layouts = new LastLayout<>(closed::add);

  @Test
  void sameShape_keepsTheLayout() {
    assertThat(layouts.last()).isEmpty();
    String first = layouts.of(1, () -> "first");

    assertThat(layouts.of(1, () -> "again")).isSameAs(first);
    assertThat(layouts.isOf(1)).isTrue();
    assertThat(closed).isEmpty();
  }

  @Test
  void anotherShape_freesTheLayoutBeforeItMakesOne() {
    layouts.of(1, () -> "first");

    layouts.of(
        2,
        () -> {
          assertThat(closed).containsExactly("first");
          return "second";
        });

    assertThat(layouts.last()).hasValue("second");
    assertThat(layouts.isOf(1)).isFalse();
  }

  @Test
  void close_freesTheLayoutOnce() {
    layouts.of(1, () -> "first");

    layouts.close();
    layouts.close();

    assertThat(closed).containsExactly("first");
    assertThat(layouts.isOf(1)).isFalse();
  }
}
