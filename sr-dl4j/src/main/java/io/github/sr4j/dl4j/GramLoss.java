// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.train.BatchShape;
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
 * <i>A Neural Algorithm of Artistic Style</i>, 2015. The target plays the part of the style image.
 */
record GramLoss(LossLayers layers) implements GraphLoss {

  static final String NAME = "gram";

  @Override
  public void checkShape(BatchShape shape) {
    layers.network().checkShape(NAME, shape);
  }

  @Override
  public SDVariable addTo(SameDiff graph, SDVariable prediction, SDVariable target) {
    LossNetwork.checkChannels(NAME, (int) target.getShape()[1]);
    return layers.sum(graph, prediction, target, (p, t) -> distance(graph, p, t));
  }

  private static SDVariable distance(SameDiff graph, SDVariable prediction, SDVariable target) {
    // Both have the target's shape, which nothing is to be differentiated by.
    SDVariable shape = graph.shape(target);
    SDVariable images = graph.slice(shape, new int[] {0}, 1).castTo(DataType.FLOAT);
    SDVariable samples = graph.prod(shape.castTo(DataType.FLOAT), 0).div(images); // C H W
    SDVariable flat =
        graph.concat(
            0,
            graph.slice(shape, new int[] {0}, 2),
            graph.constant(Nd4j.createFromArray(new long[] {-1})));
    SDVariable difference =
        gram(graph, graph.reshape(prediction, flat))
            .sub(gram(graph, graph.reshape(target, flat)))
            .div(samples);
    return graph.math().square(difference).sum(1, 2).mean();
  }

  /** Multiplies [N, C, H * W] with its own transpose. */
  private static SDVariable gram(SameDiff graph, SDVariable features) {
    return graph.mmul(features, features, false, true, false);
  }

  @Override
  public String toString() {
    return NAME + layers;
  }
}
