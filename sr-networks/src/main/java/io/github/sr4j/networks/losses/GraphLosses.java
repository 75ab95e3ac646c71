// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.shared.losses.CharbonnierLoss;
import io.github.sr4j.shared.losses.EdgeLoss;
import io.github.sr4j.shared.losses.L1Loss;
import io.github.sr4j.shared.losses.MseLoss;
import io.github.sr4j.shared.losses.MultiScaleSsimLoss;
import io.github.sr4j.shared.losses.SsimLoss;
import io.github.sr4j.shared.losses.TotalVariationLoss;
import io.github.sr4j.spi.Loss;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The graphs of losses. */
public final class GraphLosses {

  private static final int ROWS = 2; // axes of NCHW
  private static final int COLUMNS = 3;

  private GraphLosses() {}

  /**
   * Adds a loss to a graph.
   *
   * @return one sample; empty if the loss has no graph, and is to be evaluated outside
   */
  public static Optional<Node> add(GraphBuilder graph, Loss loss, Node prediction, Node target) {
    if (loss instanceof GraphLoss own) {
      return Optional.of(own.addTo(graph, prediction, target));
    }
    Formula p = new Formula(graph, prediction);
    Formula t = new Formula(graph, target);
    return Optional.ofNullable(ofLibrary(loss, p, t)).map(Formula::node);
  }

  /** Returns the formula of a loss of {@code Losses}; null of any other. */
  private static @Nullable Formula ofLibrary(Loss loss, Formula p, Formula t) {
    if (loss instanceof L1Loss) {
      return p.minus(t).absolute().mean();
    } else if (loss instanceof MseLoss) {
      return p.minus(t).square().mean();
    } else if (loss instanceof CharbonnierLoss charbonnier) {
      double epsilon = charbonnier.epsilon();
      return p.minus(t).square().plus(epsilon * epsilon).root().plus(-epsilon).mean();
    } else if (loss instanceof TotalVariationLoss) {
      return neighbourDifferences(p);
    } else if (loss instanceof EdgeLoss) {
      return neighbourDifferences(p.minus(t));
    } else if (loss instanceof SsimLoss) {
      return Similarity.loss(p, t, 1);
    } else if (loss instanceof MultiScaleSsimLoss multiScale) {
      return Similarity.loss(p, t, multiScale.scales());
    }
    return null;
  }

  private static Formula neighbourDifferences(Formula image) {
    return neighbourDifferences(image, COLUMNS).plus(neighbourDifferences(image, ROWS));
  }

  private static Formula neighbourDifferences(Formula image, int axis) {
    Formula next = image.strip(axis, 1, Slice.END);
    return next.minus(image.strip(axis, 0, -1)).absolute().mean();
  }
}
