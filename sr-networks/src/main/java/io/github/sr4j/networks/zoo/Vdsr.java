// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * VDSR: a deep chain of rectified 3x3 convolutions on the luma of the bicubically enlarged image,
 * the result of which is added to that image.
 *
 * <p>J. Kim et al., <i>Accurate Image Super-Resolution Using Very Deep Convolutional Networks</i>,
 * CVPR 2016. Section 3.1 gives the layers (figure 1), section 3.2 the residual and one network for
 * several scales, section 5.2 the initial weights, after He et al., and patches of 41x41 pixels.
 *
 * @param layers all convolutions
 * @param features the channels between them
 */
record Vdsr(int scale, int layers, int features) implements Network {

  static Vdsr of(Arguments arguments, int scale) {
    return new Vdsr(
        scale, arguments.integer("layers", 20, 2, 128), arguments.integer("features", 64, 1, 512));
  }

  @Override
  public String text() {
    return "vdsr(layers=" + layers + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.LUMA;
  }

  @Override
  public boolean isPreupscaled() {
    return true;
  }

  @Override
  public boolean servesAllScales() {
    return true;
  }

  @Override
  public int patchSize() {
    return 41;
  }

  @Override
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = layer.relu(layer.convolution("conv1", input, rectified(input, features)));
    for (int i = 2; i < layers; i++) {
      x = layer.relu(layer.convolution("conv" + i, x, rectified(x, features)));
    }
    return input.plus(layer.convolution("conv" + layers, x, rectified(x, 1)));
  }

  private static Convolution rectified(FeatureMap input, int features) {
    return Convolution.of(features, 3).deviation(Layers.he(input, 3));
  }
}
