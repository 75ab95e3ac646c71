// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.degradation;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.spi.Arguments;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values that a number is drawn from, uniformly; or one value. */
record Range(double from, double to) {

  private static final String NUMBER = "([0-9]*\\.?[0-9]+(?:[eE][+-]?[0-9]+)?)";
  private static final Pattern FORM = Pattern.compile(NUMBER + "(?:\\s*-\\s*" + NUMBER + ")?");

  /**
   * Reads an argument such as {@code 0.2-3} or {@code 3}.
   *
   * @throws IllegalArgumentException if it is not of this form or not within bounds
   */
  static Range of(Arguments arguments, String key, String defaultValue, double min, double max) {
    String text = arguments.text(key, defaultValue);
    Matcher matcher = FORM.matcher(text);
    checkArgument(
        matcher.matches(),
        "%s of %s must be a number or a range such as %s, but was \"%s\"",
        key,
        arguments.name(),
        defaultValue,
        text);
    double from = Double.parseDouble(matcher.group(1));
    double to = matcher.group(2) == null ? from : Double.parseDouble(matcher.group(2));
    checkArgument(
        min <= from && from <= to && to <= max,
        "%s of %s must be within %s to %s, the smaller number first, but was \"%s\"",
        key,
        arguments.name(),
        min,
        max,
        text);
    return new Range(from, to);
  }

  boolean isFixed() {
    return from == to;
  }

  double draw(SplittableRandom random) {
    return isFixed() ? from : from + (to - from) * random.nextDouble();
  }

  int drawInteger(SplittableRandom random) {
    return (int) Math.round(draw(random));
  }
}
