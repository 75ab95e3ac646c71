// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * {@code cunet} of waifu2x: two U-Nets of unpadded convolutions, the second of which corrects the
 * result of the first; channels are weighted by their means. At scale 2, the first doubles the
 * size.
 *
 * <p>There is no paper. Layers and names are those of the author's program (nagadomi/nunif,
 * waifu2x/models/cunet.py, nunif/modules/attention.py). The means are those of the whole image
 * here, of each tile there.
 *
 * @param features the channels of the outer layers, of which others have half, twice and four times
 *     as many; a multiple of {@value #REDUCTION}
 */
record Cunet(int scale, int features) implements Network {

  private static final int REDUCTION = 8; // of channel attention
  private static final int CROPPED = 20; // of the first result, to the size of the second

  static Cunet of(Arguments arguments, int scale) {
    checkArgument(scale == 1 || scale == 2, "scale of cunet must be 1 or 2, but was %s", scale);
    int features = arguments.integer("features", 64, 1, 1024);
    checkArgument(
        features % REDUCTION == 0,
        "features of cunet must be a multiple of %s, but was %s",
        REDUCTION,
        features);
    return new Cunet(scale, features);
  }

  @Override
  public String text() {
    return "cunet(features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int lostEdge() {
    return scale == 1 ? 28 : 18;
  }

  @Override
  public int patchSize() {
    return 64;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap first = clipped(layers, firstNet(layers, input));
    return secondNet(layers, first).plus(layers.crop(first, CROPPED));
  }

  /** Adds the bounds 0 and 1. */
  private static FeatureMap clipped(Layers layers, FeatureMap input) {
    return layers.relu(input).minus(layers.relu(input.plus(-1)));
  }

  private FeatureMap firstNet(Layers layers, FeatureMap input) {
    FeatureMap outer = pair(layers, "unet1.conv1", input, features / 2, features);
    FeatureMap x = down(layers, "unet1.conv1_down", outer);
    x = attended(layers, "unet1.conv2", pair(layers, "unet1.conv2", x, 2 * features, features));
    x = up(layers, "unet1.conv2_up", x).plus(layers.crop(outer, 4));
    x = rectified(layers, layers.convolution("unet1.conv3", x, drawn(x, features, 3)));
    if (scale == 1) {
      return layers.convolution("unet1.conv_bottom", x, drawn(x, 3, 3));
    }
    Convolution doubling = Convolution.of(3, 4).stride(2);
    return layers.crop(layers.transposedConvolution("unet1.conv_bottom", x, doubling), 2);
  }

  private FeatureMap secondNet(Layers layers, FeatureMap input) {
    FeatureMap outer = pair(layers, "unet2.conv1", input, features / 2, features);
    FeatureMap x = down(layers, "unet2.conv1_down", outer);
    FeatureMap inner =
        attended(layers, "unet2.conv2", pair(layers, "unet2.conv2", x, features, 2 * features));
    x = down(layers, "unet2.conv2_down", inner);
    x = attended(layers, "unet2.conv3", pair(layers, "unet2.conv3", x, 4 * features, 2 * features));
    x = up(layers, "unet2.conv3_up", x).plus(layers.crop(inner, 4));
    x = attended(layers, "unet2.conv4", pair(layers, "unet2.conv4", x, features, features));
    x = up(layers, "unet2.conv4_up", x).plus(layers.crop(outer, 16));
    x = rectified(layers, layers.convolution("unet2.conv5", x, drawn(x, features, 3)));
    return layers.convolution("unet2.conv_bottom", x, drawn(x, 3, 3));
  }

  private static FeatureMap pair(
      Layers layers, String name, FeatureMap input, int middle, int features) {
    FeatureMap x = layers.convolution(name + ".conv.0", input, drawn(input, middle, 3));
    x = rectified(layers, x);
    return rectified(layers, layers.convolution(name + ".conv.2", x, drawn(x, features, 3)));
  }

  private static FeatureMap attended(Layers layers, String name, FeatureMap input) {
    FeatureMap mean = layers.mean(input);
    return Blocks.attention(layers, name + ".seblock", input, mean, REDUCTION);
  }

  private static FeatureMap down(Layers layers, String name, FeatureMap input) {
    Convolution halving = drawn(input, input.channels(), 2).stride(2);
    return rectified(layers, layers.convolution(name, input, halving));
  }

  private static FeatureMap up(Layers layers, String name, FeatureMap input) {
    Convolution doubling = drawn(input, input.channels(), 2).stride(2);
    return rectified(layers, layers.transposedConvolution(name, input, doubling));
  }

  private static Convolution drawn(FeatureMap input, int features, int kernel) {
    return Convolution.of(features, kernel).deviation(Layers.he(input, kernel));
  }

  private static FeatureMap rectified(Layers layers, FeatureMap input) {
    return layers.leakyRelu(input, Vgg7.SLOPE);
  }
}
