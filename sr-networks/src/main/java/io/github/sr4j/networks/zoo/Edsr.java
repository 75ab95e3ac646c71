// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Blocks;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.Locale;

/**
 * EDSR: residual blocks without normalisation, and a long connection around all of them.
 *
 * <p>B. Lim et al., <i>Enhanced Deep Residual Networks for Single Image Super-Resolution</i>, CVPRW
 * 2017. Figure 3 and section 3.2 give the network, section 3.3 residual scaling, section 4.2
 * patches of 48x48 pixels and the mean colour that is subtracted and added. The defaults are the
 * paper's baseline (section 4.2); its full network has 32 blocks, 256 features and a scaling of
 * 0.1. Names are those of the authors' program.
 *
 * @param blocks the residual blocks
 * @param features the channels between the layers
 * @param scaling what each block's result is multiplied by before it is added
 */
record Edsr(int scale, int blocks, int features, double scaling) implements Network {

  static Edsr of(Arguments arguments, int scale) {
    return new Edsr(
        scale,
        arguments.integer("blocks", 16, 1, 256),
        arguments.integer("features", 64, 1, 1024),
        arguments.number("scaling", 1));
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT, "edsr(blocks=%d, features=%d, scaling=%s)", blocks, features, scaling);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 48;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap mean = div2kMean(layers);
    FeatureMap head = layers.convolution("head.0", input.minus(mean), features, 3);
    FeatureMap x = head;
    for (int i = 0; i < blocks; i++) {
      x = Blocks.residual(layers, "body." + i + ".body", x, 3, scaling);
    }
    x = layers.convolution("body." + blocks, x, features, 3).plus(head);
    x = Blocks.upsampler(layers, "tail.0", x, scale);
    return layers.convolution("tail.1", x, 3, 3).plus(mean);
  }

  /** Adds the mean colour of DIV2K, which networks of RGB images work without. */
  static FeatureMap div2kMean(Layers layers) {
    return layers.constant(0.4488f, 0.4371f, 0.4040f); // as in the authors' program
  }
}
