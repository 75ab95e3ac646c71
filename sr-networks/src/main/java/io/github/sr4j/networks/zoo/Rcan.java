// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * RCAN: groups of residual blocks with channel attention, a connection around each block, each
 * group and all groups.
 *
 * <p>Y. Zhang et al., <i>Image Super-Resolution Using Very Deep Residual Channel Attention
 * Networks</i>, ECCV 2018. Figure 2 and section 3.2 give the network, figures 3 and 4 channel
 * attention and the block, section 3.5 its size, section 4.1 patches of 48x48 pixels. Names and the
 * mean colour are those of the authors' program.
 *
 * @param groups the residual groups
 * @param blocks the residual blocks of a group
 * @param features the channels between the layers, a multiple of {@code reduction}
 * @param reduction by what channel attention divides the channels between its two layers
 */
record Rcan(int scale, int groups, int blocks, int features, int reduction) implements Network {

  static Rcan of(Arguments arguments, int scale) {
    int reduction = arguments.integer("reduction", 16, 1, 1024);
    return new Rcan(
        scale,
        arguments.integer("groups", 10, 1, 64),
        arguments.integer("blocks", 20, 1, 256),
        Networks.multiple(arguments, "features", 64, reduction),
        reduction);
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "rcan(groups=%d, blocks=%d, features=%d, reduction=%d)",
        groups,
        blocks,
        features,
        reduction);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 48;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap mean = Edsr.div2kMean(layers);
    FeatureMap head = layers.convolution("head.0", input.minus(mean), features, 3);
    FeatureMap x = head;
    for (int i = 0; i < groups; i++) {
      x = group(layers, "body." + i + ".body.", x);
    }
    x = layers.convolution("body." + groups, x, features, 3).plus(head);
    x = Blocks.upsampler(layers, "tail.0", x, scale);
    return layers.convolution("tail.1", x, 3, 3).plus(mean);
  }

  private FeatureMap group(Layers layers, String name, FeatureMap input) {
    FeatureMap x = input;
    for (int i = 0; i < blocks; i++) {
      x = block(layers, name + i + ".body", x);
    }
    return layers.convolution(name + blocks, x, features, 3).plus(input);
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    FeatureMap x = layers.relu(layers.convolution(name + ".0", input, features, 3));
    x = layers.convolution(name + ".2", x, features, 3);
    FeatureMap mean = layers.mean(x);
    return Blocks.attention(layers, name + ".3.conv_du", x, mean, reduction).plus(input);
  }
}
