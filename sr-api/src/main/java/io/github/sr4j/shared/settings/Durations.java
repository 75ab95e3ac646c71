// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as users write them: {@code 90m}, {@code 1h30m}, {@code 45s}. */
public final class Durations {

  private static final Pattern FORM =
      Pattern.compile("(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?");

  private Durations() {}

  /**
   * Reads a time.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException(
          String.format("a time must be such as 90m, 1h30m or 45s, but was \"%s\"", text));
    }
    long[] parts = new long[3];
    for (int i = 0; i < parts.length; i++) {
      String part = matcher.group(i + 1);
      parts[i] = part == null ? 0 : Long.parseLong(part);
    }
    return Duration.ofHours(parts[0]).plusMinutes(parts[1]).plusSeconds(parts[2]);
  }

  /** Returns the text of a time, rounded down to whole seconds, of which it has at least one. */
  public static String text(Duration duration) {
    long seconds = duration.isZero() ? 0 : Math.max(1, duration.toSeconds());
    String text =
        (seconds >= 3600 ? seconds / 3600 + "h" : "")
            + (seconds / 60 % 60 > 0 ? seconds / 60 % 60 + "m" : "")
            + (seconds % 60 > 0 ? seconds % 60 + "s" : "");
    return text.isEmpty() ? "0s" : text;
  }
}
