// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * IMDN: blocks that after each convolution keep a quarter of the channels and go on with the rest,
 * and weight what they have kept by the contrast of its channels.
 *
 * <p>Z. Hui et al., <i>Lightweight Image Super-Resolution with Information Multi-distillation
 * Network</i>, ACM MM 2019. Section 3.1 and figure 2 give the network, section 3.2 and figure 3 the
 * block, section 3.2.2 and figure 4 contrast-aware channel attention; section 4.2 patches of
 * 192x192 pixels of the high-resolution image. The slope of the leaky ReLUs, 0.05, and the names
 * are those of the authors' program.
 *
 * @param blocks the distillation blocks
 * @param features the channels between the layers, a multiple of {@value #REDUCTION}
 */
record Imdn(int scale, int blocks, int features) implements Network {

  private static final int REDUCTION = 16; // of channel attention, as in the authors' program
  private static final double SLOPE = 0.05;

  static Imdn of(Arguments arguments, int scale) {
    return new Imdn(
        scale,
        arguments.integer("blocks", 6, 1, 64),
        Networks.multiple(arguments, "features", 64, REDUCTION));
  }

  @Override
  public String text() {
    return "imdn(blocks=" + blocks + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 192 / scale;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap first = layers.convolution("fea_conv", input, features, 3);
    FeatureMap x = first;
    List<FeatureMap> results = new ArrayList<>();
    for (int i = 1; i <= blocks; i++) {
      x = distillation(layers, "IMDB" + i, x);
      results.add(x);
    }
    FeatureMap all = layers.concatenate(results);
    x = rectified(layers, layers.convolution("c.0", all, features, 1));
    x = layers.convolution("LR_conv", x, features, 3).plus(first);
    return layers.subPixelConvolution("upsampler.0", x, 3, 3, scale);
  }

  private FeatureMap distillation(Layers layers, String name, FeatureMap input) {
    int kept = features / 4;
    int passed = features - kept;
    List<FeatureMap> distilled = new ArrayList<>();
    FeatureMap x = input;
    for (int i = 1; i <= 3; i++) {
      x = rectified(layers, layers.convolution(name + ".c" + i, x, features, 3));
      distilled.add(layers.channels(x, 0, kept));
      x = layers.channels(x, kept, passed);
    }
    distilled.add(layers.convolution(name + ".c4", x, kept, 3));
    x = layers.concatenate(distilled);
    FeatureMap contrast = layers.deviation(x).plus(layers.mean(x));
    x = Blocks.attention(layers, name + ".cca.conv_du", x, contrast, REDUCTION);
    return layers.convolution(name + ".c5", x, features, 1).plus(input);
  }

  private static FeatureMap rectified(Layers layers, FeatureMap input) {
    return layers.leakyRelu(input, SLOPE);
  }
}
