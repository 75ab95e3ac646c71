// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.GraphLoss;
import io.github.sr4j.networks.files.LossWeights;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.PatchBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The learned perceptual image patch similarity, {@code sum over layers of mean over pixels of w .
 * (u(p) - u(t))^2} with {@code u} the activations of a layer of a loss network, at each pixel
 * divided by their Euclidean length, and {@code w} a weight for each channel, learned from people's
 * judgement. A distance: 0 for equal images.
 *
 * <p>R. Zhang, P. Isola, A. A. Efros, E. Shechtman and O. Wang, <i>The Unreasonable Effectiveness
 * of Deep Features as a Perceptual Metric</i>, CVPR 2018, equation 1, in version 0.1 of the
 * authors' program: behind the five ReLUs of AlexNet, or the last one of each block of VGG-16. The
 * program scales images in [-1, 1] by constants that amount to torchvision's for those in [0, 1].
 */
final class LpipsLoss implements GraphLoss {

  static final String NAME = "lpips";

  private static final ImmutableList<String> VGG =
      ImmutableList.of("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3");
  private static final ImmutableList<String> ALEXNET =
      ImmutableList.of("relu1", "relu2", "relu3", "relu4", "relu5");

  private static final double EPSILON = 1e-10; // the authors', added to lengths

  /**
   * Added to squares of lengths, so that the root of 0 has a gradient. Behind a ReLU nothing comes
   * of it: where all features are 0, the ReLU stops it.
   */
  private static final double EPSILON_OF_SQUARE = 1e-20;

  private final LossNetwork network;
  private final ImmutableList<String> layers;
  private final ImmutableList<Tensor> linear; // [1, C, 1, 1], of each layer
  private final String text;

  private LpipsLoss(LossNetwork network, List<String> layers, List<Tensor> linear, String text) {
    this.network = network;
    this.layers = ImmutableList.copyOf(layers);
    this.linear = ImmutableList.copyOf(linear);
    this.text = text;
  }

  static LpipsLoss of(Arguments arguments) {
    String file = arguments.text("weights", "");
    if (file.isEmpty() && arguments.unnamed().size() == 1) {
      file = arguments.unnamed().get(0);
    }
    checkArgument(
        !file.isEmpty(),
        "weights of lpips must be a file, as in lpips(weights=lpips_vgg.npz), but was \"%s\"",
        arguments);
    LossWeights weights = LossLayers.weights(arguments, file);
    ImmutableList<String> layers = weights.has("conv1_1.weight") ? VGG : ALEXNET;
    LossNetwork network = LossNetwork.of(weights, layers, LossNetwork.Input.TORCH, false);
    List<Tensor> linear = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      linear.add(weights.get("lin" + i + ".weight", 1, network.features(layers.get(i)), 1, 1));
    }
    String text =
        NAME
            + "(weights="
            + Arguments.quote(file)
            + LossLayers.option("sha256", arguments.text("sha256", ""))
            + ")";
    return new LpipsLoss(network, layers, linear, text);
  }

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    network.checkShape(NAME, shape);
  }

  @Override
  public Node addTo(GraphBuilder graph, Node prediction, Node target) {
    LossNetwork.checkChannels(NAME, (int) target.shape().length(1));
    List<Formula> distances = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Formula p = directions(network.activation(new Formula(graph, prediction), layers.get(i)));
      Formula t = directions(network.activation(new Formula(graph, target), layers.get(i)));
      Tensor array = linear.get(i);
      float[] weights = array.samples().clone();
      for (int c = 0; c < weights.length; c++) {
        weights[c] *= weights.length; // a mean over channels too, where the paper has a sum
      }
      Formula weight = p.constant(Tensor.of(array.shape(), weights));
      distances.add(p.minus(t).square().times(weight).mean());
    }
    return distances.stream().reduce(Formula::plus).orElseThrow().node();
  }

  /** Returns the features of each pixel, divided by their length. */
  private static Formula directions(Formula features) {
    Formula squares = features.square().sum(1).plus(EPSILON_OF_SQUARE);
    return features.over(squares.root().plus(EPSILON));
  }

  /** Equal losses have the same text and the same weights, which the network's equality is of. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LpipsLoss loss
        && loss.text.equals(text)
        && loss.network.equals(network);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
