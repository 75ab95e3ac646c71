// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FrameDifferenceTest {

  @ParameterizedTest(name = "{0} and {1}, tolerance {2}: {3}")
  @CsvSource({
    "100, 100, 0, true",
    "100, 101, 0, false",
    "100, 101, 1, true",
    "101, 100, 1, true",
    "100, 102, 1, false",
    "127, 128, 1, true", // which differ in all bits
    "255, 0, 254, false",
    "255, 0, 255, true"
  })
  void samplesOfAByte_areCompared(int first, int second, int tolerance, boolean isWithin) {
    byte[] a = {7, (byte) first, 9};
    byte[] b = {7, (byte) second, 9};

    assertThat(new FrameDifference(1, tolerance).isWithin(a, b)).isEqualTo(isWithin);
  }

  @ParameterizedTest(name = "{0} and {1}, tolerance {2}: {3}")
  @CsvSource({
    "512, 512, 0, true",
    "512, 511, 0, false",
    "512, 511, 1, true", // which differ in both bytes
    "512, 510, 1, false",
    "1023, 768, 254, false",
    "1023, 768, 255, true"
  })
  void samplesOfTwoBytes_areCompared(int first, int second, int tolerance, boolean isWithin) {
    byte[] a = {7, 1, (byte) first, (byte) (first >> 8), 9, 1};
    byte[] b = {7, 1, (byte) second, (byte) (second >> 8), 9, 1};

    assertThat(new FrameDifference(2, tolerance).isWithin(a, b)).isEqualTo(isWithin);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "2, 1"})
  void differenceBehindOneThatIsAllowed_isFound(int tolerance, int allowed) {
    byte[] a = {50, 50, 50, 50};
    byte[] b = {(byte) (50 + allowed), 50, 50, 53};

    assertThat(new FrameDifference(1, tolerance).isWithin(a, b)).isFalse();
    assertThat(new FrameDifference(2, tolerance).isWithin(a, b)).isFalse();
  }
}
