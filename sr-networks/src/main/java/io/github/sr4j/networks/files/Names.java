// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import java.util.Collection;

/** The names of arrays in a message: all of a few, the first of many, each of a bounded length. */
public final class Names {

  private static final int MAX_NAMES = 8;
  private static final int MAX_LENGTH = 60;

  private Names() {}

  /** Returns names for a message, separated by commas. */
  public static String of(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String first =
        String.join(", ", names.stream().limit(MAX_NAMES).map(Names::shortened).toList());
    int others = names.size() - MAX_NAMES;
    return others <= 0 ? first : first + " and " + others + " more";
  }

  /** Returns the start of a long text. */
  public static String shortened(String text) {
    return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "...";
  }
}
