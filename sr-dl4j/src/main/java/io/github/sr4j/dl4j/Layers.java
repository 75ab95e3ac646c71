// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.dl4j.Convolution.Padding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.DataFormat;
import org.nd4j.enums.PadMode;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The layers of which networks are made, over the weights of one network. Signals are [N, channels,
 * height, width].
 *
 * <p>A layer's weights are named after it, as PyTorch names them: {@code conv1.weight} and {@code
 * conv1.bias}. Two layers of one name have the same weights. A network is given its layers in
 * {@link Network#build}; they are confined to that call.
 */
public final class Layers {

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
   * Adds a convolution with a bias, a stride of 1 and zeros around the image: {@link
   * Convolution#of}.
   *
   * @param features the channels of the result
   * @param kernel the side of the kernel in pixels, an odd number
   * @return [N, features, height, width]
   */
  public Signal convolution(String name, Signal input, int features, int kernel) {
    return convolution(name, input, Convolution.of(features, kernel));
  }

  /**
   * Adds a convolution.
   *
   * @return [N, features, height, width], where a stride divides height and width, rounding up
   * @throws IllegalArgumentException if the kernel is even and the stride 1, as such a convolution
   *     has no centre, or if weights of that name have another shape
   */
  public Signal convolution(String name, Signal input, Convolution convolution) {
    int kernel = convolution.kernel();
    Padding padding = padded ? convolution.padding() : Padding.NONE;
    checkArgument(
        kernel % 2 == 1 || convolution.stride() > 1 || padding == Padding.NONE,
        "kernel of %s must be odd, so that the image keeps its size, but was %s",
        name,
        kernel);
    SDVariable weight = weight(name, convolution, input.channels());
    int before = (kernel - 1) / 2;
    // As PyTorch counts: the kernel's centre is on pixels 0, stride, 2 * stride and so on. What
    // libnd4j does to keep a size begins elsewhere if there is a stride.
    int zeros = padding == Padding.ZEROS && convolution.stride() > 1 ? before : 0;
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .sH(convolution.stride())
            .sW(convolution.stride())
            .pH(zeros)
            .pW(zeros)
            .paddingMode(
                padding == Padding.ZEROS && convolution.stride() == 1
                    ? PaddingMode.SAME
                    : PaddingMode.VALID)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    SDVariable image =
        padding == Padding.REFLECTION ? mirrored(input.variable(), before) : input.variable();
    String result = unused(name);
    return new Signal(
        convolution.hasBias()
            ? graph.cnn().conv2d(result, image, weight, variable(name + ".bias"), config)
            : graph.cnn().conv2d(result, image, weight, config),
        convolution.features());
  }

  /** Returns the kernel of a convolution, [height, width, in, out]. */
  private SDVariable weight(String name, Convolution convolution, int channels) {
    int kernel = convolution.kernel();
    int features = convolution.features();
    String weight = name + ".weight";
    if (convolution.expanded() == 0) {
      declareWeight(weight, convolution, kernel, kernel, channels, features);
      declareBias(name, convolution, kernel, kernel, channels);
      return variable(weight);
    }
    if (graph.hasVariable(weight)) {
      return graph.getVariable(weight);
    }
    int inner = convolution.expanded();
    String expand = name + ".expand.weight";
    String project = name + ".project.weight";
    declareWeight(expand, convolution, kernel, kernel, channels, inner);
    declareWeight(project, Convolution.of(features, 1), 1, 1, inner, features);
    declareBias(name, convolution, kernel, kernel, channels);
    long[] shape = {kernel, kernel, channels, features};
    SDVariable product =
        graph.reshape(
            graph
                .reshape(variable(expand), (long) kernel * kernel * channels, inner)
                .mmul(graph.reshape(variable(project), inner, features)),
            shape);
    boolean hasIdentity = channels == features && convolution.stride() == 1 && kernel % 2 == 1;
    SDVariable sum = hasIdentity ? product.add(identity(shape)) : product;
    return sum.rename(weight);
  }

  /** Returns the kernel that leaves an image as it is. */
  private SDVariable identity(long... shape) {
    INDArray kernel = Nd4j.zeros(DataType.FLOAT, shape);
    for (int channel = 0; channel < shape[3]; channel++) {
      kernel.putScalar(new long[] {shape[0] / 2, shape[1] / 2, channel, channel}, 1);
    }
    return graph.constant(kernel);
  }

  /** Draws the weights of a convolution if there are none of that name. */
  private void declareWeight(String weight, Convolution convolution, long... shape) {
    INDArray array =
        convolution.deviation().isPresent()
            ? weights.normal(weight, convolution.deviation().getAsDouble(), shape)
            : weights.uniform(weight, bound(shape), shape);
    checkShape(weight, array, shape);
  }

  /** Returns 1 divided by the root of the number of samples that make one. */
  private static double bound(long... shape) {
    return 1 / Math.sqrt((double) shape[2] * shape[0] * shape[1]);
  }

  private void declareBias(String name, Convolution convolution, long... shape) {
    double bound = bound(shape);
    if (convolution.hasBias()) {
      String bias = name + ".bias";
      int features = convolution.features();
      checkShape(
          bias,
          convolution.deviation().isPresent()
              ? weights.constant(bias, 0, features)
              : weights.uniform(bias, bound, features),
          features);
    }
  }

  private static void checkShape(String name, INDArray array, long... shape) {
    checkArgument(
        Arrays.equals(array.shape(), shape),
        "weights \"%s\" must have one shape in all layers of that name, but had %s and %s",
        name,
        WeightFiles.publishedShape(array.shape()),
        WeightFiles.publishedShape(shape));
  }

  private SDVariable variable(String name) {
    return graph.hasVariable(name)
        ? graph.getVariable(name)
        : graph.var(name, requireNonNull(weights.all().get(name), name));
  }

  /** Returns the name for a result, or none if a layer of the same name has it already. */
  private @Nullable String unused(String name) {
    return graph.hasVariable(name) ? null : name;
  }

  /**
   * Adds a sub-pixel convolution: one to {@code scale^2} times as many channels, and their
   * rearrangement into an image of {@code scale} times the size (Shi et al., <i>Real-Time Single
   * Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network</i>,
   * CVPR 2016, equation 4).
   *
   * <p>In files, the channels before the rearrangement are in the order of PyTorch.
   *
   * @param features the channels of the result
   * @param kernel the side of the kernel in pixels, an odd number
   * @return [N, features, height * scale, width * scale]
   */
  public Signal subPixelConvolution(
      String name, Signal input, int features, int kernel, int scale) {
    // SameDiff shuffles in TensorFlow's order. The literature's, PyTorch's, is a permutation of the
    // channels before it, which is made to the weights where they are read and written: that costs
    // nothing. It is why the two are one layer.
    Signal channels = convolution(name, input, features * scale * scale, kernel);
    weights.shuffle(name + ".weight", scale);
    weights.shuffle(name + ".bias", scale);
    return new Signal(shuffled(channels, scale), features);
  }

  private SDVariable shuffled(Signal input, int scale) {
    return scale == 1
        ? input.variable()
        : graph.cnn().depthToSpace(input.variable(), scale, DataFormat.NCHW);
  }

  /**
   * Adds the rearrangement of {@code scale^2} channels into one of {@code scale} times the size.
   *
   * @param input of {@code scale^2} channels
   * @return [N, 1, height * scale, width * scale]
   * @throws IllegalArgumentException if {@code input} has other channels
   */
  public Signal pixelShuffleToOneChannel(Signal input, int scale) {
    // With one channel out, the orders of TensorFlow and of PyTorch are the same.
    checkArgument(
        input.channels() == scale * scale,
        "input must have %s channels to become one, but had %s",
        scale * scale,
        input.channels());
    return new Signal(shuffled(input, scale), 1);
  }

  /**
   * Adds a transposed convolution, which enlarges by its stride: each pixel of the input adds its
   * multiple of the kernel to the result, {@code stride} pixels from those of its neighbours, and
   * what reaches beyond the image is cut off evenly.
   *
   * @param convolution of a kernel that is not smaller than the stride
   * @return [N, features, height * stride, width * stride]
   * @throws IllegalArgumentException if the kernel is smaller than the stride, if the convolution
   *     is {@linkplain Convolution#expanded expanded}, or if weights of that name have another
   *     shape
   */
  public Signal transposedConvolution(String name, Signal input, Convolution convolution) {
    int kernel = convolution.kernel();
    checkArgument(
        kernel >= convolution.stride(),
        "kernel of %s must be at least its stride, %s, but was %s",
        name,
        convolution.stride(),
        kernel);
    checkArgument(
        convolution.expanded() == 0, "%s must not be expanded, as it is transposed", name);
    long[] shape = {kernel, kernel, convolution.features(), input.channels()};
    declareWeight(name + ".weight", convolution, shape);
    declareBias(name, convolution, shape);
    DeConv2DConfig config =
        DeConv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .sH(convolution.stride())
            .sW(convolution.stride())
            .isSameMode(true)
            .dataFormat(DeConv2DConfig.NCHW)
            .build();
    SDVariable weight = variable(name + ".weight");
    String result = unused(name);
    return new Signal(
        convolution.hasBias()
            ? graph
                .cnn()
                .deconv2d(result, input.variable(), weight, variable(name + ".bias"), config)
            : graph.cnn().deconv2d(result, input.variable(), weight, config),
        convolution.features());
  }

  /**
   * Returns the standard deviation of weights that keeps the variance of a signal through a
   * convolution and a rectifier (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015,
   * equation 10).
   *
   * @param kernel the side of the kernel in pixels
   */
  public static double he(Signal input, int kernel) {
    return Math.sqrt(2.0 / (input.channels() * kernel * kernel));
  }

  /**
   * Adds the extension of an image by copies of its outermost pixels.
   *
   * <p>ND4J has no such operation, but mirrors at the edge: of one pixel, the mirror image is its
   * copy. The exporter writes the whole chain as one operation.
   */
  Signal extend(Signal input, int pixels) {
    SDVariable extended = input.variable();
    for (int i = 0; i < pixels; i++) {
      extended = graph.nn().pad(extended, pads(1), PadMode.SYMMETRIC, 0);
    }
    return new Signal(extended, input.channels());
  }

  private SDVariable pads(int pixels) {
    return graph.constant(
        Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {pixels, pixels}, {pixels, pixels}}));
  }

  private SDVariable mirrored(SDVariable image, int pixels) {
    if (pixels == 0) {
      return image;
    }
    if (!training) {
      return graph.nn().pad(image, pads(pixels), PadMode.REFLECT, 0);
    }
    // The same in parts: of SameDiff's own, the gradient is wrong.
    return mirrored(mirrored(image, pixels, GraphLosses.WIDTH), pixels, GraphLosses.HEIGHT);
  }

  private SDVariable mirrored(SDVariable image, int pixels, int axis) {
    List<SDVariable> parts = new ArrayList<>();
    for (int i = pixels; i >= 1; i--) {
      parts.add(GraphLosses.strip(graph, image, axis, i, i + 1));
    }
    parts.add(image);
    for (int i = 1; i <= pixels; i++) {
      parts.add(GraphLosses.strip(graph, image, axis, -1 - i, -i));
    }
    return graph.concat(axis, parts.toArray(SDVariable[]::new));
  }

  /**
   * Adds batch normalisation: each channel without its mean, divided by its standard deviation,
   * then scaled and shifted by what is learnt (Ioffe and Szegedy, <i>Batch Normalization:
   * Accelerating Deep Network Training by Reducing Internal Covariate Shift</i>, ICML 2015).
   *
   * <p>A network in training takes the statistics of the batch (algorithm 1), and moves running
   * ones towards them; a network that runs takes the running ones (algorithm 2). In exported files
   * it is part of the convolution before it.
   *
   * @return a signal of the shape of {@code input}
   */
  public Signal batchNormalization(String name, Signal input) {
    int channels = input.channels();
    checkShape(name, weights.constant(name + ".weight", 1, channels), channels);
    weights.constant(name + ".bias", 0, channels);
    weights.statistic(name + ".running_mean", 0, channels);
    weights.statistic(name + ".running_var", 1, channels);
    SDVariable x = input.variable();
    SDVariable weight = variable(name + ".weight");
    SDVariable bias = variable(name + ".bias");
    if (!training) {
      SDVariable mean = variable(name + ".running_mean");
      SDVariable variance = variable(name + ".running_var");
      return new Signal(
          graph.nn().batchNorm(unused(name), x, mean, variance, weight, bias, EPSILON, 1),
          channels);
    }
    // In parts: libnd4j has no operation that computes the statistics too.
    SDVariable mean = x.mean(true, 0, 2, 3);
    SDVariable difference = x.sub(mean);
    SDVariable variance = difference.mul(difference).mean(true, 0, 2, 3);
    observed.put(name + ".running_mean", mean);
    observed.put(name + ".running_var", variance);
    return normalized(
        difference,
        variance,
        graph.reshape(weight, 1, channels, 1, 1),
        graph.reshape(bias, 1, channels, 1, 1),
        channels);
  }

  /** The statistics of a batch, by the names of the running ones; empty in a graph that runs. */
  Map<String, SDVariable> observed() {
    return observed;
  }

  /**
   * Adds instance normalisation: as batch normalisation in training, but of each image by itself,
   * and always (Ulyanov et al., <i>Instance Normalization: The Missing Ingredient for Fast
   * Stylization</i>, 2016, equation 2).
   *
   * <p>A network with it looks at the whole image, and is therefore not cut into tiles.
   *
   * @return a signal of the shape of {@code input}
   */
  public Signal instanceNormalization(String name, Signal input) {
    int channels = input.channels();
    checkShape(name, weights.constant(name + ".weight", 1, channels, 1, 1), channels, 1, 1);
    weights.constant(name + ".bias", 0, channels, 1, 1);
    SDVariable difference = input.minus(mean(input)).variable();
    SDVariable variance = difference.mul(difference).mean(true, 2, 3);
    return normalized(
        difference, variance, variable(name + ".weight"), variable(name + ".bias"), channels);
  }

  private Signal normalized(
      SDVariable difference,
      SDVariable variance,
      SDVariable weight,
      SDVariable bias,
      int channels) {
    return new Signal(
        difference.mul(weight.div(graph.math().sqrt(variance.add(EPSILON)))).add(bias), channels);
  }

  /** Adds a rectifier: what is negative becomes 0. */
  public Signal relu(Signal input) {
    return new Signal(graph.nn().relu(input.variable(), 0), input.channels());
  }

  /** Adds a rectifier that multiplies what is negative with a slope. */
  public Signal leakyRelu(Signal input, double slope) {
    return new Signal(graph.nn().leakyRelu(input.variable(), slope), input.channels());
  }

  /**
   * Adds a rectifier that learns for each channel which part of what is negative it lets through
   * (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation 1), at first a quarter.
   */
  public Signal prelu(String name, Signal input) {
    int channels = input.channels();
    String weight = name + ".weight";
    checkShape(weight, weights.constant(weight, 0.25, channels, 1, 1), channels, 1, 1);
    SDVariable slopes = variable(weight);
    if (!training) {
      return new Signal(graph.nn().prelu(input.variable(), slopes, 2, 3), channels);
    }
    // The same in parts: libnd4j's prelu_bp refuses images of more than 64 pixels.
    SDVariable positive = relu(input).variable();
    return new Signal(positive.add(input.variable().sub(positive).mul(slopes)), channels);
  }

  /** Adds the hyperbolic tangent of each sample. */
  public Signal tanh(Signal input) {
    return new Signal(graph.nn().tanh(input.variable()), input.channels());
  }

  /** Adds the logistic function of each sample. */
  public Signal sigmoid(Signal input) {
    return new Signal(graph.nn().sigmoid(input.variable()), input.channels());
  }

  /**
   * Adds the channels of several signals of one size, one after the other.
   *
   * @return of as many channels as all inputs together
   */
  public Signal concatenate(List<Signal> inputs) {
    return new Signal(
        graph.concat(1, inputs.stream().map(Signal::variable).toArray(SDVariable[]::new)),
        inputs.stream().mapToInt(Signal::channels).sum());
  }

  /**
   * Adds some of the channels of a signal.
   *
   * @param first the index of the first one, from 0
   * @return [N, count, height, width]
   * @throws IllegalArgumentException if {@code input} has fewer
   */
  public Signal channels(Signal input, int first, int count) {
    checkArgument(
        first >= 0 && count >= 1 && count <= input.channels() - first,
        "channels %s to %s must be among those of the input, but it had %s",
        first,
        first + count - 1,
        input.channels());
    return new Signal(
        graph.slice(input.variable(), new int[] {0, first, 0, 0}, -1, count, -1, -1), count);
  }

  /**
   * Adds the mean of each channel over the whole image.
   *
   * @return [N, channels, 1, 1]
   */
  public Signal mean(Signal input) {
    return new Signal(input.variable().mean(true, 2, 3), input.channels());
  }

  /**
   * Adds the standard deviation of each channel over the whole image.
   *
   * @return [N, channels, 1, 1]
   */
  public Signal deviation(Signal input) {
    Signal difference = input.minus(mean(input));
    // Without the small number, the gradient of a flat channel would not be finite.
    SDVariable variance = mean(difference.times(difference)).plus(1e-10).variable();
    return new Signal(graph.math().sqrt(variance), input.channels());
  }

  /**
   * Adds numbers that are not trained, one for each channel.
   *
   * @return [1, channels, 1, 1]
   */
  public Signal constant(float... channels) {
    INDArray samples = Nd4j.createFromArray(channels).reshape(1, channels.length, 1, 1);
    return new Signal(graph.constant(samples), channels.length);
  }
}
