// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * MSRResNet, a modified SRResNet: residual blocks without normalisation and sub-pixel convolutions,
 * added to the bilinear enlargement of the input.
 *
 * <p>C. Ledig et al., <i>Photo-Realistic Single Image Super-Resolution Using a Generative
 * Adversarial Network</i>, CVPR 2017, gives SRResNet. Its modification, slopes of 0.1, initial
 * weights and names are those of XPixelGroup/BasicSR (srresnet_arch.py), patches of 32x32 pixels of
 * the low-resolution image those of its published run.
 */
record MsrResnet(int scale, int blocks, int features) implements Network {

  private static final double SLOPE = 0.1;

  static MsrResnet of(Arguments arguments, int scale) {
    return new MsrResnet(
        scale, arguments.integer("blocks", 16, 1, 256), arguments.integer("features", 64, 1, 1024));
  }

  @Override
  public String text() {
    return "msrresnet(blocks=" + blocks + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 32;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap x = rectified(layers, layers.convolution("conv_first", input, features, 3));
    for (int i = 0; i < blocks; i++) {
      String name = "body." + i;
      FeatureMap y = layers.relu(layers.convolution(name + ".conv1", x, drawn(x)));
      x = x.plus(layers.convolution(name + ".conv2", y, drawn(y)));
    }
    int stages = scale == 4 ? 2 : 1;
    for (int stage = 1; stage <= stages; stage++) {
      int factor = scale == 4 ? 2 : scale;
      x = layers.subPixelConvolution("upconv" + stage, x, features, 3, factor);
      x = rectified(layers, x);
    }
    x = rectified(layers, layers.convolution("conv_hr", x, features, 3));
    return layers.convolution("conv_last", x, 3, 3).plus(layers.bilinear(input, scale));
  }

  private Convolution drawn(FeatureMap input) {
    return Convolution.of(features, 3).deviation(0.1 * Layers.he(input, 3));
  }

  private static FeatureMap rectified(Layers layers, FeatureMap input) {
    return layers.leakyRelu(input, SLOPE);
  }
}
