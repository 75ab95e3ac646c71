// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

import com.google.common.base.Ascii;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The name that a misspelt one probably was meant to be. */
public final class NearestName {

  private NearestName() {}

  /**
   * Returns the name with the fewest letters to insert, delete or replace (V. Levenshtein, 1966),
   * upper case, hyphens and underscores aside. Empty if every name differs in more than half of the
   * letters.
   */
  public static Optional<String> of(String text, Collection<String> names) {
    String letters = letters(text);
    return names.stream()
        .filter(
            name ->
                distance(letters, letters(name)) * 2
                    <= Math.max(letters.length(), letters(name).length()))
        .min(Comparator.comparingInt(name -> distance(letters, letters(name))));
  }

  private static String letters(String name) {
    String shortened = name.substring(0, Math.min(name.length(), 100)); // no name is that long
    return Ascii.toLowerCase(shortened).replaceAll("[-_ ]", "");
  }

  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
