// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * LapSRN: a Laplacian pyramid, of which each level doubles the features and the image by transposed
 * convolutions and adds a residual image.
 *
 * <p>W.-S. Lai et al., <i>Deep Laplacian Pyramid Networks for Fast and Accurate
 * Super-Resolution</i>, CVPR 2017. Section 3.1 and figure 1 give the network, section 3.3 ten
 * layers of a level, 64 features, slopes of 0.2 and patches of 128x128 pixels of the
 * high-resolution image. Layers without biases and names are those of twtygqyy/pytorch-LapSRN. The
 * paper trains the results of all levels; here the last is trained.
 *
 * @param layers the convolutions of a level before the one that doubles the size
 */
record LapSrn(int scale, int layers, int features) implements Network {

  private static final double SLOPE = 0.2;

  static LapSrn of(Arguments arguments, int scale) {
    checkArgument(
        scale > 1 && Integer.bitCount(scale) == 1,
        "scale of lapsrn must be 2, 4 or 8, but was %s",
        scale);
    return new LapSrn(
        scale, arguments.integer("layers", 10, 1, 64), arguments.integer("features", 64, 1, 1024));
  }

  @Override
  public String text() {
    return "lapsrn(layers=" + layers + ", features=" + features + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.LUMA;
  }

  @Override
  public int patchSize() {
    return 128 / scale;
  }

  @Override
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = rectified(layer, layer.convolution("conv_input", input, three(input, features)));
    FeatureMap image = input;
    for (int level = 1; level <= Integer.numberOfTrailingZeros(scale); level++) {
      String name = "convt_F" + level + ".0.cov_block.";
      for (int i = 0; i < layers; i++) {
        x = rectified(layer, layer.convolution(name + 2 * i, x, three(x, features)));
      }
      x = layer.transposedConvolution(name + 2 * layers, x, doubling(features));
      x = rectified(layer, x);
      image =
          layer
              .transposedConvolution("convt_I" + level, image, doubling(1))
              .plus(layer.convolution("convt_R" + level, x, three(x, 1)));
    }
    return image;
  }

  private static Convolution three(FeatureMap input, int features) {
    return Convolution.of(features, 3).unbiased().deviation(Layers.he(input, 3));
  }

  private static Convolution doubling(int features) {
    return Convolution.of(features, 4).unbiased().stride(2);
  }

  private static FeatureMap rectified(Layers layer, FeatureMap input) {
    return layer.leakyRelu(input, SLOPE);
  }
}
