// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * RLFN: blocks of three convolutions with a connection around them, a 1x1 convolution and spatial
 * attention.
 *
 * <p>F. Kong et al., <i>Residual Local Feature Network for Efficient Super-Resolution</i>, CVPRW
 * 2022. Section 3.1 and figure 2 give the network, section 3.2 and figure 3 the block, section 4.1
 * six blocks of 52 features (48 in RLFN-S), 16 of attention, slopes of 0.05 and patches of 256x256
 * pixels of the high-resolution image; its appendix the network of the NTIRE challenge of 2022,
 * four blocks of 46 features with 48 between them. Names are those of the authors' program
 * (bytedance/RLFN, model).
 *
 * @param middle the channels between the convolutions of a block
 * @param attention the channels of spatial attention
 */
record Rlfn(int scale, int blocks, int features, int middle, int attention) implements Network {

  private static final double SLOPE = 0.05;

  static Rlfn of(Arguments arguments, int scale) {
    int features = arguments.integer("features", 52, 1, 1024);
    return new Rlfn(
        scale,
        arguments.integer("blocks", 6, 1, 64),
        features,
        arguments.integer("middle", features, 1, 1024),
        arguments.integer("attention", 16, 1, 1024));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "rlfn(blocks=%d, features=%d, middle=%d, attention=%d)",
        blocks,
        features,
        middle,
        attention);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 256 / scale;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap first = layers.convolution("conv_1", input, features, 3);
    FeatureMap x = first;
    for (int i = 1; i <= blocks; i++) {
      x = block(layers, "block_" + i, x);
    }
    x = layers.convolution("conv_2", x, features, 3).plus(first);
    return layers.subPixelConvolution("upsampler.0", x, 3, 3, scale);
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    FeatureMap x = rectified(layers, name + ".c1_r", input, middle);
    x = rectified(layers, name + ".c2_r", x, middle);
    x = rectified(layers, name + ".c3_r", x, features).plus(input);
    x = layers.convolution(name + ".c5", x, features, 1);
    return SpatialAttention.of(
        layers,
        name + ".esa",
        x,
        attention,
        pooled -> layers.convolution(name + ".esa.conv3", pooled, attention, 3));
  }

  private static FeatureMap rectified(Layers layers, String name, FeatureMap input, int channels) {
    return layers.leakyRelu(layers.convolution(name, input, channels, 3), SLOPE);
  }
}
