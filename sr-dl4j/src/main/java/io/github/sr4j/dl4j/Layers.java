// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.DataFormat;
import org.nd4j.enums.PadMode;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The layers of which networks are made, NCHW, over the weights of one network.
 *
 * <p>A layer's weights are named after it, as PyTorch names them: {@code conv1.weight} and {@code
 * conv1.bias}.
 */
final class Layers {

  private final SameDiff graph;
  private final Weights weights;
  private final boolean padded;

  /**
   * Makes layers in a graph.
   *
   * @param padded whether convolutions keep the size of their input, by zeros around it
   */
  Layers(SameDiff graph, Weights weights, boolean padded) {
    this.graph = graph;
    this.weights = weights;
    this.padded = padded;
  }

  /**
   * Adds a convolution with a bias.
   *
   * @param deviation the standard deviation of the Gaussian from which weights are drawn; biases
   *     begin at 0
   */
  SDVariable convolution(
      String name, SDVariable input, int in, int out, int kernel, double deviation) {
    SDVariable weight =
        graph.var(
            name + ".weight", weights.normal(name + ".weight", deviation, kernel, kernel, in, out));
    SDVariable bias = graph.var(name + ".bias", weights.normal(name + ".bias", 0, out));
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .paddingMode(padded ? PaddingMode.SAME : PaddingMode.VALID)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    return graph.cnn().conv2d(name, input, weight, bias, config);
  }

  /**
   * Returns the standard deviation that keeps the variance of signals through a rectified layer (He
   * et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation 10).
   */
  static double he(int in, int kernel) {
    return Math.sqrt(2.0 / (in * kernel * kernel));
  }

  /**
   * Adds the extension of an image by copies of its outermost pixels.
   *
   * <p>ND4J has no such operation, but mirrors at the edge: of one pixel, the mirror image is its
   * copy. The exporter writes the whole chain as one operation.
   */
  SDVariable extend(SDVariable input, int pixels) {
    SDVariable extended = input;
    for (int i = 0; i < pixels; i++) {
      SDVariable onePixel =
          graph.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {1, 1}, {1, 1}}));
      extended = graph.nn().pad(extended, onePixel, PadMode.SYMMETRIC, 0);
    }
    return extended;
  }

  SDVariable relu(SDVariable input) {
    return graph.nn().relu(input, 0);
  }

  /**
   * Adds the rearrangement of scale^2 channels into one channel of scale times the size (Shi et
   * al., <i>Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
   * Convolutional Neural Network</i>, CVPR 2016, equation 4). With one channel out, the orders of
   * TensorFlow (DCR) and of PyTorch (CRD) are the same.
   */
  SDVariable pixelShuffleToOneChannel(SDVariable input, int scale) {
    return graph.cnn().depthToSpace(input, scale, DataFormat.NCHW);
  }
}
