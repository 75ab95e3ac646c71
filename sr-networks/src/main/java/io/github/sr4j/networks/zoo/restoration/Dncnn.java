// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * DnCNN, which removes noise: a plain chain of convolutions, whose result is subtracted from the
 * input. Its scale is 1.
 *
 * <p>K. Zhang et al., <i>Beyond a Gaussian Denoiser: Residual Learning of Deep CNN for Image
 * Denoising</i>, TIP 2017. Section III and figure 1 give the network, section III-A 17 layers for
 * one level of noise and 20 for any, section IV-A patches of 40x40 pixels. Names are those of the
 * authors' program (cszn/KAIR, network_dncnn.py), which counts activations and normalisations too,
 * and publishes networks with the normalisation merged into the convolutions.
 *
 * @param layers all convolutions
 * @param isNormalized whether batch normalisation follows all convolutions but the first and the
 *     last
 */
record Dncnn(int layers, int features, ModelInfo.Color color, boolean isNormalized)
    implements Network {

  static Dncnn of(Arguments arguments, int scale) {
    RestorationNetworks.checkScale(arguments, scale, 1);
    String norm = arguments.text("norm", "batch");
    checkArgument(
        norm.equals("batch") || norm.equals("none"),
        "norm of dncnn must be batch or none, but was \"%s\"",
        norm);
    return new Dncnn(
        arguments.integer("layers", 17, 2, 256),
        arguments.integer("features", 64, 1, 1024),
        RestorationNetworks.color(arguments, "luma"),
        norm.equals("batch"));
  }

  @Override
  public int scale() {
    return 1;
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "dncnn(layers=%d, features=%d, color=%s, norm=%s)",
        layers,
        features,
        RestorationNetworks.text(color),
        isNormalized ? "batch" : "none");
  }

  @Override
  public int patchSize() {
    return 40;
  }

  @Override
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = layer.relu(layer.convolution("model.0", input, drawn(input)));
    int index = 2;
    for (int i = 2; i < layers; i++) {
      Convolution convolution = drawn(x);
      if (isNormalized) {
        x = layer.convolution("model." + index, x, convolution.unbiased());
        x = layer.batchNormalization("model." + (index + 1), x);
      } else {
        x = layer.convolution("model." + index, x, convolution);
      }
      x = layer.relu(x);
      index += isNormalized ? 3 : 2;
    }
    return input.minus(layer.convolution("model." + index, x, input.channels(), 3));
  }

  private Convolution drawn(FeatureMap input) {
    return Convolution.of(features, 3).deviation(Layers.he(input, 3));
  }
}
