// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.DataFormat;
import org.nd4j.enums.PadMode;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The layers of which networks are made, NCHW, over the weights of one network.
 *
 * <p>A layer's weights are named after it, as PyTorch names them: {@code conv1.weight} and {@code
 * conv1.bias}.
 */
final class Layers {

  // Added to variances, so that a flat channel can be divided by their root: PyTorch's default.
  private static final double EPSILON = 1e-5;

  private final SameDiff graph;
  private final Weights weights;
  private final boolean padded;
  private final boolean training;
  private final Map<String, SDVariable> observed = new LinkedHashMap<>();

  /**
   * Makes layers in a graph.
   *
   * @param padded whether convolutions keep the size of their input, by zeros around it
   * @param training whether the graph is to be differentiated
   */
  Layers(SameDiff graph, Weights weights, boolean padded, boolean training) {
    this.graph = graph;
    this.weights = weights;
    this.padded = padded;
    this.training = training;
  }

  /**
   * Adds a convolution with a bias.
   *
   * @param deviation the standard deviation of the Gaussian from which weights are drawn; biases
   *     begin at 0
   */
  SDVariable convolution(
      String name, SDVariable input, int in, int out, int kernel, double deviation) {
    weights.normal(name + ".weight", deviation, kernel, kernel, in, out);
    weights.constant(name + ".bias", 0, out);
    return convolution(name, input, kernel, true);
  }

  /**
   * Adds a convolution with a bias, both drawn evenly as PyTorch does by default: within 1 divided
   * by the root of the number of samples that make one.
   */
  SDVariable convolution(String name, SDVariable input, int in, int out, int kernel) {
    double bound = 1 / Math.sqrt((double) in * kernel * kernel);
    weights.uniform(name + ".weight", bound, kernel, kernel, in, out);
    weights.uniform(name + ".bias", bound, out);
    return convolution(name, input, kernel, true);
  }

  /**
   * Adds a convolution without a bias, for what is normalised next: normalisation takes a bias away
   * again. Weights are drawn as those of {@link #convolution(String, SDVariable, int, int, int)}.
   */
  SDVariable unbiasedConvolution(String name, SDVariable input, int in, int out, int kernel) {
    double bound = 1 / Math.sqrt((double) in * kernel * kernel);
    weights.uniform(name + ".weight", bound, kernel, kernel, in, out);
    return convolution(name, input, kernel, false);
  }

  private SDVariable convolution(String name, SDVariable input, int kernel, boolean hasBias) {
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .paddingMode(padded ? PaddingMode.SAME : PaddingMode.VALID)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    SDVariable weight = variable(name + ".weight");
    return hasBias
        ? graph.cnn().conv2d(name, input, weight, variable(name + ".bias"), config)
        : graph.cnn().conv2d(name, input, weight, config);
  }

  private SDVariable variable(String name) {
    return graph.var(name, requireNonNull(weights.all().get(name), name));
  }

  /**
   * Adds a sub-pixel convolution: one to {@code scale^2} times as many channels, and their
   * rearrangement into an image of {@code scale} times the size (Shi et al., <i>Real-Time Single
   * Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network</i>,
   * CVPR 2016, equation 4).
   *
   * <p>SameDiff shuffles in TensorFlow's order. The literature's, PyTorch's, is a permutation of
   * the channels before it, which is made to the weights where they are read and written: that
   * costs nothing. It is why the two are one layer.
   *
   * @param out the channels behind the shuffle
   */
  SDVariable subPixelConvolution(
      String name, SDVariable input, int in, int out, int kernel, int scale) {
    SDVariable channels = convolution(name, input, in, out * scale * scale, kernel);
    weights.shuffle(name + ".weight", scale);
    weights.shuffle(name + ".bias", scale);
    return graph.cnn().depthToSpace(channels, scale, DataFormat.NCHW);
  }

  /**
   * Adds a transposed convolution with a bias, which enlarges: each pixel of the input adds its
   * multiple of the kernel to the result, {@code scale} pixels from those of its neighbours, and
   * what reaches beyond the image is cut off evenly.
   *
   * @param deviation the standard deviation of the Gaussian from which weights are drawn; biases
   *     begin at 0
   */
  SDVariable transposedConvolution(
      String name, SDVariable input, int in, int out, int kernel, int scale, double deviation) {
    weights.normal(name + ".weight", deviation, kernel, kernel, out, in);
    weights.constant(name + ".bias", 0, out);
    return graph
        .cnn()
        .deconv2d(
            name,
            input,
            variable(name + ".weight"),
            variable(name + ".bias"),
            transposed(kernel, scale));
  }

  /** Adds a transposed convolution without a bias, for what is normalised next. */
  SDVariable unbiasedTransposedConvolution(
      String name, SDVariable input, int in, int out, int kernel, int scale, double deviation) {
    weights.normal(name + ".weight", deviation, kernel, kernel, out, in);
    return graph.cnn().deconv2d(name, input, variable(name + ".weight"), transposed(kernel, scale));
  }

