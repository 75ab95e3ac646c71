// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.networks.operators.GramMatrix;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.PatchBatch;
import org.jspecify.annotations.Nullable;

/**
 * The style reconstruction loss, {@code |G(p) - G(t)|^2} (Frobenius) with {@code G} the Gram matrix
 * of the activations of a layer of a loss network: {@code G = F F^T / (C H W)}, {@code F} having a
 * row for each of C channels, of H W pixels. It compares which features occur together, wherever
 * they are. The sum over the layers, a mean over images.
 *
 * <p>J. Johnson, A. Alahi and L. Fei-Fei, <i>Perceptual Losses for Real-Time Style Transfer and
 * Super-Resolution</i>, ECCV 2016, equations 3 and 4, after L. A. Gatys, A. S. Ecker and M. Bethge,
 * <i>A Neural Algorithm of Artistic Style</i>, 2015. In the place of the target may be a picture
 * whose style is wanted: for style transfer.
 *
 * @param style the picture; null if predictions are compared with their targets
 */
record GramLoss(LossLayers layers, @Nullable StylePicture style) implements GraphLoss {

  static final String NAME = "gram";

  static GramLoss of(Arguments arguments) {
    String style = arguments.text("style", "");
    LossLayers layers = LossLayers.of(arguments);
    return new GramLoss(layers, style.isEmpty() ? null : StylePicture.read(style, layers));
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    layers.network().checkShape(NAME, shape);
  }

  @Override
  public Node addTo(GraphBuilder graph, Node prediction, Node target) {
    LossNetwork.checkChannels(NAME, (int) target.shape().length(1));
    Formula p = new Formula(graph, prediction);
    StylePicture picture = style;
    if (picture == null) {
      return layers.sum(p, new Formula(graph, target), (a, b) -> distance(gram(a), gram(b))).node();
    }
    return layers.layers().stream()
        .map(
            layer ->
                distance(
                    gram(layers.network().activation(p, layer)), p.constant(picture.gram(layer))))
        .reduce(Formula::plus)
        .orElseThrow()
        .node();
  }

  private static Formula distance(Formula gram, Formula target) {
    return gram.minus(target).square().sum(1, 2).mean();
  }

  /** Returns the Gram matrices, [N, C, C], of [N, C, height, width]. */
  static Formula gram(Formula features) {
    return features.then(new GramMatrix());
  }

  @Override
  public String toString() {
    return NAME
        + "("
        + layers.text()
        + (style == null ? "" : LossLayers.option("style", style.file()))
        + ")";
  }
}
