// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.zoo;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Convolution;
import io.github.sr4j.networks.FeatureMap;
import io.github.sr4j.networks.Layers;
import io.github.sr4j.networks.Network;
import io.github.sr4j.spi.Arguments;
import java.util.List;

/**
 * SRCNN: patch extraction, non-linear mapping and reconstruction, each a convolution, on the
 * bicubically enlarged image.
 *
 * <p>C. Dong et al., <i>Image Super-Resolution Using Deep Convolutional Networks</i>, TPAMI 2016.
 * Section 3.1 gives the layers, section 3.3 the training: weights from a Gaussian with a deviation
 * of 0.001, no padding, the last layer at a tenth of the rate of the others; section 4.3.2 the
 * kernels 9-1-5, 9-3-5 and 9-5-5, section 4.4 the RGB form. Where it runs, the image is extended by
 * its outermost pixels, as the authors' program does; with zeros, Set5 loses 4 dB.
 *
 * @param init {@code small}, the initial weights of the paper, or {@code he}: a Gaussian that keeps
 *     the variance of signals (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015), in the
 *     last layer a tenth of it
 */
record Srcnn(int scale, String kernels, ModelInfo.Color color, String init) implements Network {

  private static final List<String> KERNELS = List.of("9-1-5", "9-3-5", "9-5-5");
  private static final List<String> INITS = List.of("small", "he");

  static Srcnn of(Arguments arguments, int scale) {
    return new Srcnn(
        scale,
        oneOf(KERNELS, "kernels", arguments),
        Networks.color(arguments),
        oneOf(INITS, "init", arguments));
  }

  private static String oneOf(List<String> values, String argument, Arguments arguments) {
    String value = arguments.text(argument, values.get(0));
    if (!values.contains(value)) {
      throw new IllegalArgumentException(
          String.format(
              "%s of srcnn must be one of %s, but was \"%s\"",
              argument, String.join(", ", values), value));
    }
    return value;
  }

  @Override
  public String text() {
    return String.format(
        "srcnn(kernels=%s, color=%s, init=%s)", kernels, Networks.text(color), init);
  }

  @Override
  public boolean isPreupscaled() {
    return true;
  }

  @Override
  public int lostEdge() {
    return 9 / 2 + middleKernel() / 2 + 5 / 2;
  }

  private int middleKernel() {
    return kernels.charAt(2) - '0';
  }

  @Override
  public int patchSize() {
    return 33; // section 4: the sub-images' side
  }

  @Override
  public FeatureMap build(Layers layers, FeatureMap input) {
    FeatureMap patches = layers.relu(layers.convolution("conv1", input, drawn(input, 64, 9, 1)));
    FeatureMap mapped =
        layers.relu(layers.convolution("conv2", patches, drawn(patches, 32, middleKernel(), 1)));
    return layers.convolution("conv3", mapped, drawn(mapped, input.channels(), 5, 0.1));
  }

  private Convolution drawn(FeatureMap input, int features, int kernel, double share) {
    double deviation = init.equals("he") ? share * Layers.he(input, kernel) : 1e-3;
    return Convolution.of(features, kernel).deviation(deviation);
  }

  @Override
  public double rateFactor(String weights) {
    return weights.startsWith("conv3.") ? 0.1 : 1;
  }
}