  private static DeConv2DConfig transposed(int kernel, int scale) {
    return DeConv2DConfig.builder()
        .kH(kernel)
        .kW(kernel)
        .sH(scale)
        .sW(scale)
        .isSameMode(true)
        .dataFormat(DeConv2DConfig.NCHW)
        .build();
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

  /**
   * Adds batch normalisation: each channel without its mean, divided by its standard deviation,
   * then scaled and shifted by what is learnt (Ioffe and Szegedy, <i>Batch Normalization:
   * Accelerating Deep Network Training by Reducing Internal Covariate Shift</i>, ICML 2015).
   *
   * <p>A graph that trains takes the statistics of the batch (algorithm 1), which are then {@link
   * #observed}; one that runs takes the running ones (algorithm 2).
   */
  SDVariable batchNormalization(String name, SDVariable input, int channels) {
    weights.constant(name + ".weight", 1, channels);
    weights.constant(name + ".bias", 0, channels);
    weights.statistic(name + ".running_mean", 0, channels);
    weights.statistic(name + ".running_var", 1, channels);
    SDVariable weight = variable(name + ".weight");
    SDVariable bias = variable(name + ".bias");
    if (!training) {
      SDVariable mean = variable(name + ".running_mean");
      SDVariable variance = variable(name + ".running_var");
      return graph.nn().batchNorm(name, input, mean, variance, weight, bias, EPSILON, 1);
    }
    // In parts: libnd4j has no operation that computes the statistics too.
    SDVariable mean = input.mean(true, 0, 2, 3);
    SDVariable difference = input.sub(mean);
    SDVariable variance = difference.mul(difference).mean(true, 0, 2, 3);
    observed.put(name + ".running_mean", mean);
    observed.put(name + ".running_var", variance);
    return normalized(
        difference,
        variance,
        graph.reshape(weight, 1, channels, 1, 1),
        graph.reshape(bias, 1, channels, 1, 1));
  }

  /** The statistics of a batch, by the names of the running ones; empty in a graph that runs. */
  Map<String, SDVariable> observed() {
    return observed;
  }

  /**
   * Adds instance normalisation: as batch normalisation in training, but of each image by itself,
   * and always (Ulyanov et al., <i>Instance Normalization: The Missing Ingredient for Fast
   * Stylization</i>, 2016, equation 2).
   */
  SDVariable instanceNormalization(String name, SDVariable input, int channels) {
    weights.constant(name + ".weight", 1, channels, 1, 1);
    weights.constant(name + ".bias", 0, channels, 1, 1);
    SDVariable difference = input.sub(mean(input));
    SDVariable variance = mean(difference.mul(difference));
    return normalized(difference, variance, variable(name + ".weight"), variable(name + ".bias"));
  }

  private SDVariable normalized(
      SDVariable difference, SDVariable variance, SDVariable weight, SDVariable bias) {
    return difference.mul(weight.div(graph.math().sqrt(variance.add(EPSILON)))).add(bias);
  }

  SDVariable relu(SDVariable input) {
    return graph.nn().relu(input, 0);
  }

  /** Adds a rectifier that lets a part of what is negative through. */
  SDVariable leakyRelu(SDVariable input, double slope) {
    return graph.nn().leakyRelu(input, slope);
  }

  /**
   * Adds a rectifier that learns for each channel which part of what is negative it lets through
   * (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation 1), at first a quarter.
   */
  SDVariable prelu(String name, SDVariable input, int channels) {
    weights.constant(name + ".weight", 0.25, channels, 1, 1);
    SDVariable slopes = variable(name + ".weight");
    if (!training) {
      return graph.nn().prelu(input, slopes, 2, 3);
    }
    // The same in parts: libnd4j's prelu_bp refuses images of more than 64 pixels.
    SDVariable positive = relu(input);
    return positive.add(input.sub(positive).mul(slopes));
  }

  SDVariable tanh(SDVariable input) {
    return graph.nn().tanh(input);
  }

  SDVariable sigmoid(SDVariable input) {
    return graph.nn().sigmoid(input);
  }

  /** Adds the channels of several images one after the other. */
  SDVariable concatenate(List<SDVariable> inputs) {
    return graph.concat(1, inputs.toArray(SDVariable[]::new));
  }

  /** Adds some of the channels of an image. */
  SDVariable channels(SDVariable input, int first, int count) {
    return graph.slice(input, new int[] {0, first, 0, 0}, -1, count, -1, -1);
  }

  /** Adds the mean of each channel over the whole image, as an image of one pixel. */
  SDVariable mean(SDVariable input) {
    return input.mean(true, 2, 3);
  }

  /** Adds the standard deviation of each channel over the whole image, as an image of one pixel. */
  SDVariable deviation(SDVariable input) {
    SDVariable difference = input.sub(mean(input));
    // Without the small number, the gradient of a flat channel would not be finite.
    return graph.math().sqrt(mean(difference.mul(difference)).add(1e-10));
  }

  /** Adds an image of one pixel, to be added to another image. */
  SDVariable color(float... channels) {
    return graph.constant(Nd4j.createFromArray(channels).reshape(1, channels.length, 1, 1));
  }

  /**
   * Adds the rearrangement of scale^2 channels into one channel of scale times the size. With one
   * channel out, the orders of TensorFlow and of PyTorch are the same.
   */
  SDVariable pixelShuffleToOneChannel(SDVariable input, int scale) {
    return graph.cnn().depthToSpace(input, scale, DataFormat.NCHW);
  }
}
