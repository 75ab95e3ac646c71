// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * SAFMN: blocks that weight each sample by depthwise convolutions of channels at four resolutions,
 * then mix channels.
 *
 * <p>L. Sun et al., <i>Spatially-Adaptive Feature Modulation for Efficient Image
 * Super-Resolution</i>, ICCV 2023. Figure 2 gives the network, section 3.2 feature modulation,
 * section 3.3 the mixer; section 4.1 8 blocks of 36 features and patches of 64x64 pixels of the
 * low-resolution image. The exact GELU and names are those of the authors' program
 * (sunny2109/SAFMN, safmn_arch.py).
 *
 * <p>There the pooling of other sides than multiples of 8 takes windows of unequal size. Here
 * images are extended to multiples of 8, of which both are the same.
 *
 * @param features the channels between the layers, a multiple of {@value #LEVELS}
 * @param hidden the channels within the mixer
 */
record Safmn(int scale, int blocks, int features, int hidden) implements Network {

  private static final int LEVELS = 4;

  static Safmn of(Arguments arguments, int scale) {
    int features = LightweightNetworks.multiple(arguments, "features", 36, LEVELS);
    return new Safmn(
        scale,
        arguments.integer("blocks", 8, 1, 256),
        features,
        arguments.integer("hidden", 2 * features, 1, 4096));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT, "safmn(blocks=%d, features=%d, hidden=%d)", blocks, features, hidden);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 64;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap first = layers.convolution("to_feat", input, features, 3);
    FeatureMap x = first;
    for (int i = 0; i < blocks; i++) {
      String name = "feats." + i;
      x = modulated(layers, name + ".safm", layers.layerNormalization(name + ".norm1", x)).plus(x);
      x = mixed(layers, name + ".ccm.ccm", layers.layerNormalization(name + ".norm2", x)).plus(x);
    }
    return layers.subPixelConvolution("to_img.0", x.plus(first), 3, 3, scale);
  }

  private FeatureMap modulated(Layers layers, String name, FeatureMap input) {
    int part = features / LEVELS;
    Convolution depthwise = Convolution.depthwise(part, 3);
    List<FeatureMap> levels = new ArrayList<>();
    for (int level = 0; level < LEVELS; level++) {
      int factor = 1 << level;
      FeatureMap x = layers.channels(input, level * part, part);
      x = layers.maxPool(x, factor, factor);
      x = layers.convolution(name + ".mfr." + level, x, depthwise);
      levels.add(layers.nearest(x, factor));
    }
    FeatureMap x = layers.convolution(name + ".aggr", layers.concatenate(levels), features, 1);
    return layers.exactGelu(x).times(input);
  }

  private FeatureMap mixed(Layers layers, String name, FeatureMap input) {
    FeatureMap x = layers.exactGelu(layers.convolution(name + ".0", input, hidden, 3));
    return layers.convolution(name + ".2", x, features, 1);
  }
}
