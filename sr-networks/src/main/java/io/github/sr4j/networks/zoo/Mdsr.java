// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * MDSR: EDSR for several scales at once, which share all residual blocks but two at the beginning,
 * and have an enlargement of their own at the end.
 *
 * <p>B. Lim et al., <i>Enhanced Deep Residual Networks for Single Image Super-Resolution</i>, CVPRW
 * 2017. Figure 5 and section 3.3 give the network: one body, for each scale a head of two residual
 * blocks with kernels of 5x5, and a tail; table 1 its size, 80 blocks of 64 features, with 16 in
 * the baseline, which is the default here; section 4.2 patches of 48x48 pixels, of one scale in
 * each batch. Names, the order of the scales, and the last convolution, which all scales share, are
 * those of the authors' program.
 *
 * @param scales all that have weights, of which {@code scale} is one
 * @param blocks the residual blocks that are shared
 * @param features the channels between the layers
 */
record Mdsr(int scale, ImmutableList<Integer> scales, int blocks, int features) implements Network {

  private static final int HEAD_BLOCKS = 2;

  static Mdsr of(Arguments arguments, int scale) {
    ImmutableList<Integer> scales = scales(arguments);
    checkArgument(
        scales.contains(scale),
        "scale of mdsr must be one of its scales, %s, but was %s",
        Joiner.on('-').join(scales),
        scale);
    return new Mdsr(
        scale,
        scales,
        arguments.integer("blocks", 16, 1, 256),
        arguments.integer("features", 64, 1, 1024));
  }

  private static ImmutableList<Integer> scales(Arguments arguments) {
    String text = arguments.text("scales", "2-3-4");
    checkArgument(
        text.matches("[2-8](-[2-8])*")
            && text.chars().filter(c -> c != '-').distinct().count() == (text.length() + 1) / 2,
        "scales of mdsr must be different numbers within 2 to 8 such as 2-3-4, but was \"%s\"",
        text);
    return Splitter.on('-')
        .splitToStream(text)
        .map(Integer::valueOf)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "mdsr(scales=%s, blocks=%d, features=%d)",
        Joiner.on('-').join(scales),
        blocks,
        features);
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
    int index = scales.indexOf(scale);
    FeatureMap mean = Edsr.div2kMean(layers);
    FeatureMap x = layers.convolution("head.0", input.minus(mean), features, 3);
    for (int i = 0; i < HEAD_BLOCKS; i++) {
      x = Blocks.residual(layers, "pre_process." + index + "." + i + ".body", x, 5, 1);
    }
    FeatureMap head = x;
    for (int i = 0; i < blocks; i++) {
      x = Blocks.residual(layers, "body." + i + ".body", x, 3, 1);
    }
    x = layers.convolution("body." + blocks, x, features, 3).plus(head);
    x = Blocks.upsampler(layers, "upsample." + index, x, scale);
    return layers.convolution("tail.0", x, 3, 3).plus(mean);
  }
}
