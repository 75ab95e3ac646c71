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
 * IMDN-RTC: IMDN with few features and without attention.
 *
 * <p>Z. Hui et al., <i>Lightweight Image Super-Resolution with Information Multi-distillation
 * Network</i>, ACM MM 2019, gives IMDN. This form of it is that of the authors' program for the
 * challenge "AI in RTC" (Zheng222/IMDN, model/architecture.py), whose names it has.
 *
 * @param features the channels between the layers, a multiple of 4
 */
record ImdnRtc(int scale, int blocks, int features) implements Network {

  private static final double SLOPE = 0.05;

  static ImdnRtc of(Arguments arguments, int scale) {
    return new ImdnRtc(
        scale,
        arguments.integer("blocks", 5, 1, 64),
        LightweightNetworks.multiple(arguments, "features", 12, 4));
  }

  @Override
  public String text() {
    return "imdn-rtc(blocks=" + blocks + ", features=" + features + ")";
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
    FeatureMap first = layers.convolution("model.0", input, features, 3);
    FeatureMap x = first;
    for (int i = 0; i < blocks; i++) {
      x = block(layers, "model.1.sub." + i, x);
    }
    x = layers.convolution("model.1.sub." + blocks, x, features, 1).plus(first);
    return layers.subPixelConvolution("model.2", x, 3, 3, scale);
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    int kept = features / 4;
    List<FeatureMap> distilled = new ArrayList<>();
    FeatureMap x = input;
    for (int i = 1; i <= 3; i++) {
      x = layers.leakyRelu(layers.convolution(name + ".c" + i, x, features, 3), SLOPE);
      distilled.add(layers.channels(x, 0, kept));
      x = layers.channels(x, kept, features - kept);
    }
    distilled.add(layers.convolution(name + ".c4", x, kept, 3));
    x = layers.concatenate(distilled);
    return layers.convolution(name + ".c5", x, features, 1).plus(input);
  }
}
