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
 * SRResNet, the generator of SRGAN: residual blocks with batch normalisation, a connection around
 * all of them, and sub-pixel convolutions.
 *
 * <p>C. Ledig et al., <i>Photo-Realistic Single Image Super-Resolution Using a Generative
 * Adversarial Network</i>, CVPR 2017. Figure 4 gives the layers: kernels of 9 in the first and the
 * last, 16 blocks of 64 features, PReLUs; section 3.2 patches of 96x96 pixels of the large image.
 * The paper's scale is 4.
 *
 * @param blocks the residual blocks
 * @param features the channels between the layers
 * @param output {@code linear}, as in the paper, or {@code tanh}, scaled to [0, 1], as in many
 *     programs
 */
record Srresnet(int scale, int blocks, int features, Normalization norm, String output)
    implements Network {

  static Srresnet of(Arguments arguments, int scale) {
    String output = arguments.text("output", "linear");
    checkArgument(
        output.equals("linear") || output.equals("tanh"),
        "output of srresnet must be linear or tanh, but was \"%s\"",
        output);
    return new Srresnet(
        scale,
        arguments.integer("blocks", 16, 1, 256),
        arguments.integer("features", 64, 1, 512),
        Normalization.of(arguments, Normalization.BATCH),
        output);
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        "srresnet(blocks=%d, features=%d, norm=%s%s)",
        blocks,
        features,
        norm.text(),
        output.equals("linear") ? "" : ", output=" + output);
  }

  @Override
  public ModelInfo.Color color() {
    return ModelInfo.Color.RGB;
  }

  @Override
  public int patchSize() {
    return 96 / scale;
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    BiFunction<String, FeatureMap, FeatureMap> normalization = norm.in(layers);
    Convolution three = Convolution.of(features, 3).unbiased();
    FeatureMap head = layers.prelu("head.prelu", layers.convolution("head", input, features, 9));
    FeatureMap x = head;
    for (int i = 0; i < blocks; i++) {
      String name = "blocks." + i;
      x =
          Blocks.normalizedResidual(
              layers, name, x, three, normalization, y -> layers.prelu(name + ".prelu", y));
    }
    x = normalization.apply("body.norm", layers.convolution("body.conv", x, three)).plus(head);
    x = Blocks.upsampler(layers, "up", x, scale, (name, y) -> layers.prelu(name + ".prelu", y));
    x = layers.convolution("tail", x, 3, 9);
    return output.equals("linear") ? x : layers.tanh(x).plus(1).times(0.5);
  }
}
