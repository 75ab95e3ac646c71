// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.LossProvider;
import java.util.Set;
import java.util.TreeSet;

/** The losses of this library, and the reading of losses from text. */
public final class Losses {

  private Losses() {}

  /** Returns the mean absolute difference. */
  public static Loss l1() {
    return new L1Loss();
  }

  /** Returns the mean squared difference. */
  public static Loss mse() {
    return new MseLoss();
  }

  /**
   * Returns the Charbonnier loss with an epsilon of 1e-3, the value of the paper.
   *
   * @see #charbonnier(double)
   */
  public static Loss charbonnier() {
    return charbonnier(1e-3);
  }

  /**
   * Returns the Charbonnier loss, {@code mean(sqrt(d^2 + epsilon^2) - epsilon)}: an L1 that is
   * smooth at zero (Lai et al., <i>Deep Laplacian Pyramid Networks for Fast and Accurate
   * Super-Resolution</i>, CVPR 2017).
   *
   * @throws IllegalArgumentException if {@code epsilon} is not positive
   */
  public static Loss charbonnier(double epsilon) {
    checkArgument(
        epsilon > 0 && Double.isFinite(epsilon), "epsilon must be positive, but was %s", epsilon);
    return new CharbonnierLoss(epsilon);
  }

  /**
   * Reads a loss from a text: names with arguments in parentheses, each with a weight if it has
   * one, and added, such as {@code "l1 + 0.1*focal(gamma=2)"}.
   *
   * <p>The names are {@code l1}, {@code mse} (or {@code l2}), {@code charbonnier(epsilon=1e-3)},
   * and those of the {@link LossProvider}s on the class path.
   *
   * @throws IllegalArgumentException if the text is not of this form or names no loss; the message
   *     lists those that there are
   */
  public static Loss parse(String text) {
    Loss sum = null;
    // A plus sign inside an exponent, as in 1e+3, separates nothing.
    for (String part : Splitter.onPattern("(?<![0-9.][eE])\\+").trimResults().split(text)) {
      Loss term = parseTerm(part, text);
      sum = sum == null ? term : sum.plus(term);
    }
    checkArgument(sum != null, "loss must not be empty");
    return sum;
  }

  private static Loss parseTerm(String part, String text) {
    int star = part.indexOf('*');
    if (star < 0) {
      return create(Arguments.parse(part));
    }
    double weight;
    try {
      weight = Double.parseDouble(part.substring(0, star).strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          String.format(
              "the weight before * in loss \"%s\" must be a number, but was \"%s\"",
              text, part.substring(0, star).strip()),
          e);
    }
    return create(Arguments.parse(part.substring(star + 1))).times(weight);
  }

  private static Loss create(Arguments arguments) {
    Loss loss =
        switch (arguments.name()) {
          case "l1" -> l1();
          case "mse", "l2" -> mse();
          case "charbonnier" -> charbonnier(arguments.number("epsilon", 1e-3));
          default -> plugIn(arguments);
        };
    arguments.refuseUnread();
    return loss;
  }

  private static Loss plugIn(Arguments arguments) {
    Set<String> names = new TreeSet<>(Set.of("l1", "mse", "charbonnier"));
    for (LossProvider provider : LossProvider.all()) {
      if (provider.name().equals(arguments.name())) {
        return provider.create(arguments);
      }
      names.add(provider.name());
    }
    throw new IllegalArgumentException(
        String.format(
            "no loss named \"%s\"; there are %s. See docs/errors.md#no-loss",
            arguments.name(), String.join(", ", names)));
  }
}
