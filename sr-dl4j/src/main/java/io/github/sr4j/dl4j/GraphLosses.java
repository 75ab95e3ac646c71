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

  static final int HEIGHT = 2; // axes of NCHW
  static final int WIDTH = 3;

  /** The end of an axis, whose length need not be known. */
  static final int END = Integer.MAX_VALUE;

  private GraphLosses() {}

  /** Adds a loss to a graph; empty if it has no graph form and is to be evaluated outside. */
  static Optional<SDVariable> add(
      SameDiff graph, Loss loss, SDVariable prediction, SDVariable target) {
    if (loss instanceof GraphLoss own) {
      return Optional.of(own.addTo(graph, prediction, target));
    }
    if (!isOurs(loss)) {
      return Optional.empty();
    }
    Arguments arguments = Arguments.parse(loss.toString());
    SDVariable form =
        switch (arguments.name()) {
          case "l1" -> graph.math().abs(prediction.sub(target)).mean();
          case "mse" -> graph.math().square(prediction.sub(target)).mean();
          case "charbonnier" ->
              charbonnier(graph, prediction.sub(target), arguments.number("epsilon", 0));
          case "tv" -> neighbourDifferences(graph, prediction);
          case "edge" -> neighbourDifferences(graph, prediction.sub(target));
          case "ssim" -> GraphSimilarity.loss(graph, prediction, target, 1);
          case "ms_ssim" ->
              GraphSimilarity.loss(graph, prediction, target, arguments.integer("scales", 5, 2, 5));
          default -> null;
        };
    return Optional.ofNullable(form);
  }

  private static SDVariable charbonnier(SameDiff graph, SDVariable difference, double epsilon) {
    SDVariable square = graph.math().square(difference);
    return graph.math().sqrt(square.add(epsilon * epsilon)).sub(epsilon).mean();
  }

  private static SDVariable neighbourDifferences(SameDiff graph, SDVariable image) {
    return neighbourDifferences(graph, image, WIDTH)
        .add(neighbourDifferences(graph, image, HEIGHT));
  }

  private static SDVariable neighbourDifferences(SameDiff graph, SDVariable image, int axis) {
    SDVariable next = strip(graph, image, axis, 1, END);
    SDVariable first = strip(graph, image, axis, 0, -1);
    return graph.math().abs(next.sub(first)).mean();
  }

  /**
   * Adds the part of an image from one index of an axis to before another; negative ones count from
   * the end.
   */
  static SDVariable strip(SameDiff graph, SDVariable image, int axis, int from, int to) {
    long[] begin = new long[4];
    long[] end = new long[4];
    begin[axis] = from;
    end[axis] = to;
    int others = 0b1111 & ~(1 << axis); // taken whole
    int endMask = to == END ? 0b1111 : others;
    return graph.stridedSlice(image, begin, end, new long[] {1, 1, 1, 1}, others, endMask, 0, 0, 0);
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
