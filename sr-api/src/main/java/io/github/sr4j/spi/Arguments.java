// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name with arguments, such as {@code focal(gamma=2)}, as losses, networks and optimizers are
 * written in texts.
 *
 * <p>Whoever interprets the arguments reads each with a default and then calls {@link
 * #refuseUnread}, so that a misspelt one is an error and not ignored. Not thread-safe.
 */
public final class Arguments {

  // Possessive: a long text must not overflow the stack.
  private static final Pattern FORM =
      Pattern.compile(
          "\\s*([a-zA-Z][a-zA-Z0-9_-]*)\\s*" + "(?:\\(((?:[^()\"]++|\"[^\"]*+\")*+)\\))?\\s*");
  private static final Pattern NEEDS_QUOTES = Pattern.compile(".*[(),=\\s].*", Pattern.DOTALL);

  private final String name;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> unnamed = new ArrayList<>();
  private final Set<String> known = new TreeSet<>();
  private boolean takesUnnamed;

  private Arguments(String name) {
    this.name = name;
  }

  /**
   * Reads a text: a name, or a name with arguments in parentheses, separated by commas, each {@code
   * key=value} or a value alone. Text in double quotes is taken as it is, so that the path of a
   * file may hold parentheses and commas.
   *
   * @throws IllegalArgumentException if {@code text} is not of this form
   */
  public static Arguments parse(String text) {
    Matcher matcher = FORM.matcher(text);
    checkArgument(
        matcher.matches(),
        "expected a name, or a name with arguments such as name(key=value), but was \"%s\"",
        text);
    Arguments arguments = new Arguments(matcher.group(1));
    String list = matcher.group(2);
    if (list != null && !list.isBlank()) {
      split(list).forEach(argument -> arguments.add(argument, text));
    }
    return arguments;
  }

  private static List<String> split(String list) {
    List<String> arguments = new ArrayList<>();
    boolean isQuoted = false;
    int start = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '"') {
        isQuoted = !isQuoted;
      } else if (c == ',' && !isQuoted) {
        arguments.add(list.substring(start, i));
        start = i + 1;
      }
    }
    arguments.add(list.substring(start));
    return arguments;
  }

  private void add(String argument, String text) {
    int equals = argument.indexOf('=');
    int quote = argument.indexOf('"');
    if (equals < 0 || (quote >= 0 && quote < equals)) {
      unnamed.add(unquoted(argument));
      return;
    }
    String key = argument.substring(0, equals).strip();
    checkArgument(
        !key.isEmpty(),
        "expected key=value in the parentheses of \"%s\", but was \"%s\"",
        text,
        argument.strip());
    checkArgument(
        values.put(key, unquoted(argument.substring(equals + 1))) == null,
        "argument \"%s\" is given twice in \"%s\"",
        key,
        text);
  }

  private static String unquoted(String value) {
    return value.strip().replace("\"", "");
  }

  /**
   * Returns a value as it is written in a text: in double quotes if it holds what has a meaning
   * there.
   *
   * @throws IllegalArgumentException if {@code value} holds a double quote
   */
  public static String quote(String value) {
    checkArgument(value.indexOf('"') < 0, "a value must hold no double quote, but was %s", value);
    return NEEDS_QUOTES.matcher(value).matches() ? '"' + value + '"' : value;
  }

  /**
   * Returns a number as it is written in a text: whole ones without a fraction, such as {@code 1},
   * others so that reading the text gives the same number, such as {@code 1.0E-8}.
   */
  public static String text(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  /** Returns the name before the parentheses. */
  public String name() {
    return name;
  }

  /** Returns the arguments that have no key, in their order. */
  public List<String> unnamed() {
    takesUnnamed = true;
    return List.copyOf(unnamed);
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
  public int integer(String key, int defaultValue, int min, int max) {
    double number = number(key, defaultValue);
    checkArgument(
        number == Math.rint(number) && number >= min && number <= max,
        "%s of %s must be a whole number within %s to %s, but was %s",
        key,
        name,
        min,
        max,
        text(key, ""));
    return (int) number;
  }

  /**
   * Refuses arguments that nothing has read.
   *
   * @throws IllegalArgumentException if there is one; the message lists those that exist
   */
  public void refuseUnread() {
    checkArgument(
        takesUnnamed || unnamed.isEmpty(),
        "expected key=value in the parentheses of %s, but was \"%s\"",
        name,
        unnamed.isEmpty() ? "" : unnamed.get(0));
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
    List<String> all = new ArrayList<>();
    unnamed.forEach(value -> all.add(quote(value)));
    values.forEach((key, value) -> all.add(key + "=" + quote(value)));
    return all.isEmpty() ? name : name + "(" + String.join(", ", all) + ")";
  }
}
