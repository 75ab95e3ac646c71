// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.Arguments;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The steps that a {@link Degradation} can have, by name. */
final class DegradationSteps {

  private static final ImmutableSortedMap<String, Function<Arguments, DegradationStep>> STEPS =
      ImmutableSortedMap.of("bicubic", arguments -> new Bicubic());

  private DegradationSteps() {}

  /**
   * Returns a step.
   *
   * @throws IllegalArgumentException if there is none of this name, or it has no such argument
   */
  static DegradationStep of(Arguments arguments) {
    Function<Arguments, DegradationStep> step = STEPS.get(arguments.name());
    checkArgument(
        step != null,
        "no degradation named \"%s\"; there are %s",
        arguments.name(),
        String.join(", ", STEPS.keySet()));
    DegradationStep made = step.apply(arguments);
    arguments.refuseUnread();
    return made;
  }

  /** MATLAB's antialiased bicubic. */
  private record Bicubic() implements DegradationStep {
    @Override
    public FloatImage apply(FloatImage image, Size lowRes, SplittableRandom random) {
      return Resampling.bicubic(image, lowRes.width(), lowRes.height());
    }

    @Override
    public Stage leaves(Stage stage) {
      return Stage.REDUCED;
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public String toString() {
      return "bicubic";
    }
  }
}
