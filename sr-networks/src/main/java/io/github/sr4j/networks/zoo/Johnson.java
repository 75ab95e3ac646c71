// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;
import java.util.function.BiFunction;

/**
 * The image transformation network of the paper on perceptual losses: residual blocks with batch
 * normalisation, then a convolution with stride 1/2 for each doubling; at scale 1, where it
 * transfers a style, two convolutions with stride 2 before the blocks and two with stride 1/2
 * behind them.
 *
 * <p>J. Johnson et al., <i>Perceptual Losses for Real-Time Style Transfer and Super-Resolution</i>,
 * ECCV 2016. Section 3.1 gives the body of five residual blocks of two 3x3 convolutions, the 9x9
 * kernels of the first and the last layer, normalisation and ReLU behind all layers but those of
 * the sums and the last, a scaled tanh behind that one, and, for super-resolution, the
 * log<sub>2</sub> of the scale convolutions with stride 1/2 behind the blocks; section 4.2 patches
 * of 288x288 pixels of the large image. Its training minimises the distance of features of VGG,
 * with those of pixels as its baseline (section 3.2). Table 1 of its supplement gives the features
 * of the style-transfer form, 32, 64 and 128, and its images of 256x256 pixels.
 *
 * <p>Zeros around an image show in a style, so that the supplement mirrors 40 pixels around the
 * image and pads nothing in the blocks, which use them up. Here each convolution of that form
 * mirrors the one or four pixels that it needs, which small images have too.
 *
 * @param blocks the residual blocks
 * @param features the channels between the layers; in the style-transfer form, those of the first
 *     and the last, doubled by each stride
 */
record Johnson(int scale, int blocks, int features, Normalization norm) implements Network {

  private static final int MAX_PATCH = 72; // the paper's at x4, whose scales are 4 and 8
  private static final int STRIDES = 2; // of the style-transfer form

  static Johnson of(Arguments arguments, int scale) {
    checkArgument(
        Integer.bitCount(scale) == 1, "scale of johnson must be 1, 2, 4 or 8, but was %s", scale);
    return new Johnson(
        scale,
        arguments.integer("blocks", 5, 1, 128),
        arguments.integer("features", scale == 1 ? 32 : 64, 1, 512),
        Normalization.of(arguments, Normalization.BATCH));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT, "johnson(blocks=%d, features=%d, norm=%s)", blocks, features, norm.text());
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return isStyle() ? 256 : Math.min(MAX_PATCH, 288 / scale);
  }

  private boolean isStyle() {
    return scale == 1;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    BiFunction<String, FeatureMap, FeatureMap> normalization = norm.in(layers);
    FeatureMap x = layers.convolution("first.conv", input, convolution(features, 9));
    x = layers.relu(normalization.apply("first.norm", x));
    int doublings = isStyle() ? STRIDES : Integer.numberOfTrailingZeros(scale);
    for (int i = 0; isStyle() && i < STRIDES; i++) {
      String name = "down." + i;
      x = layers.convolution(name + ".conv", x, convolution(2 * x.channels(), 3).stride(2));
      x = layers.relu(normalization.apply(name + ".norm", x));
    }
    Convolution inner = convolution(x.channels(), 3);
    for (int i = 0; i < blocks; i++) {
      x = Blocks.normalizedResidual(layers, "blocks." + i, x, inner, normalization, layers::relu);
    }
    for (int i = 0; i < doublings; i++) {
      String name = "up." + i;
      int out = isStyle() ? x.channels() / 2 : features;
      Convolution up = Convolution.of(out, 3).unbiased().stride(2).deviation(Layers.he(x, 3));
      x = layers.transposedConvolution(name + ".conv", x, up);
      x = layers.relu(normalization.apply(name + ".norm", x));
    }
    Convolution last = Convolution.of(3, 9);
    x = layers.tanh(layers.convolution("last", x, isStyle() ? last.reflecting() : last));
    return x.plus(1).times(0.5); // from [-1, 1] to [0, 1]
  }

  private Convolution convolution(int channels, int kernel) {
    Convolution zeros = Convolution.of(channels, kernel).unbiased();
    return isStyle() ? zeros.reflecting() : zeros;
  }
}
