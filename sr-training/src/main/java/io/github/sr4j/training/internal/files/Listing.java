// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import java.util.Collection;
import java.util.Locale;

/** The names in a message: all of a few, the first of many, so that it stays one sentence. */
public final class Listing {

  private static final int MAX_NAMES = 8;

  private Listing() {}

  /** Joins names by commas. */
  public static String of(Collection<String> names) {
    int others = names.size() - MAX_NAMES;
    return others <= 1
        ? String.join(", ", names)
        : String.join(", ", names.stream().limit(MAX_NAMES).toList())
            + String.format(Locale.ROOT, " and %d others", others);
  }
}
