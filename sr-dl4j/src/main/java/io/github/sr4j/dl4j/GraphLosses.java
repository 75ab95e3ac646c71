// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.train.Loss;
import io.github.sr4j.train.Losses;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The losses of this library as operations of a SameDiff graph, which differentiates them itself.
 */
final class GraphLosses {

  private GraphLosses() {}

  /** Adds a loss to a graph; empty if it has no graph form and is to be evaluated outside. */
  static Optional<SDVariable> add(
      SameDiff graph, Loss loss, SDVariable prediction, SDVariable target) {
    if (!isOurs(loss)) {
      return Optional.empty();
    }
    SDVariable difference = prediction.sub(target);
    Arguments arguments = Arguments.parse(loss.toString());
    SDVariable form =
        switch (arguments.name()) {
          case "l1" -> graph.math().abs(difference).mean();
          case "mse" -> graph.math().square(difference).mean();
          case "charbonnier" -> charbonnier(graph, difference, arguments.number("epsilon", 0));
          default -> null;
        };
    return Optional.ofNullable(form);
  }

  private static SDVariable charbonnier(SameDiff graph, SDVariable difference, double epsilon) {
    SDVariable square = graph.math().square(difference);
    return graph.math().sqrt(square.add(epsilon * epsilon)).sub(epsilon).mean();
  }

  /** A loss of someone else's may print itself like one of ours; then it is not equal to it. */
  private static boolean isOurs(Loss loss) {
    try {
      return Losses.parse(loss.toString()).equals(loss);
    } catch (IllegalArgumentException notReadable) {
      return false;
    }
  }
}
