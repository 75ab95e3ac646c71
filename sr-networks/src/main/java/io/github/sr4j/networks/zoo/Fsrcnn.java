// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * FSRCNN: an hourglass of convolutions on the luma of the low-resolution image, and a transposed
 * convolution that enlarges.
 *
 * <p>C. Dong et al., <i>Accelerating the Super-Resolution Convolutional Neural Network</i>, ECCV
 * 2016. Section 3.2 and figure 2 give the layers (<i>d</i> features, shrunk to <i>s</i>, <i>m</i>
 * mapping layers), section 3.3 the transposed convolution that alone knows the scale; section 4.1
 * its initial weights, from a Gaussian with a deviation of 0.001, the others after He et al., and
 * patches of 10, 7 and 6 pixels for x2, x3 and x4.
 *
 * @param features <i>d</i>, the channels of the outer layers
 * @param shrunk <i>s</i>, the channels of the inner layers
 * @param layers <i>m</i>, the mapping layers
 * @param kernel the side of the transposed convolution, 9 in the paper; that of programs that crop
 *     its result elsewhere is {@code scale + 8}
 */
record Fsrcnn(int scale, int features, int shrunk, int layers, int kernel) implements Network {

  private static final int KERNEL = 9;

  static Fsrcnn of(Arguments arguments, int scale) {
    return new Fsrcnn(
        scale,
        arguments.integer("features", 56, 1, 512),
        arguments.integer("shrunk", 12, 1, 512),
        arguments.integer("layers", 4, 1, 128),
        arguments.integer("kernel", KERNEL, KERNEL, 32));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "fsrcnn(features=%d, shrunk=%d, layers=%d%s)",
        features,
        shrunk,
        layers,
        kernel == KERNEL ? "" : ", kernel=" + kernel);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.LUMA;
  }

  @Override
  public int patchSize() {
    return switch (scale) {
      case 2 -> 10;
      case 3 -> 7;
      default -> 6;
    };
  }

  @Override
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = convolution(layer, "extract", input, features, 5);
    x = convolution(layer, "shrink", x, shrunk, 1);
    for (int i = 1; i <= layers; i++) {
      x = convolution(layer, "map" + i, x, shrunk, 3);
    }
    x = convolution(layer, "expand", x, features, 1);
    return layer.transposedConvolution(
        "deconv", x, Convolution.of(1, kernel).stride(scale).deviation(1e-3));
  }

  private static FeatureMap convolution(
      Layers layer, String name, FeatureMap input, int features, int kernel) {
    double he = Layers.he(input, kernel);
    FeatureMap x = layer.convolution(name, input, Convolution.of(features, kernel).deviation(he));
    return layer.prelu(name + ".prelu", x);
  }
}
