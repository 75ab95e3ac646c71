// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** Blocks of layers that several networks share, named as in the programs of the authors. */
public final class Blocks {

  private Blocks() {}

  /**
   * Adds a residual block without normalisation: convolution, ReLU, convolution, scaled and added
   * to the input (Lim et al., <i>Enhanced Deep Residual Networks for Single Image
   * Super-Resolution</i>, CVPRW 2017, figure 2c and section 3.3).
   *
   * <p>Its layers are {@code name.0} and {@code name.2}.
   *
   * @param kernel the side of the kernels in pixels, an odd number
   * @param scaling what the second convolution's result is multiplied by; 0.1 keeps networks of
   *     many features stable
   * @return a signal of the shape of {@code input}
   */
  public static FeatureMap residual(
      Layers layers, String name, FeatureMap input, int kernel, double scaling) {
    int features = input.channels();
    FeatureMap x = layers.relu(layers.convolution(name + ".0", input, features, kernel));
    x = layers.convolution(name + ".2", x, features, kernel);
    return input.plus(scaling == 1 ? x : x.times(scaling));
  }

  /**
   * Adds a residual block with normalisation: convolution, normalisation, activation, convolution,
   * normalisation, added to the input, and nothing behind the sum (S. Gross and M. Wilber,
   * <i>Training and investigating residual nets</i>, 2016, on which the networks of Johnson et al.
   * and Ledig et al. draw).
   *
   * <p>Its layers are {@code name.conv1}, {@code name.norm1}, {@code name.conv2} and {@code
   * name.norm2}.
   *
   * @param convolution how both convolutions are made, such as {@code Convolution.of(64,
   *     3).unbiased()}, of as many features as {@code input} has channels
   * @param norm adds a normalisation of a name, such as {@link Layers#batchNormalization}
   * @param activation adds what is between the two convolutions
   * @return a signal of the shape of {@code input}
   */
  public static FeatureMap normalizedResidual(
      Layers layers,
      String name,
      FeatureMap input,
      Convolution convolution,
      BiFunction<String, FeatureMap, FeatureMap> norm,
      UnaryOperator<FeatureMap> activation) {
    FeatureMap x = layers.convolution(name + ".conv1", input, convolution);
    x = activation.apply(norm.apply(name + ".norm1", x));
    x = layers.convolution(name + ".conv2", x, convolution);
    return input.plus(norm.apply(name + ".norm2", x));
  }

  /**
   * Adds channel attention: each channel is weighted by what a small network makes of a statistic
   * of all channels, such as their means (Zhang et al., <i>Image Super-Resolution Using Very Deep
   * Residual Channel Attention Networks</i>, ECCV 2018, section 3.3).
   *
   * <p>Its layers are {@code name.0} and {@code name.2}. A network with it looks at the whole
   * image, and is therefore not cut into tiles.
   *
   * @param statistic of each channel, such as {@link Layers#mean}, [N, channels, 1, 1]
   * @param reduction by what the small network divides the channels between its two layers
   * @return a signal of the shape of {@code input}
   */
  public static FeatureMap attention(
      Layers layers, String name, FeatureMap input, FeatureMap statistic, int reduction) {
    int features = input.channels();
    FeatureMap x = layers.relu(layers.convolution(name + ".0", statistic, features / reduction, 1));
    return input.times(layers.sigmoid(layers.convolution(name + ".2", x, features, 1)));
  }

  /**
   * Adds an enlargement: a sub-pixel convolution for each prime factor of the scale, so that 4 is
   * twice 2, and 1 nothing (Lim et al., figure 3).
   *
   * <p>Its layers are {@code name.0}, {@code name.2} and so on.
   *
   * @return a signal of as many channels as {@code input}, [N, channels, height * scale, width *
   *     scale]
   */
  public static FeatureMap upsampler(Layers layers, String name, FeatureMap input, int scale) {
    return upsampler(layers, name, input, scale, (stage, x) -> x);
  }

  /**
   * Adds an enlargement with an activation behind each sub-pixel convolution.
   *
   * @param activation adds one, given the name of the sub-pixel convolution
   * @return a signal of as many channels as {@code input}, [N, channels, height * scale, width *
   *     scale]
   */
  public static FeatureMap upsampler(
      Layers layers,
      String name,
      FeatureMap input,
      int scale,
      BiFunction<String, FeatureMap, FeatureMap> activation) {
    FeatureMap x = input;
    int left = scale;
    int stage = 0; // two, because the authors count the shuffle as a layer
    for (int factor = 2; left > 1; factor++) {
      for (; left % factor == 0; left /= factor, stage += 2) {
        String layer = name + "." + stage;
        x = layers.subPixelConvolution(layer, x, input.channels(), 3, factor);
        x = activation.apply(layer, x);
      }
    }
    return x;
  }

  /**
   * Adds a re-parameterisable block: the sum of a convolution of 3x3, one of 1x1 and, where input
   * and result have as many channels, the input itself. Training finds better weights of it than of
   * one convolution; exported files hold one convolution of 3x3, which does the same (X. Ding et
   * al., <i>RepVGG: Making VGG-style ConvNets Great Again</i>, CVPR 2021, sections 3.2 and 3.3).
   *
   * <p>Its layers are {@code name.3x3} and {@code name.1x1}.
   *
   * @param features the channels of the result
   * @return [N, features, height, width]
   */
  public static FeatureMap reparameterized(
      Layers layers, String name, FeatureMap input, int features) {
    FeatureMap sum =
        layers
            .convolution(name + ".3x3", input, features, 3)
            .plus(layers.convolution(name + ".1x1", input, features, 1));
    return features == input.channels() ? sum.plus(input) : sum;
  }
}
