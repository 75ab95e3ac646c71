// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.shared.util.VisibleText;
import java.util.Locale;

/** The refusals of a file, each of which begins with its name. */
record Refusal(String file) {

  private static final int MAX_TEXT = 100;

  /**
   * Returns a refusal.
   *
   * @param format completes a sentence whose subject is the file
   * @param values strings among them are those of the file, shown shortened and without characters
   *     that a terminal obeys
   */
  ModelFormatException of(String format, Object... values) {
    Object[] shown = values.clone();
    for (int i = 0; i < shown.length; i++) {
      if (shown[i] instanceof String text) {
        shown[i] = shown(text);
      }
    }
    return new ModelFormatException(file + ": " + String.format(Locale.ROOT, format, shown), null);
  }

  private static String shown(String text) {
    return VisibleText.of(text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...");
  }
}
