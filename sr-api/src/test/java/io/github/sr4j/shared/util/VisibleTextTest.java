// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VisibleTextTest {

  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 7, 8, '\t', '\n', 0xb, '\r', 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0x61c, 0x200b, 0x200e,
        0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2069,
        0xfeff, 0xfff9, 0xe0001, 0xe0041
      })
  void characterThatATerminalObeys_isEscaped(int character) {
    String text = "a" + Character.toString(character) + "b";

    String visible = VisibleText.of(text);

    assertThat(visible).matches("a(\\\\u[0-9a-f]{4}){1,2}b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "photo.jpg",
        "Grün 1.png",
        "写真.png",
        "فارسی‌ها.png",
        "👩‍👩‍👧.png",
        "a\u00adb",
        "e\u0301"
      })
  void otherText_isKept(String text) {
    assertThat(VisibleText.of(text)).isSameAs(text);
  }

  @Test
  void linesOfAText_areKept() {
    assertThat(VisibleText.ofLines("a\n\tb\r\u001b[2J")).isEqualTo("a\n\tb\r\\u001b[2J");
  }
}
