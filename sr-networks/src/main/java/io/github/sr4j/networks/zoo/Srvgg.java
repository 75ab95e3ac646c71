// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * SRVGGNetCompact, the network of Real-ESRGAN's small models: a plain chain of 3x3 convolutions
 * with PReLU, a pixel shuffle, and the nearest-neighbour enlargement of the input added to the
 * result.
 *
 * <p>X. Wang et al., <i>Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic
 * Data</i>, ICCVW 2021, has no section on it: layers and names are those of the authors' program,
 * {@code realesrgan/archs/srvgg_arch.py}, where {@code body} counts convolutions and PReLUs alike.
 *
 * @param features the channels of each layer
 * @param layers the convolutions between the first and the last
 */
record Srvgg(int scale, int features, int layers) implements Network {

  static Srvgg of(Arguments arguments, int scale) {
    return new Srvgg(
        scale, arguments.integer("features", 64, 1, 512), arguments.integer("layers", 16, 0, 256));
  }

  @Override
  public String text() {
    return String.format(Locale.ROOT, "srvgg(features=%d, layers=%d)", features, layers);
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
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = input;
    for (int i = 0; i <= layers; i++) {
      x = layer.convolution("body." + 2 * i, x, features, 3);
      x = layer.prelu("body." + (2 * i + 1), x);
    }
    FeatureMap residual = layer.subPixelConvolution("body." + 2 * (layers + 1), x, 3, 3, scale);
    return residual.plus(layer.nearest(input, scale));
  }
}
