// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Arguments;
import java.util.function.BiFunction;

/**
 * The image transformation network of the paper on perceptual losses: residual blocks with batch
 * normalisation, then a convolution with stride 1/2 for each doubling.
 *
 * <p>J. Johnson et al., <i>Perceptual Losses for Real-Time Style Transfer and Super-Resolution</i>,
 * ECCV 2016. Section 3.1 gives the body of five residual blocks of two 3x3 convolutions, the 9x9
 * kernels of the first and the last layer, normalisation and rectifier behind all layers but those
 * of the sums and the last, a scaled tanh behind that one, and, for super-resolution, the
 * log<sub>2</sub> of the scale convolutions with stride 1/2 behind the blocks; section 4.2 patches
 * of 288x288 pixels of the large image. Its training minimises the distance of features of VGG,
 * with those of pixels as its baseline (section 3.2).
 *
 * @param blocks the residual blocks
 * @param features the channels between the layers
 */
record Johnson(int scale, int blocks, int features, Normalization norm) implements Network {

  private static final int LARGEST_PATCH = 72; // the paper's at x4, whose scales are 4 and 8

  static Johnson of(Arguments arguments, int scale) {
    checkArgument(
        Integer.bitCount(scale) == 1, "scale of johnson must be 2, 4 or 8, but was %s", scale);
    return new Johnson(
        scale,
        arguments.integer("blocks", 5, 1, 128),
        arguments.integer("features", 64, 1, 512),
        Normalization.of(arguments, Normalization.BATCH));
  }

  @Override
  public String text() {
    return String.format("johnson(blocks=%d, features=%d, norm=%s)", blocks, features, norm.text());
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return Math.min(LARGEST_PATCH, 288 / scale);
  }

  @Override
  public Signal build(Layers layers, Signal input) {
    BiFunction<String, Signal, Signal> normalization = norm.in(layers);
    Convolution three = Convolution.of(features, 3).unbiased();
    Signal x = layers.convolution("first.conv", input, Convolution.of(features, 9).unbiased());
    x = layers.relu(normalization.apply("first.norm", x));
    for (int i = 0; i < blocks; i++) {
      x = Blocks.normalizedResidual(layers, "blocks." + i, x, three, normalization, layers::relu);
    }
    Convolution up = three.stride(2).deviation(Layers.he(x, 3));
    for (int i = 0; 1 << i < scale; i++) {
      String name = "up." + i;
      x = layers.transposedConvolution(name + ".conv", x, up);
      x = layers.relu(normalization.apply(name + ".norm", x));
    }
    x = layers.tanh(layers.convolution("last", x, 3, 9));
    return x.plus(1).times(0.5); // from [-1, 1] to [0, 1]
  }
}
