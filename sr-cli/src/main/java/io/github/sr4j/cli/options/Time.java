// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import io.github.sr4j.shared.settings.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time, written as in the settings of a training: {@code 90s}, {@code 1h30m}. */
public final class Time implements ITypeConverter<Duration> {

  @Override
  public Duration convert(String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
