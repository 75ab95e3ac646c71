// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.Locale;

/**
 * PAN: blocks of two branches, one of which is weighted sample by sample, and an upsampling with
 * the same pixel attention, added to the bilinear enlargement of the input.
 *
 * <p>H. Zhao et al., <i>Efficient Image Super-Resolution Using Pixel Attention</i>, ECCVW 2020.
 * Section 3.1 and figure 2 give the network, sections 3.2 to 3.4 pixel attention, the block and the
 * upsampling; section 4.1 16 blocks of 40 features, 24 behind the upsampling, and patches of 64x64
 * pixels of the low-resolution image. Slopes of 0.2 and names are those of the authors' program
 * (zhaohengyuan1/PAN, PAN_arch.py).
 *
 * @param features the channels of the blocks, an even number
 * @param upsampled the channels behind the upsampling
 */
record Pan(int scale, int blocks, int features, int upsampled) implements Network {

  private static final double SLOPE = 0.2;

  static Pan of(Arguments arguments, int scale) {
    return new Pan(
        scale,
        arguments.integer("blocks", 16, 1, 256),
        LightweightNetworks.multiple(arguments, "features", 40, 2),
        arguments.integer("upsampled", 24, 1, 1024));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT, "pan(blocks=%d, features=%d, upsampled=%d)", blocks, features, upsampled);
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
    FeatureMap first = layers.convolution("conv_first", input, features, 3);
    FeatureMap x = first;
    for (int i = 0; i < blocks; i++) {
      x = block(layers, "SCPA_trunk." + i, x);
    }
    x = layers.convolution("trunk_conv", x, features, 3).plus(first);
    int stages = scale == 4 ? 2 : 1;
    for (int stage = 1; stage <= stages; stage++) {
      x = layers.nearest(x, scale == 4 ? 2 : scale);
      x = layers.convolution("upconv" + stage, x, upsampled, 3);
      FeatureMap attention =
          layers.sigmoid(layers.convolution("att" + stage + ".conv", x, upsampled, 1));
      x = rectified(layers, x.times(attention));
      x = rectified(layers, layers.convolution("HRconv" + stage, x, upsampled, 3));
    }
    return layers.convolution("conv_last", x, 3, 3).plus(layers.bilinear(input, scale));
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    Convolution one = Convolution.of(features / 2, 1).unbiased();
    Convolution three = Convolution.of(features / 2, 3).unbiased();
    FeatureMap plain = rectified(layers, layers.convolution(name + ".conv1_a", input, one));
    plain = rectified(layers, layers.convolution(name + ".k1.0", plain, three));
    FeatureMap weighted = rectified(layers, layers.convolution(name + ".conv1_b", input, one));
    String inner = name + ".PAConv.k";
    FeatureMap attention =
        layers.sigmoid(layers.convolution(inner + "2", weighted, features / 2, 1));
    weighted = layers.convolution(inner + "3", weighted, three).times(attention);
    weighted = rectified(layers, layers.convolution(inner + "4", weighted, three));
    FeatureMap both = layers.concatenate(List.of(plain, weighted));
    Convolution fused = Convolution.of(features, 1).unbiased();
    return layers.convolution(name + ".conv3", both, fused).plus(input);
  }

  private static FeatureMap rectified(Layers layers, FeatureMap input) {
    return layers.leakyRelu(input, SLOPE);
  }
}
