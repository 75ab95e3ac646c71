// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes, written as Java's own options write it: {@code 500m}, {@code 4g}. */
public final class MemorySize implements ITypeConverter<Long> {

  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([kmgt]?)");

  @Override
  public Long convert(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException(
          String.format(
              "must be a number of bytes, or of k, m, g or t of them, such as 4g, but was \"%s\"",
              text));
    }
    long number = Long.parseLong(matcher.group(1));
    int power = "kmgt".indexOf(matcher.group(2)) + (matcher.group(2).isEmpty() ? 0 : 1);
    return number << (10 * power);
  }
}
