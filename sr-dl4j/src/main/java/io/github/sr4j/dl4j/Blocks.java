// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;

/** What several networks are made of, named as in the programs of the authors. */
final class Blocks {

  private Blocks() {}

  /**
   * Adds a residual block without normalisation: convolution, rectifier, convolution, scaled and
   * added to the input (Lim et al., <i>Enhanced Deep Residual Networks for Single Image
   * Super-Resolution</i>, CVPRW 2017, figure 2c and section 3.3).
   */
  static SDVariable residual(
      Layers layers, String name, SDVariable input, int features, double scaling) {
    SDVariable x = layers.relu(layers.convolution(name + ".0", input, features, features, 3));
    x = layers.convolution(name + ".2", x, features, features, 3);
    return input.add(scaling == 1 ? x : x.mul(scaling));
  }

  /**
   * Adds a residual block with normalisation: convolution, normalisation, activation, convolution,
   * normalisation, added to the input, and nothing behind the sum (S. Gross and M. Wilber,
   * <i>Training and investigating residual nets</i>, 2016, on which the networks of Johnson et al.
   * and Ledig et al. draw).
   *
   * @param activation adds what is between the two convolutions
   */
  static SDVariable normalizedResidual(
      Layers layers,
      String name,
      SDVariable input,
      int features,
      Normalization norm,
      UnaryOperator<SDVariable> activation) {
    SDVariable x = layers.unbiasedConvolution(name + ".conv1", input, features, features, 3);
    x = activation.apply(norm.add(layers, name + ".norm1", x, features));
    x = layers.unbiasedConvolution(name + ".conv2", x, features, features, 3);
    return input.add(norm.add(layers, name + ".norm2", x, features));
  }

  /**
   * Adds channel attention: each channel is weighted by what a small network makes of a statistic
   * of all channels, such as their means (Zhang et al., <i>Image Super-Resolution Using Very Deep
   * Residual Channel Attention Networks</i>, ECCV 2018, section 3.3).
   *
   * @param statistic one pixel for each channel
   * @param reduction by what the small network divides the channels between its two layers
   */
  static SDVariable attention(
      Layers layers,
      String name,
      SDVariable input,
      SDVariable statistic,
      int features,
      int reduction) {
    int reduced = features / reduction;
    SDVariable x = layers.relu(layers.convolution(name + ".0", statistic, features, reduced, 1));
    x = layers.sigmoid(layers.convolution(name + ".2", x, reduced, features, 1));
    return input.mul(x);
  }

  /**
   * Adds an enlargement: a sub-pixel convolution for each prime factor of the scale, so that 4 is
   * twice 2 (Lim et al., figure 3).
   */
  static SDVariable upsampler(
      Layers layers, String name, SDVariable input, int features, int scale) {
    return upsampler(layers, name, input, features, scale, (stage, x) -> x);
  }

  /**
   * Adds an enlargement with an activation behind each sub-pixel convolution.
   *
   * @param activation adds one, given the name of the sub-pixel convolution
   */
  static SDVariable upsampler(
      Layers layers,
      String name,
      SDVariable input,
      int features,
      int scale,
      BiFunction<String, SDVariable, SDVariable> activation) {
    SDVariable x = input;
    int left = scale;
    int stage = 0; // two, because the authors count the shuffle as a layer
    for (int factor = 2; left > 1; factor++) {
      for (; left % factor == 0; left /= factor, stage += 2) {
        String layer = name + "." + stage;
        x = layers.subPixelConvolution(layer, x, features, features, 3, factor);
        x = activation.apply(layer, x);
      }
    }
    return x;
  }

  /** Adds the mean colour of DIV2K, which networks of RGB images work without. */
  static SDVariable div2kMean(Layers layers) {
    return layers.color(0.4488f, 0.4371f, 0.4040f); // as in the authors' program of EDSR
  }
}
