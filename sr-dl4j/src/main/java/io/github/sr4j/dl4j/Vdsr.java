// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Arguments;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * VDSR: a deep chain of rectified 3x3 convolutions on the luma of the bicubically enlarged image,
 * the result of which is added to that image.
 *
 * <p>J. Kim et al., <i>Accurate Image Super-Resolution Using Very Deep Convolutional Networks</i>,
 * CVPR 2016. Section 3.1 gives the layers (figure 1), section 3.2 the residual and one network for
 * several scales, section 5.2 the first weights, after He et al., and patches of 41x41 pixels.
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
  public SDVariable build(Layers layer, SDVariable input) {
    SDVariable x = layer.relu(layer.convolution("conv1", input, 1, features, 3, Layers.he(1, 3)));
    double he = Layers.he(features, 3);
    for (int i = 2; i < layers; i++) {
      x = layer.relu(layer.convolution("conv" + i, x, features, features, 3, he));
    }
    SDVariable residual = layer.convolution("conv" + layers, x, features, 1, 3, he);
    return input.add(residual);
  }
}
