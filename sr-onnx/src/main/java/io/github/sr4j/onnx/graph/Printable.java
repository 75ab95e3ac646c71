// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.graph;

import java.util.Locale;

/**
 * The form in which messages show texts of a model file, which may hold anything: characters that
 * would control a terminal or reorder a line are written as {@code \\u001b} is, and long texts cut.
 */
public final class Printable {

  private static final int MAX_NAME = 200; // characters
  private static final int MAX_MESSAGE = 2000;

  private Printable() {}

  /** Returns a name, or another short text. */
  public static String name(String text) {
    return of(text, MAX_NAME);
  }

  /** Returns a message that may hold names. */
  public static String message(String text) {
    return of(text, MAX_MESSAGE);
  }

  private static String of(String text, int max) {
    StringBuilder shown = new StringBuilder();
    int end = Math.min(text.length(), max);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (isShown(text, i)) {
        shown.append(c);
      } else {
        shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return text.length() > max ? shown.append("...").toString() : shown.toString();
  }

  private static boolean isShown(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
