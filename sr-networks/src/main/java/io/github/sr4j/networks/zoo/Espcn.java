// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;

/**
 * ESPCN: two convolutions on the luma of the low-resolution image, and a sub-pixel convolution.
 *
 * <p>W. Shi et al., <i>Real-Time Single Image and Video Super-Resolution Using an Efficient
 * Sub-Pixel Convolutional Neural Network</i>, CVPR 2016. Section 3.2 gives the layers: kernels of
 * 5, 3 and 3, 64 and 32 features, tanh; section 3.3 patches of 17x17 pixels of the low-resolution
 * image.
 */
record Espcn(int scale) implements Network {

  @Override
  public String text() {
    return "espcn";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.LUMA;
  }

  @Override
  public int patchSize() {
    return 17;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap x = layers.tanh(layers.convolution("conv1", input, 64, 5));
    x = layers.tanh(layers.convolution("conv2", x, 32, 3));
    return layers.subPixelConvolution("conv3", x, 1, 3, scale);
  }
}
