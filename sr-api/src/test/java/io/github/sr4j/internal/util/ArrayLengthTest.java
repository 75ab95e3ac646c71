// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArrayLengthTest {

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "7, 5, 3", "715827879, 1, 3", "46340, 46340, 1", "2147483639, 1, 1"})
  void product_thatFits_isReturned(int width, int height, int samples) {
    assertThat(ArrayLength.of(width, height, samples)).isEqualTo(width * height * samples);
  }

  /** Of these products, some overflow to a number below 0, some to one above, some beyond 2^63. */
  @ParameterizedTest
  @CsvSource({
    "1000000000, 1, 3",
    "30000, 30000, 3",
    "40000, 40000, 3",
    "65536, 65536, 1",
    "2147483640, 1, 1",
    "2147483647, 2147483647, 4"
  })
  void product_thatDoesNotFit_isRefused(int width, int height, int samples) {
    assertThatThrownBy(() -> ArrayLength.of(width, height, samples))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(
            "an image of " + width + "x" + height + " (width x height) with " + samples)
        .hasMessageEndingWith("more than fit in an array");
  }
}
