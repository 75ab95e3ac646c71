// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.train.BatchShape;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

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
  public void checkShape(BatchShape shape) {
    layers.network().checkShape(NAME, shape);
  }

  @Override
  public SDVariable addTo(SameDiff graph, SDVariable prediction, SDVariable target) {
    LossNetwork.checkChannels(NAME, (int) target.getShape()[1]);
    StylePicture picture = style;
    if (picture == null) {
      return layers.sum(
          graph,
          prediction,
          target,
          (layer, p, t) -> distance(graph, gram(graph, p, layer), gram(graph, t, layer)));
    }
    return layers.layers().stream()
        .map(
            layer ->
                distance(
                    graph,
                    gram(graph, layers.network().activation(graph, prediction, layer), layer),
                    graph.constant(picture.gram(layer))))
        .reduce(SDVariable::add)
        .orElseThrow();
  }

  private static SDVariable distance(SameDiff graph, SDVariable gram, SDVariable target) {
    return graph.math().square(gram.sub(target)).sum(1, 2).mean();
  }

  private SDVariable gram(SameDiff graph, SDVariable features, String layer) {
    return gram(graph, features, layers.network().features(layer));
  }

  /** Adds the Gram matrices, [N, C, C], of [N, C, height, width]. */
  static SDVariable gram(SameDiff graph, SDVariable features, int channels) {
    SDVariable shape = graph.shape(features);
    SDVariable flat =
        graph.concat(
            0,
            graph.slice(shape, new int[] {0}, 2),
            graph.constant(Nd4j.createFromArray(new long[] {-1})));
    SDVariable rows = graph.reshape(features, flat);
    SDVariable pixels = graph.prod(graph.slice(shape, new int[] {2}, 2).castTo(DataType.FLOAT), 0);
    return graph.mmul(rows, rows, false, true, false).div(pixels.mul(channels));
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
