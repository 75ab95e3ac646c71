// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

import com.google.common.base.CaseFormat;

/**
 * The name of a setting: the same words in Java, in files and on the command line.
 *
 * @param key the words with hyphens, such as {@code validate-every}
 */
public record SettingName(String key) {

  /** Returns the name of a method or parameter, such as {@code validateEvery}. */
  public String inJava() {
    return CaseFormat.LOWER_HYPHEN.to(CaseFormat.LOWER_CAMEL, key);
  }

  /** Returns the words with spaces, such as {@code validate every}. */
  public String inWords() {
    return key.replace('-', ' ');
  }

  /** Returns the name in Java, as messages have it unless they are told another. */
  @Override
  public String toString() {
    return inJava();
  }
}
