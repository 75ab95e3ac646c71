// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * RFDN: blocks that distil a few channels by 1x1 convolutions beside shallow residual blocks, with
 * spatial attention.
 *
 * <p>J. Liu et al., <i>Residual Feature Distillation Network for Lightweight Image
 * Super-Resolution</i>, ECCVW 2020. Section 3.3 and figure 3 give the block, section 4.2 patches of
 * 64x64 pixels of the low-resolution image. Four blocks of 50 features, slopes of 0.05 and names
 * are those of the authors' program (njulj/RFDN), the winner of the AIM challenge of 2020.
 *
 * @param features the channels between the layers, an even number
 */
record Rfdn(int scale, int blocks, int features) implements Network {

  private static final double SLOPE = 0.05;

  static Rfdn of(Arguments arguments, int scale) {
    return new Rfdn(
        scale,
        arguments.integer("blocks", 4, 1, 64),
        LightweightNetworks.multiple(arguments, "features", 50, 2));
  }

  @Override
  public String text() {
    return "rfdn(blocks=" + blocks + ", features=" + features + ")";
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
    FeatureMap first = layers.convolution("fea_conv", input, features, 3);
    FeatureMap x = first;
    List<FeatureMap> results = new ArrayList<>();
    for (int i = 1; i <= blocks; i++) {
      x = block(layers, "B" + i, x);
      results.add(x);
    }
    x = rectified(layers, layers.convolution("c.0", layers.concatenate(results), features, 1));
    x = layers.convolution("LR_conv", x, features, 3).plus(first);
    return layers.subPixelConvolution("upsampler.0", x, 3, 3, scale);
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    List<FeatureMap> distilled = new ArrayList<>();
    FeatureMap x = input;
    for (int i = 1; i <= 3; i++) {
      String layer = name + ".c" + i;
      distilled.add(rectified(layers, layers.convolution(layer + "_d", x, features / 2, 1)));
      x = rectified(layers, layers.convolution(layer + "_r", x, features, 3).plus(x));
    }
    distilled.add(rectified(layers, layers.convolution(name + ".c4", x, features / 2, 3)));
    x = layers.convolution(name + ".c5", layers.concatenate(distilled), features, 1);
    int few = Math.max(1, features / 4);
    String attention = name + ".esa";
    return SpatialAttention.of(
        layers,
        attention,
        x,
        few,
        pooled -> {
          FeatureMap y = layers.relu(layers.convolution(attention + ".conv_max", pooled, few, 3));
          y = layers.relu(layers.convolution(attention + ".conv3", y, few, 3));
          return layers.convolution(attention + ".conv3_", y, few, 3);
        });
  }

  private static FeatureMap rectified(Layers layers, FeatureMap input) {
    return layers.leakyRelu(input, SLOPE);
  }
}
