// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;

/**
 * The network of the embedded models: a plain chain of 3x3 convolutions with ReLU on the luma of
 * the low-resolution image, a pixel shuffle, and the nearest-neighbour enlargement of the input
 * added to the result.
 *
 * <p>Ours, after the shape that X. Zhang et al., <i>Edge-Oriented Convolution Block for Real-Time
 * Super Resolution on Mobile Devices</i>, ACM MM 2021, arrive at when their blocks are merged for
 * inference. By default it is trained as it is; with {@code expansion}, each layer but the first
 * and the last is trained as a collapsible linear block ({@link Convolution#expanded}). The input
 * is added before the pixel shuffle, where it enters each of the {@code scale^2} channels: the same
 * as adding its nearest-neighbour enlargement behind it.
 *
 * @param features the channels of each layer
 * @param layers the convolutions between the first and the last
 * @param expansion by how much training widens these convolutions; 0 if it trains them as they are
 */
record Compact(int scale, int features, int layers, int expansion) implements Network {

  static Compact of(Arguments arguments, int scale) {
    return new Compact(
        scale,
        arguments.integer("features", 32, 1, 512),
        arguments.integer("layers", 6, 0, 128),
        arguments.integer("expansion", 0, 0, 16));
  }

  @Override
  public String text() {
    String widened = expansion == 0 ? "" : ", expansion=" + expansion;
    return "compact(features=" + features + ", layers=" + layers + widened + ")";
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.LUMA;
  }

  @Override
  public int patchSize() {
    return 32;
  }

  @Override
  public FeatureMap build(Layers layer, FeatureMap input) {
    FeatureMap x = layer.relu(layer.convolution("conv1", input, rectified(input, features, 1)));
    for (int i = 2; i < layers + 2; i++) {
      x = layer.relu(layer.convolution("conv" + i, x, inner(x)));
    }
    // A tenth of the usual deviation: the network begins as the enlargement that it adds to.
    FeatureMap residual =
        layer.convolution("conv" + (layers + 2), x, rectified(x, scale * scale, 0.1));
    return layer.pixelShuffle(residual.plus(input), scale);
  }

  private Convolution inner(FeatureMap input) {
    return expansion == 0
        ? rectified(input, features, 1)
        : Convolution.of(features, 3).expanded(expansion * features);
  }

  private static Convolution rectified(FeatureMap input, int features, double factor) {
    return Convolution.of(features, 3).deviation(factor * Layers.he(input, 3));
  }
}
