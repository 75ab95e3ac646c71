// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import io.github.sr4j.Upscaler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that limits the time of opening a model. */
public final class OpeningTime {

  @Option(
      names = "--max-opening-time",
      paramLabel = "TIME",
      converter = Time.class,
      description =
          "How long the opening of the model may take, such as 90s or 5m. Default: 2m; more is not"
              + " for a file of unknown origin.")
  private @Nullable Duration max;

  /** Returns the limit, or another where none is set. */
  public Duration orElse(Duration other) {
    return max == null ? other : max;
  }

  /** Sets the limit of a builder, if the option was given. */
  public void applyTo(Upscaler.Builder builder) {
    if (max != null) {
      builder.maxOpeningTime(max);
    }
  }
}
