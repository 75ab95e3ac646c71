// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.Upscaler;
import io.github.sr4j.testkit.TestImages;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SharedUpscalersTest {

  private final SharedUpscalers<String> shared = new SharedUpscalers<>();
  private final AtomicInteger opened = new AtomicInteger();

  @AfterEach
  void close() {
    shared.closeUnused();
  }

  @Test
  void tasksOfOneModel_shareItsUpscaler_alsoOneAfterTheOther() {
    SharedUpscalers.Use first = shared.use("a", this::open);
    SharedUpscalers.Use second = shared.use("a", this::open);
    assertThat(second.upscaler()).isSameAs(first.upscaler());
    first.close();
    second.close();

    try (SharedUpscalers.Use third = shared.use("a", this::open)) {
      assertThat(third.upscaler()).isSameAs(first.upscaler());
    }
    assertThat(opened).hasValue(1);
  }

  @Test
  void anotherModel_closesUpscalersThatNoTaskUses_andNoOthers() {
    SharedUpscalers.Use used = shared.use("a", this::open);
    SharedUpscalers.Use unused = shared.use("b", this::open);
    unused.close();
    unused.close(); // harmless

    try (SharedUpscalers.Use other = shared.use("c", this::open)) {
      assertThat(opened).hasValue(3);
      assertOpen(used.upscaler());
      assertOpen(other.upscaler());
      assertThatIllegalStateException().isThrownBy(() -> enlarge(unused.upscaler()));
    }
    used.close();
  }

  @Test
  void failureToOpen_isThrown_andTheNextTaskTriesAgain() {
    Supplier<Upscaler> failing =
        () -> {
          throw new IllegalArgumentException("no such model");
        };
    assertThatThrownBy(() -> shared.use("a", failing)).hasMessage("no such model");

    try (SharedUpscalers.Use use = shared.use("a", this::open)) {
      assertOpen(use.upscaler());
    }
  }

  private static void assertOpen(Upscaler upscaler) {
    assertThat(enlarge(upscaler)).isPositive();
  }

  private static int enlarge(Upscaler upscaler) {
    return upscaler.upscale(TestImages.noise(3, 5, 7, 1)).width();
  }

  private Upscaler open() {
    opened.incrementAndGet();
    return Upscaler.builder().scale(2).threads(1).build();
  }
}
