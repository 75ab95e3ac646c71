// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.restoration;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.List;
import java.util.Locale;

/**
 * RRDBNet, the generator of ESRGAN and Real-ESRGAN: residual blocks of residual dense blocks, and a
 * nearest-neighbour enlargement and a convolution for each doubling.
 *
 * <p>X. Wang et al., <i>ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks</i>,
 * ECCVW 2018, section 3.1 and figures 3 and 4: the network, its block, and the factor of 0.2;
 * section 4.1 23 blocks, and patches of 128x128 pixels of the high-resolution image. X. Wang et
 * al., <i>Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data</i>,
 * ICCVW 2021, section 3.4 and figure 4: the pixel unshuffle of x1 and x2. Slopes of 0.2, initial
 * weights and names are those of the authors' program (XPixelGroup/BasicSR, rrdbnet_arch.py).
 *
 * @param features the channels between the blocks
 * @param growth the channels that each convolution of a dense block adds
 * @param unshuffle by how much the image is made smaller first, its pixels becoming channels
 */
record Rrdbnet(int scale, int blocks, int features, int growth, int unshuffle) implements Network {

  private static final double SLOPE = 0.2;
  private static final double SHARE = 0.2; // of a block's result in its sum with the input

  static Rrdbnet of(Arguments arguments, int scale) {
    int usual = scale == 1 ? 4 : scale == 2 ? 2 : 1;
    int unshuffle = arguments.integer("unshuffle", usual, 1, 8);
    checkArgument(
        Integer.bitCount(unshuffle) == 1,
        "unshuffle of rrdbnet must be 1, 2, 4 or 8, but was %s",
        unshuffle);
    checkArgument(
        Integer.bitCount(scale) == 1, "scale of rrdbnet must be 1, 2, 4 or 8, but was %s", scale);
    return new Rrdbnet(
        scale,
        arguments.integer("blocks", 23, 1, 256),
        arguments.integer("features", 64, 1, 1024),
        arguments.integer("growth", 32, 1, 1024),
        unshuffle);
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "rrdbnet(blocks=%d, features=%d, growth=%d, unshuffle=%d)",
        blocks,
        features,
        growth,
        unshuffle);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 128 / scale;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap images = layers.pixelUnshuffle(input, unshuffle);
    FeatureMap first = layers.convolution("conv_first", images, features, 3);
    FeatureMap x = first;
    for (int i = 0; i < blocks; i++) {
      FeatureMap y = x;
      for (int j = 1; j <= 3; j++) {
        y = dense(layers, "body." + i + ".rdb" + j, y);
      }
      x = y.times(SHARE).plus(x);
    }
    x = layers.convolution("conv_body", x, features, 3).plus(first);
    int doublings = Integer.numberOfTrailingZeros(scale * unshuffle);
    for (int i = 1; i <= doublings; i++) {
      x = layers.convolution("conv_up" + i, layers.nearest(x, 2), features, 3);
      x = layers.leakyRelu(x, SLOPE);
    }
    x = layers.leakyRelu(layers.convolution("conv_hr", x, features, 3), SLOPE);
    return layers.convolution("conv_last", x, 3, 3);
  }

  private FeatureMap dense(Layers layers, String name, FeatureMap input) {
    FeatureMap all = input;
    for (int i = 1; i <= 4; i++) {
      FeatureMap x = layers.convolution(name + ".conv" + i, all, drawn(all, growth));
      all = layers.concatenate(List.of(all, layers.leakyRelu(x, SLOPE)));
    }
    FeatureMap x = layers.convolution(name + ".conv5", all, drawn(all, features));
    return x.times(SHARE).plus(input);
  }

  /** A tenth of the usual deviation, as in the paper, section 3.1. */
  private static Convolution drawn(FeatureMap input, int channels) {
    return Convolution.of(channels, 3).deviation(0.1 * Layers.he(input, 3));
  }
}
