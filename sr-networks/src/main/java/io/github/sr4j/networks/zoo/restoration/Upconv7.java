// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * {@code upconv_7} of waifu2x: six unpadded convolutions with leaky ReLU, and a transposed
 * convolution that doubles the size. Its scale is 2.
 *
 * <p>There is no paper. Layers and names are those of the author's program (nagadomi/nunif,
 * waifu2x/models/upconv_7.py).
 *
 * @param features the channels of the first layer; later ones have 2 to 16 times as many
 */
record Upconv7(ModelInfo.Color color, int features) implements Network {

  private static final int[] WIDTHS = {1, 2, 4, 8, 8, 16}; // times features

  static Upconv7 of(Arguments arguments, int scale) {
    RestorationNetworks.checkScale(arguments, scale, 2);
    return new Upconv7(
        RestorationNetworks.color(arguments, "rgb"), arguments.integer("features", 16, 1, 64));
  }

  @Override
  public int scale() {
    return 2;
  }

  @Override
  public String text() {
    return "upconv7(color=" + RestorationNetworks.text(color) + ", features=" + features + ")";
  }

  @Override
  public int lostEdge() {
    return WIDTHS.length + 1; // the last are the two pixels of the result that are cropped
  }

  @Override
  public int patchSize() {
    return 64;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap x = Vgg7.chain(layers, input, features, WIDTHS);
    Convolution doubling = Convolution.of(input.channels(), 4).stride(2);
    return layers.crop(layers.transposedConvolution("net." + 2 * WIDTHS.length, x, doubling), 2);
  }
}
