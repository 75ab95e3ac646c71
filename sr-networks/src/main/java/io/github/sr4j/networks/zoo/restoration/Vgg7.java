// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * {@code vgg_7} of waifu2x: seven unpadded convolutions with leaky ReLU at the size of the image,
 * which remove the noise of drawings, or sharpen their nearest-neighbour enlargement.
 *
 * <p>There is no paper. Layers and names are those of the author's program (nagadomi/nunif,
 * waifu2x/models/vgg_7.py), where images are extended by copies of their outermost pixels, too.
 *
 * @param features the channels of the first layer; later ones have two and four times as many
 */
record Vgg7(ModelInfo.Color color, int features) implements Network {

  private static final int[] WIDTHS = {1, 1, 2, 2, 4, 4}; // times features

  static final double SLOPE = 0.1; // of all networks of waifu2x

  static Vgg7 of(Arguments arguments, int scale) {
    RestorationNetworks.checkScale(arguments, scale, 1);
    return new Vgg7(
        RestorationNetworks.color(arguments, "rgb"), arguments.integer("features", 32, 1, 256));
  }

  @Override
  public int scale() {
    return 1;
  }

  @Override
  public String text() {
    return "vgg7(color=" + RestorationNetworks.text(color) + ", features=" + features + ")";
  }

  @Override
  public int lostEdge() {
    return WIDTHS.length + 1;
  }

  @Override
  public int patchSize() {
    return 64;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap x = chain(layers, input, features, WIDTHS);
    return layers.convolution("net." + 2 * WIDTHS.length, x, input.channels(), 3);
  }

  /**
   * Adds convolutions of 3x3, each with a leaky ReLU.
   *
   * @param widths how many times {@code features} channels each has
   */
  static FeatureMap chain(Layers layers, FeatureMap input, int features, int... widths) {
    FeatureMap x = input;
    for (int i = 0; i < widths.length; i++) {
      Convolution convolution = Convolution.of(widths[i] * features, 3).deviation(Layers.he(x, 3));
      x = layers.leakyRelu(layers.convolution("net." + 2 * i, x, convolution), SLOPE);
    }
    return x;
  }
}
