// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.ModelInfo;
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
 */
record Srcnn(int scale, String kernels, ModelInfo.Color color) implements Network {

  private static final List<String> KERNELS = List.of("9-1-5", "9-3-5", "9-5-5");

  static Srcnn of(Arguments arguments, int scale) {
    String kernels = arguments.text("kernels", "9-1-5");
    if (!KERNELS.contains(kernels)) {
      throw new IllegalArgumentException(
          String.format(
              "kernels of srcnn must be one of %s, but was \"%s\"",
              String.join(", ", KERNELS), kernels));
    }
    return new Srcnn(scale, kernels, Networks.color(arguments));
  }

  @Override
  public String text() {
    return "srcnn(kernels=" + kernels + ", color=" + Networks.text(color) + ")";
  }

  @Override
  public boolean isPreupscaled() {
    return true;
  }

  @Override
  public int border() {
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
  public Signal build(Layers layers, Signal input) {
    Signal patches = layers.relu(layers.convolution("conv1", input, small(64, 9)));
    Signal mapped = layers.relu(layers.convolution("conv2", patches, small(32, middleKernel())));
    return layers.convolution("conv3", mapped, small(input.channels(), 5));
  }

  private static Convolution small(int features, int kernel) {
    return Convolution.of(features, kernel).deviation(1e-3);
  }

  @Override
  public double rateFactor(String weights) {
    return weights.startsWith("conv3.") ? 0.1 : 1;
  }
}
