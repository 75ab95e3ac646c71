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

/**
 * IMDN-RTE: an IMDN of few features at half the resolution of the input, whose blocks distil in six
 * steps.
 *
 * <p>Z. Hui et al., <i>Lightweight Image Super-Resolution with Information Multi-distillation
 * Network</i>, ACM MM 2019, gives IMDN. This form of it is that of the authors' program
 * (Zheng222/IMDN, model/architecture.py), whose names it has; there its scale is 2.
 *
 * @param features the channels between the layers, a multiple of 4
 */
record ImdnRte(int scale, int blocks, int features) implements Network {

  static ImdnRte of(Arguments arguments, int scale) {
    return new ImdnRte(
        scale,
        arguments.integer("blocks", 6, 1, 64),
        LightweightNetworks.multiple(arguments, "features", 20, 4));
  }

  @Override
  public String text() {
    return "imdn-rte(blocks=" + blocks + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 96;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap first = layers.relu(layers.convolution("fea_conv.0", input, features, 3));
    Convolution half = Convolution.of(features, 3).stride(2).unbiased();
    first = layers.convolution("fea_conv.2", first, half);
    FeatureMap x = first;
    for (int i = 1; i <= blocks; i++) {
      x = block(layers, "block" + i, x);
    }
    Convolution one = Convolution.of(features, 1).unbiased();
    x = layers.convolution("LR_conv", x, one).plus(first);
    return layers.subPixelConvolution("upsampler.0", x, 3, 3, 2 * scale);
  }

  private FeatureMap block(Layers layers, String name, FeatureMap input) {
    int kept = features / 4;
    int[] widths = {features, features, features, features - kept, features - 2 * kept};
    List<FeatureMap> distilled = new ArrayList<>();
    FeatureMap x = input;
    for (int i = 0; i < widths.length; i++) {
      x = layers.relu(layers.convolution(name + ".c" + (i + 1), x, widths[i], 3));
      distilled.add(layers.channels(x, 0, kept));
      x = layers.channels(x, kept, widths[i] - kept);
    }
    distilled.add(layers.relu(layers.convolution(name + ".c6", x, kept, 3)));
    x = layers.concatenate(distilled);
    return layers.convolution(name + ".c7", x, features, 1).plus(input);
  }
}
