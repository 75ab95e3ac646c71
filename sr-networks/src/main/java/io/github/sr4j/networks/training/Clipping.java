// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Arguments;
import java.util.List;

/**
 * A bound on gradients, as {@link io.github.sr4j.spi.TrainingSetup#clipping(String)} has them.
 *
 * @param bound the number in its parentheses; of no meaning for {@code NONE}
 */
record Clipping(Kind kind, double bound) {

  private enum Kind {
    NONE,
    NORM,
    VALUE,
    ADJUSTABLE
  }

  /**
   * Reads a clipping.
   *
   * @throws IllegalArgumentException if it is not one; the message lists those that there are
   */
  static Clipping parse(String text) {
    Arguments arguments = Arguments.parse(text);
    Kind kind =
        switch (arguments.name()) {
          case "none" -> Kind.NONE;
          case "norm" -> Kind.NORM;
          case "value" -> Kind.VALUE;
          case "adjustable" -> Kind.ADJUSTABLE;
          default -> throw refused(text);
        };
    List<String> bounds = kind == Kind.NONE ? List.of() : arguments.unnamed();
    arguments.refuseUnread();
    if (kind == Kind.NONE) {
      return new Clipping(kind, 0);
    }
    try {
      double bound = bounds.size() == 1 ? Double.parseDouble(bounds.get(0)) : Double.NaN;
      checkArgument(
          bound > 0 && Double.isFinite(bound),
          "clipping %s must have one positive number in its parentheses, as in %s(1), but was"
              + " \"%s\"",
          arguments.name(),
          arguments.name(),
          text);
      return new Clipping(kind, bound);
    } catch (NumberFormatException e) {
      throw refused(text);
    }
  }

  private static IllegalArgumentException refused(String text) {
    return new SettingException(
        "%s must be one of none, norm(1), value(0.1), adjustable(0.4), but was \"%s\"",
        new SettingName("clipping"), text);
  }

  /**
   * Returns the factor by which every gradient is multiplied.
   *
   * @param norm the common L2 norm of all gradients
   */
  double factor(double norm) {
    return kind == Kind.NORM && norm > bound ? bound / norm : 1;
  }

  /**
   * Bounds the gradients of some weights.
   *
   * @param factor {@link #factor} of all gradients
   * @param rate the learning rate of the weights
   */
  void apply(EngineArray<?> gradient, double factor, double rate) {
    if (factor != 1) {
      gradient.multiply(factor);
    }
    if (kind == Kind.VALUE || (kind == Kind.ADJUSTABLE && rate > 0)) {
      float most = (float) (kind == Kind.VALUE ? bound : bound / rate);
      float[] samples = gradient.samples();
      for (int i = 0; i < samples.length; i++) {
        samples[i] = Math.max(-most, Math.min(most, samples[i]));
      }
      gradient.write(samples);
    }
  }
}
