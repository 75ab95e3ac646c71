// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * The style-transfer network of PyTorch's examples: that of Johnson et al. with instance
 * normalisation, and nearest-neighbour enlargements and convolutions instead of transposed ones.
 * Its scale is 1.
 *
 * <p>J. Johnson et al., <i>Perceptual Losses for Real-Time Style Transfer and Super-Resolution</i>,
 * ECCV 2016, section 3.1, gives the network; D. Ulyanov et al., <i>Instance Normalization: The
 * Missing Ingredient for Fast Stylization</i>, 2016, the normalisation; A. Odena et al.,
 * <i>Deconvolution and Checkerboard Artifacts</i>, Distill 2016, the enlargement. Layers and names
 * are those of pytorch/examples (fast_neural_style, transformer_net.py).
 *
 * @param blocks the residual blocks
 * @param features the channels of the first layer, doubled by each of the two strides
 */
record FastStyle(int blocks, int features) implements Network {

  static FastStyle of(Arguments arguments, int scale) {
    RestorationNetworks.checkScale(arguments, scale, 1);
    return new FastStyle(
        arguments.integer("blocks", 5, 1, 128), arguments.integer("features", 32, 1, 512));
  }

  @Override
  public int scale() {
    return 1;
  }

  @Override
  public String text() {
    return "fast-style(blocks=" + blocks + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 256;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap x = normalized(layers, "conv1", "in1", input, of(features, 9));
    x = normalized(layers, "conv2", "in2", x, of(2 * features, 3).stride(2));
    x = normalized(layers, "conv3", "in3", x, of(4 * features, 3).stride(2));
    for (int i = 1; i <= blocks; i++) {
      String name = "res" + i;
      Convolution same = of(4 * features, 3);
      FeatureMap y = normalized(layers, name + ".conv1", name + ".in1", x, same);
      y = layers.convolution(name + ".conv2.conv2d", y, same);
      x = layers.instanceNormalization(name + ".in2", y).plus(x);
    }
    x = normalized(layers, "deconv1", "in4", layers.nearest(x, 2), of(2 * features, 3));
    x = normalized(layers, "deconv2", "in5", layers.nearest(x, 2), of(features, 3));
    return layers.convolution("deconv3.conv2d", x, of(3, 9));
  }

  private static Convolution of(int features, int kernel) {
    return Convolution.of(features, kernel).reflecting();
  }

  private static FeatureMap normalized(
      Layers layers, String name, String norm, FeatureMap input, Convolution convolution) {
    FeatureMap x = layers.convolution(name + ".conv2d", input, convolution);
    return layers.relu(layers.instanceNormalization(norm, x));
  }
}
