// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LazyLibraryTest {

  private final AtomicInteger attempts = new AtomicInteger();

  @Test
  void library_isLoadedOnce_whenItIsAskedFor() {
    LazyLibrary library = new LazyLibrary(attempts::incrementAndGet, message -> message);
    assertThat(attempts).hasValue(0);

    library.load();
    library.load();

    assertThat(attempts).hasValue(1);
  }

  @Test
  void failure_isToldAtEveryAttempt_withTheFirstReason() {
    LazyLibrary library =
        new LazyLibrary(
            () -> {
              throw new UnsatisfiedLinkError("attempt " + attempts.incrementAndGet());
            },
            message -> "it cannot be loaded: " + message);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(library::load)
          .isInstanceOf(BackendNotFoundException.class)
          .hasMessage("it cannot be loaded: attempt 1")
          .hasCauseInstanceOf(UnsatisfiedLinkError.class);
    }
  }
}
