// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.function.BiFunction;

/**
 * CARN and CARN-M: residual blocks in two levels of cascades, in each of which a 1x1 convolution
 * fuses the results of all blocks so far. CARN-M has grouped convolutions, and the three residual
 * blocks of a cascade share their weights.
 *
 * <p>N. Ahn et al., <i>Fast, Accurate, and Lightweight Super-Resolution with Cascading Residual
 * Network</i>, ECCV 2018. Sections 3.1 and 3.2 give the cascades, section 3.3 and figure 3 the
 * efficient residual block; section 4.2 patches of 64x64 pixels of the low-resolution image. Names,
 * the ReLU before the pixel shuffle and the mean colour are those of the authors' program
 * (nmhkahn/CARN-pytorch, carn/model).
 *
 * @param scales all that have weights, of which {@code scale} is one; if empty, {@code scale} alone
 * @param isMobile whether it is CARN-M
 * @param groups those of the 3x3 convolutions of CARN-M; 1 for CARN
 */
record Carn(int scale, ImmutableList<Integer> scales, boolean isMobile, int features, int groups)
    implements Network {

  private static final int CASCADE = 3; // blocks, as in the paper

  static Carn of(Arguments arguments, int scale, boolean isMobile) {
    ImmutableList<Integer> scales = scales(arguments, scale);
    int groups = isMobile ? arguments.integer("groups", 4, 1, 64) : 1;
    return new Carn(
        scale,
        scales,
        isMobile,
        LightweightNetworks.multiple(arguments, "features", 64, groups),
        groups);
  }

  private static ImmutableList<Integer> scales(Arguments arguments, int scale) {
    String text = arguments.text("scales", "");
    if (text.isEmpty()) {
      return ImmutableList.of();
    }
    checkArgument(
        text.matches("[2-8](-[2-8])*")
            && text.chars().filter(c -> c != '-').distinct().count() == (text.length() + 1) / 2,
        "scales of %s must be different numbers within 2 to 8 such as 2-3-4, but was \"%s\"",
        arguments.name(),
        text);
    ImmutableList<Integer> scales =
        Splitter.on('-')
            .splitToStream(text)
            .map(Integer::valueOf)
            .collect(ImmutableList.toImmutableList());
    checkArgument(
        scales.contains(scale),
        "scale of %s must be one of its scales, %s, but was %s",
        arguments.name(),
        text,
        scale);
    return scales;
  }

  @Override
  public ImmutableList<Integer> scales() {
    return scales.isEmpty() ? ImmutableList.of(scale) : scales;
  }

  @Override
  public String text() {
    String shared = scales.isEmpty() ? "" : ", scales=" + Joiner.on('-').join(scales);
    return isMobile
        ? "carn-m(features=" + features + ", groups=" + groups + shared + ")"
        : "carn(features=" + features + shared + ")";
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
    FeatureMap mean = layers.constant(0.4488f, 0.4371f, 0.4040f); // of DIV2K
    FeatureMap x = layers.convolution("entry", input.minus(mean), features, 3);
    x = cascade(layers, "", x, (name, outer) -> inner(layers, name + ".", outer));
    x = upsampled(layers, x);
    return layers.convolution("exit", x, 3, 3).plus(mean);
  }

  private FeatureMap inner(Layers layers, String prefix, FeatureMap input) {
    return cascade(
        layers,
        prefix,
        input,
        (name, x) -> residual(layers, (isMobile ? prefix + "b1" : name) + ".body.", x));
  }

  private FeatureMap cascade(
      Layers layers,
      String prefix,
      FeatureMap input,
      BiFunction<String, FeatureMap, FeatureMap> block) {
    FeatureMap all = input;
    FeatureMap x = input;
    for (int i = 1; i <= CASCADE; i++) {
      all = layers.concatenate(List.of(all, block.apply(prefix + "b" + i, x)));
      x = layers.relu(layers.convolution(prefix + "c" + i + ".body.0", all, features, 1));
    }
    return x;
  }

  private FeatureMap residual(Layers layers, String name, FeatureMap input) {
    Convolution three = Convolution.of(features, 3).groups(groups);
    FeatureMap x = layers.relu(layers.convolution(name + "0", input, three));
    x = layers.convolution(name + "2", x, three);
    if (isMobile) {
      x = layers.convolution(name + "4", layers.relu(x), features, 1);
    }
    return layers.relu(x.plus(input));
  }

  private FeatureMap upsampled(Layers layers, FeatureMap input) {
    String name = "upsample.up" + (scales.isEmpty() ? "" : scale) + ".body.";
    boolean isDoubled = Integer.bitCount(scale) == 1;
    int stages = isDoubled ? Integer.numberOfTrailingZeros(scale) : 1;
    int factor = isDoubled ? 2 : scale;
    Convolution wide = Convolution.of(features * factor * factor, 3).groups(groups);
    FeatureMap x = input;
    for (int stage = 0; stage < stages; stage++) {
      x = layers.relu(layers.convolution(name + 3 * stage, x, wide));
      x = layers.pixelShuffle(x, factor);
    }
    return x;
  }
}
