// SPDX-License-Identifier: Apache-2.0
package com.example.tiny;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;

// snippet: network
/**
 * Residual blocks on RGB with a connection around all of them, and sub-pixel convolutions: EDSR, of
 * which each block also weights its channels by what their means say.
 *
 * @param blocks how many residual blocks there are
 * @param features the channels between the layers
 */
record TinyNetwork(int scale, int blocks, int features) implements Network {

  /** The form that is read back; it goes into checkpoints and into the exported model. */
  @Override
  public String text() {
    return "tiny(blocks=" + blocks + ", features=" + features + ")";
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
    FeatureMap head = layers.convolution("head", input, features, 3);
    FeatureMap x = head;
    for (int i = 0; i < blocks; i++) {
      x = Blocks.residual(layers, "body." + i, x, 3, 1);
      x = Blocks.attention(layers, "attention." + i, x, layers.mean(x), 4);
    }
    x = Blocks.upsampler(layers, "up", x.plus(head), scale);
    return layers.convolution("tail", x, input.channels(), 3);
  }
}
// end
