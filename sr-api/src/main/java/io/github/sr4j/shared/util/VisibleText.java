// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import java.util.Locale;

/**
 * Text for terminals, in which control characters are visible instead of obeyed. Names of files and
 * metadata come from strangers: an escape sequence could rewrite what is on the screen, and a
 * bidirectional override turn {@code gnp.exe} around.
 */
public final class VisibleText {

  private VisibleText() {}

  /** Returns a text in one line: all of its control characters escaped, as {@code \\u001b}. */
  public static String of(Object value) {
    return escaped(String.valueOf(value), "");
  }

  /** Returns a text of several lines, in which line breaks, tabs and returns are kept. */
  public static String ofLines(String text) {
    return escaped(text, "\n\r\t");
  }

  private static String escaped(String text, String kept) {
    if (text.codePoints().noneMatch(c -> isHostile(c) && kept.indexOf(c) < 0)) {
      return text;
    }
    StringBuilder visible = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (!isHostile(c) || kept.indexOf(c) >= 0) {
                visible.appendCodePoint(c);
              } else {
                for (char unit : Character.toChars(c)) {
                  visible.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
                }
              }
            });
    return visible.toString();
  }

  /** Whether a terminal obeys a character, or shows others elsewhere because of it. */
  private static boolean isHostile(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      // Joiners belong to the writing of many languages, and to emoji.
      case Character.FORMAT -> c != 0x200c && c != 0x200d && c != 0xad;
      default -> false;
    };
  }
}
