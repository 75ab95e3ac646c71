// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo.lightweight;

import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import java.util.function.UnaryOperator;

/**
 * Enhanced spatial attention: each sample is weighted by what a small network makes of a few
 * channels, at full resolution and at a sixth of it, the latter enlarged bilinearly to the size of
 * the image.
 *
 * <p>J. Liu et al., <i>Residual Feature Aggregation Network for Image Super-Resolution</i>, CVPR
 * 2020, section 3.3 and figure 4. Strided convolution and pooling are not padded, so that the
 * enlargement is no whole factor: the weights depend on the size of the image, which must be at
 * least {@value #MIN_SIDE} pixels wide and high.
 */
final class SpatialAttention {

  static final int MIN_SIDE = 15; // (7 - 1) * 2 + 3: one position of the pooling window

  private SpatialAttention() {}

  /**
   * Adds spatial attention with the layers {@code name.conv1}, {@code conv2}, {@code conv_f} and
   * {@code conv4}.
   *
   * @param channels of the small network
   * @param pooled adds what comes between pooling and enlargement
   */
  static FeatureMap of(
      Layers layers,
      String name,
      FeatureMap input,
      int channels,
      UnaryOperator<FeatureMap> pooled) {
    FeatureMap few = layers.convolution(name + ".conv1", input, channels, 1);
    Convolution strided = Convolution.of(channels, 3).stride(2).unpadded();
    FeatureMap x = layers.convolution(name + ".conv2", few, strided);
    x = pooled.apply(layers.maxPool(x, /* kernel= */ 7, /* stride= */ 3));
    FeatureMap local = layers.convolution(name + ".conv_f", few, channels, 1);
    x = layers.bilinear(x, input).plus(local);
    x = layers.convolution(name + ".conv4", x, input.channels(), 1);
    return input.times(layers.sigmoid(x));
  }
}
