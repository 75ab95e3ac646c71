// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.Locale;

/**
 * SPAN: blocks of three convolutions whose result is weighted by itself, through an odd function
 * and without parameters.
 *
 * <p>C. Wan et al., <i>Swift Parameter-free Attention Network for Efficient Super-Resolution</i>,
 * CVPRW 2024. Section 3.1 and figure 2 give the network, section 3.2 the attention, section 4.1 six
 * blocks of 48 features and patches of 64x64 pixels of the low-resolution image. Names, SiLU and
 * the mean colour are those of the authors' program (hongyuanyu/SPAN, span_arch.py). That trains
 * each 3x3 convolution as a sum of two branches and merges them to run; here it is one convolution.
 *
 * @param mean {@code div2k}, whose mean colour is subtracted from images, or {@code none}
 */
record Span(int scale, int blocks, int features, String mean) implements Network {

  static Span of(Arguments arguments, int scale) {
    String mean = arguments.text("mean", "div2k");
    checkArgument(
        mean.equals("div2k") || mean.equals("none"),
        "mean of span must be div2k or none, but was \"%s\"",
        mean);
    return new Span(
        scale,
        arguments.integer("blocks", 6, 2, 64),
        arguments.integer("features", 48, 1, 1024),
        mean);
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT, "span(blocks=%d, features=%d, mean=%s)", blocks, features, mean);
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
    FeatureMap images =
        mean.equals("none") ? input : input.minus(layers.constant(0.4488f, 0.4371f, 0.4040f));
    FeatureMap first = layers.convolution("conv_1", images, features, 3);
    FeatureMap x = first;
    FeatureMap ofFirstBlock = first;
    FeatureMap withinLastBlock = first;
    for (int i = 1; i <= blocks; i++) {
      String name = "block_" + i;
      withinLastBlock = layers.silu(layers.convolution(name + ".c1_r", x, features, 3));
      FeatureMap y = layers.silu(layers.convolution(name + ".c2_r", withinLastBlock, features, 3));
      y = layers.convolution(name + ".c3_r", y, features, 3);
      x = y.plus(x).times(layers.sigmoid(y).plus(-0.5));
      ofFirstBlock = i == 1 ? x : ofFirstBlock;
    }
    x = layers.convolution("conv_2", x, features, 3);
    x = layers.concatenate(List.of(first, x, ofFirstBlock, withinLastBlock));
    x = layers.convolution("conv_cat", x, features, 1);
    return layers.subPixelConvolution("upsampler.0", x, 3, 3, scale);
  }
}
