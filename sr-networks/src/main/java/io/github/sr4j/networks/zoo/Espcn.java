// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.function.UnaryOperator;

/**
 * ESPCN: two convolutions on the luma of the low-resolution image, and a sub-pixel convolution.
 *
 * <p>W. Shi et al., <i>Real-Time Single Image and Video Super-Resolution Using an Efficient
 * Sub-Pixel Convolutional Neural Network</i>, CVPR 2016. Section 3.2 gives the layers: kernels of
 * 5, 3 and 3, 64 and 32 features, tanh; section 3.3 patches of 17x17 pixels of the low-resolution
 * image. With four layers, there is one more of 64 features; so is the program of PyTorch's
 * examples, with ReLU.
 *
 * @param layers all convolutions: 3, or 4
 * @param activation {@code tanh} or {@code relu}
 */
record Espcn(int scale, int layers, String activation) implements Network {

  static Espcn of(Arguments arguments, int scale) {
    String activation = arguments.text("activation", "tanh");
    checkArgument(
        activation.equals("tanh") || activation.equals("relu"),
        "activation of espcn must be tanh or relu, but was \"%s\"",
        activation);
    return new Espcn(scale, arguments.integer("layers", 3, 3, 4), activation);
  }

  @Override
  public String text() {
    return layers == 3 && activation.equals("tanh")
        ? "espcn"
        : "espcn(layers=" + layers + ", activation=" + activation + ")";
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
  public FeatureMap build(Layers layer, FeatureMap input) {
    UnaryOperator<FeatureMap> activated = activation.equals("tanh") ? layer::tanh : layer::relu;
    FeatureMap x = activated.apply(layer.convolution("conv1", input, 64, 5));
    for (int i = 2; i < layers; i++) {
      x = activated.apply(layer.convolution("conv" + i, x, i < layers - 1 ? 64 : 32, 3));
    }
    return layer.subPixelConvolution("conv" + layers, x, 1, 3, scale);
  }
}
