// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.PatchBatch;

/**
 * The feature reconstruction loss, {@code |phi(p) - phi(t)|^2 / (C H W)} with {@code phi} the
 * activations of a layer of a loss network, of C channels and H x W pixels: what the network sees
 * must be the same, not each pixel. The sum over the layers, a mean over images.
 *
 * <p>J. Johnson, A. Alahi and L. Fei-Fei, <i>Perceptual Losses for Real-Time Style Transfer and
 * Super-Resolution</i>, ECCV 2016, equation 2. With {@code relu5_4} of VGG-19 and a divisor of
 * 12.75 it is the VGG loss of C. Ledig et al., <i>Photo-Realistic Single Image Super-Resolution
 * Using a Generative Adversarial Network</i>, CVPR 2017, equation 5 and section 3.2, which does not
 * divide by C; with {@code conv5_4} it compares before the activation, as X. Wang et al.,
 * <i>ESRGAN</i>, ECCV Workshops 2018, do, though by an L1.
 *
 * @param divisor what activations are divided by
 */
record FeatureLoss(LossLayers layers, double divisor) implements GraphLoss {

  static final String NAME = "feature";

  static FeatureLoss of(Arguments arguments) {
    double divisor = arguments.number("divisor", 1);
    checkArgument(divisor > 0, "divisor of feature must be positive, but was %s", divisor);
    return new FeatureLoss(LossLayers.of(arguments), divisor);
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    layers.network().checkShape(NAME, shape);
  }

  @Override
  public Node addTo(GraphBuilder graph, Node prediction, Node target) {
    LossNetwork.checkChannels(NAME, (int) target.shape().length(1));
    Formula sum =
        layers.sum(
            new Formula(graph, prediction),
            new Formula(graph, target),
            (p, t) -> p.minus(t).square().mean());
    return (divisor == 1 ? sum : sum.times(1 / (divisor * divisor))).node();
  }

  @Override
  public String toString() {
    return NAME + "(" + layers.text() + (divisor == 1 ? "" : ", divisor=" + divisor) + ")";
  }
}
