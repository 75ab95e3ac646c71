// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.spi.PatchBatch;

/**
 * The discriminator of SRGAN: for a patch, a number that says how real it looks.
 *
 * <p>C. Ledig et al., <i>Photo-Realistic Single Image Super-Resolution Using a Generative
 * Adversarial Network</i>, CVPR 2017, section 2.1.1 and figure 4: eight convolutions of 3x3, from
 * 64 to 512 features, every second one with a stride of 2, leaky ReLU of slope 0.2, batch
 * normalisation behind all convolutions but the first, and dense layers of 1024 and 1. The sigmoid
 * is part of the loss here. Normalisation takes the statistics of a batch of real or of generated
 * patches, always: the discriminator does nothing but train.
 */
public final class Discriminator {

  /** The name of the input, [N, channels, height, width]. */
  public static final String PATCHES = "patches";

  private static final int CONVOLUTIONS = 8;
  private static final double SLOPE = 0.2;

  private Discriminator() {}

  /**
   * Returns the graph, from {@value #PATCHES} to [N, 1, 1, 1].
   *
   * @param patches the shape of the patches, of which the number does not matter, and the sides do
   *     not if the discriminator takes means over them
   */
  public static Graph graph(AdversarialLoss settings, PatchBatch.Shape patches) {
    GraphBuilder builder = new GraphBuilder();
    Node answers = addTo(builder, settings, patches);
    return builder.build(answers);
  }

  /**
   * Adds the layers to a graph, for one that goes on.
   *
   * @return the node of the answers
   */
  public static Node addTo(
      GraphBuilder builder, AdversarialLoss settings, PatchBatch.Shape patches) {
    Layers layers = Layers.training(builder);
    FeatureMap input =
        layers.featureMap(builder.input(PATCHES, Shape.ofImages(patches.channels())));
    FeatureMap x = input.times(2).plus(-1); // the paper's range of real patches
    for (int i = 1; i <= CONVOLUTIONS; i++) {
      int features = settings.features() << ((i - 1) / 2);
      Convolution convolution = Convolution.of(features, 3).stride(i % 2 == 0 ? 2 : 1);
      x = layers.convolution("conv" + i, x, i == 1 ? convolution : convolution.unbiased());
      x = i == 1 ? x : layers.batchNormalization("norm" + i, x);
      x = layers.leakyRelu(x, SLOPE);
    }
    x =
        settings.isPooled()
            ? layers.mean(x)
            : layers.featureMap(builder.add(Reshape.to(-1, samples(x, patches), 1, 1), x.node()));
    // A dense layer is a convolution of an image of one pixel.
    x = layers.convolution("dense1", x, Convolution.of(16 * settings.features(), 1));
    x = layers.convolution("dense2", layers.leakyRelu(x, SLOPE), Convolution.of(1, 1));
    return x.node();
  }

  /** Returns the number of samples that are left of a patch. */
  private static int samples(FeatureMap x, PatchBatch.Shape patches) {
    int height = patches.height();
    int width = patches.width();
    for (int i = 2; i <= CONVOLUTIONS; i += 2) {
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    return x.channels() * height * width;
  }
}
