// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name with named arguments, such as {@code focal(gamma=2)}, as losses, networks and optimizers
 * are written in texts.
 *
 * <p>Whoever interprets the arguments reads each with a default and then calls {@link
 * #refuseUnread}, so that a misspelt one is an error and not ignored. Not thread-safe.
 */
public final class Arguments {

  private static final Pattern FORM =
      Pattern.compile("\\s*([a-zA-Z][a-zA-Z0-9_-]*)\\s*(?:\\(([^()]*)\\))?\\s*");

  private final String name;
  private final Map<String, String> values;
  private final Set<String> known = new TreeSet<>();

  private Arguments(String name, Map<String, String> values) {
    this.name = name;
    this.values = values;
  }

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if {@code text} is not a name, or a name with {@code
   *     key=value} pairs in parentheses, separated by commas
   */
  public static Arguments parse(String text) {
    Matcher matcher = FORM.matcher(text);
    checkArgument(
        matcher.matches(),
        "expected a name, or a name with arguments such as name(key=value), but was \"%s\"",
        text);
    Map<String, String> values = new LinkedHashMap<>();
    String list = matcher.group(2);
    if (list != null && !list.isBlank()) {
      for (String pair : Splitter.on(',').trimResults().split(list)) {
        int equals = pair.indexOf('=');
        checkArgument(
            equals > 0,
            "expected key=value in the parentheses of \"%s\", but was \"%s\"",
            text,
            pair);
        String key = pair.substring(0, equals).strip();
        checkArgument(
            values.put(key, pair.substring(equals + 1).strip()) == null,
            "argument \"%s\" is given twice in \"%s\"",
            key,
            text);
      }
    }
    return new Arguments(matcher.group(1), values);
  }

  /** Returns the name before the parentheses. */
  public String name() {
    return name;
  }

  /** Returns the argument as text. */
  public String text(String key, String defaultValue) {
    known.add(key);
    return values.getOrDefault(key, defaultValue);
  }

  /**
   * Returns the argument as a number.
   *
   * @throws IllegalArgumentException if it is not a finite one
   */
  public double number(String key, double defaultValue) {
    known.add(key);
    String value = values.get(key);
    if (value == null) {
      return defaultValue;
    }
    try {
      double number = Double.parseDouble(value);
      checkArgument(
          Double.isFinite(number), "%s of %s must be finite, but was %s", key, name, value);
      return number;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          String.format("%s of %s must be a number, but was \"%s\"", key, name, value), e);
    }
  }

  /**
   * Returns the argument as a whole number within bounds.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public int integer(String key, int defaultValue, int least, int most) {
    double number = number(key, defaultValue);
    checkArgument(
        number == Math.rint(number) && number >= least && number <= most,
        "%s of %s must be a whole number within %s to %s, but was %s",
        key,
        name,
        least,
        most,
        text(key, ""));
    return (int) number;
  }

  /**
   * Refuses arguments that nothing has read.
   *
   * @throws IllegalArgumentException if there is one; the message lists those that exist
   */
  public void refuseUnread() {
    for (String key : values.keySet()) {
      checkArgument(
          known.contains(key),
          "%s has no argument \"%s\"; it has %s",
          name,
          key,
          known.isEmpty() ? "none" : String.join(", ", known));
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    if (!values.isEmpty()) {
      text.append('(');
      values.forEach(
          (key, value) ->
              text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ")
                  .append(key)
                  .append('=')
                  .append(value));
      text.append(')');
    }
    return text.toString();
  }
}
