// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.Convolution.Padding;
import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Parameter.Initial;
import io.github.sr4j.networks.graph.Parameter.Role;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Concatenate;
import io.github.sr4j.networks.operators.LeakyRelu;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Prelu;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.networks.operators.spatial.Resize;
import io.github.sr4j.networks.operators.spatial.ResizeTo;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers of which networks are made. Feature maps are [N, channels, height, width].
 *
 * <p>A layer's weights are named after it, as PyTorch names them: {@code conv1.weight} and {@code
 * conv1.bias}. Two layers of one name have the same weights. A network is given its layers in
 * {@link Network#build}; they are confined to that call.
 */
public final class Layers {

  // Added to variances, so that a flat channel can be divided by their root: PyTorch's default.
  private static final double EPSILON = 1e-5;

  private static final double LAYER_EPSILON = 1e-6; // that of networks with layer normalisation

  private final GraphBuilder graph;
  private final boolean padded;
  private final boolean training;

  /**
   * Makes layers in a graph.
   *
   * @param padded whether convolutions keep the size of their input, by zeros around it
   * @param training whether batch normalisation takes the statistics of the batch
   */
  Layers(GraphBuilder graph, boolean padded, boolean training) {
    this.graph = graph;
    this.padded = padded;
    this.training = training;
  }

  /** Returns layers for networks that do nothing but train, such as discriminators. */
  public static Layers training(GraphBuilder graph) {
    return new Layers(graph, true, true);
  }

  /** Returns a node of images of this graph as a feature map. */
  public FeatureMap featureMap(Node images) {
    checkArgument(
        images.shape().rank() == 4 && images.shape().length(1) != Shape.FREE,
        "images must be [N, C, H, W] with known channels, but were %s",
        images.shape());
    return new FeatureMap(graph, images);
  }

  /**
   * Adds a convolution with a bias, a stride of 1 and zeros around the image: {@link
   * Convolution#of}.
   *
   * @param features the channels of the result
   * @param kernel the side of the kernel in pixels, an odd number
   * @return [N, features, height, width]
   */
  public FeatureMap convolution(String name, FeatureMap input, int features, int kernel) {
    return convolution(name, input, Convolution.of(features, kernel));
  }

  /**
   * Adds a convolution.
   *
   * @return [N, features, height, width], where a stride divides height and width, rounding up
   * @throws IllegalArgumentException if the kernel is even and the stride 1, as such a convolution
   *     has no centre, if channels are no multiples of the groups, or if weights of that name have
   *     another shape
   */
  public FeatureMap convolution(String name, FeatureMap input, Convolution convolution) {
    return convolution(name, input, convolution, 1);
  }

  private FeatureMap convolution(
      String name, FeatureMap input, Convolution convolution, int shuffle) {
    int kernel = convolution.kernel();
    Padding padding = padded ? convolution.padding() : Padding.NONE;
    checkArgument(
        kernel % 2 == 1 || convolution.stride() > 1 || padding == Padding.NONE,
        "kernel of %s must be odd, so that the image keeps its size, but was %s",
        name,
        kernel);
    checkArgument(
        input.channels() % convolution.groups() == 0
            && convolution.features() % convolution.groups() == 0,
        "channels and features of %s must be multiples of its groups, %s, but were %s and %s",
        name,
        convolution.groups(),
        input.channels(),
        convolution.features());
    Node weight = weight(name, convolution, input.channels() / convolution.groups(), shuffle);
    int before = (kernel - 1) * convolution.dilation() / 2;
    FeatureMap image =
        padding == Padding.REFLECTION ? input.then(new Pad(Extension.REFLECT, before)) : input;
    // As PyTorch counts: the kernel's centre is on pixels 0, stride, 2 * stride and so on.
    int zeros = padding == Padding.ZEROS ? before : 0;
    Operator operator =
        new Convolve(
            kernel,
            kernel,
            convolution.stride(),
            convolution.dilation(),
            convolution.groups(),
            zeros,
            zeros);
    return result(
        name,
        operator,
        convolution.hasBias()
            ? List.of(image.node(), weight, bias(name, convolution, shuffle))
            : List.of(image.node(), weight));
  }

  private FeatureMap result(String name, Operator operator, List<Node> operands) {
    return new FeatureMap(graph, graph.add(name, operator, operands.toArray(Node[]::new)));
  }

  /** Adds the kernels of a convolution, [out, in / groups, height, width]. */
  private Node weight(String name, Convolution convolution, int channels, int shuffle) {
    int kernel = convolution.kernel();
    int features = convolution.features();
    Shape shape = Shape.of(features, channels, kernel, kernel);
    Initial initial = convolution.initial(channels);
    if (convolution.expanded() == 0) {
      Node weight = trained(name + ".weight", shape, initial, shuffle);
      declareBias(name, convolution, channels, shuffle);
      return weight;
    }
    int inner = convolution.expanded();
    Node expand =
        trained(name + ".expand.weight", Shape.of(inner, channels, kernel, kernel), initial, 1);
    Node project =
        trained(
            name + ".project.weight",
            Shape.of(features, inner, 1, 1),
            Convolution.of(features, 1).initial(inner),
            shuffle);
    declareBias(name, convolution, channels, shuffle);
    boolean hasIdentity =
        channels == features
            && convolution.groups() == 1
            && convolution.stride() == 1
            && kernel % 2 == 1;
    return graph.add(name + ".weight", new CollapsedKernel(hasIdentity), expand, project);
  }

  /** Adds the bias right behind the weight: the order in which weights are drawn. */
  private void declareBias(String name, Convolution convolution, int channels, int shuffle) {
    if (convolution.hasBias()) {
      Initial initial =
          convolution.deviation().isPresent()
              ? new Initial.Constant(0)
              : convolution.initial(channels);
      trained(name + ".bias", Shape.of(convolution.features()), initial, shuffle);
    }
  }

  private Node bias(String name, Convolution convolution, int shuffle) {
    return trained(
        name + ".bias", Shape.of(convolution.features()), new Initial.Constant(0), shuffle);
  }

  private Node trained(String name, Shape shape, Initial initial, int shuffle) {
    return graph.weights(new Parameter(name, shape, initial, Role.TRAINED, shuffle));
  }

  private Node trained(String name, FeatureMap input, double initial) {
    return trained(name, Shape.of(input.channels()), new Initial.Constant(initial), 1);
  }

  private Node statistic(String name, FeatureMap input, double initial) {
    return graph.weights(
        new Parameter(
            name,
            Shape.of(input.channels()),
            new Initial.Constant(initial),
            Role.STATISTIC,
            /* shuffle= */ 1));
  }

  /**
   * Adds a sub-pixel convolution: one to {@code scale^2} times as many channels, and their
   * rearrangement into an image of {@code scale} times the size (Shi et al., <i>Real-Time Single
   * Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network</i>,
   * CVPR 2016, equation 4).
   *
   * @param features the channels of the result
   * @param kernel the side of the kernel in pixels, an odd number
   * @return [N, features, height * scale, width * scale]
   */
  public FeatureMap subPixelConvolution(
      String name, FeatureMap input, int features, int kernel, int scale) {
    Convolution convolution = Convolution.of(features * scale * scale, kernel);
    return pixelShuffle(convolution(name, input, convolution, scale), scale);
  }

  /**
   * Adds a pixel shuffle: {@code scale^2} channels become one of {@code scale} times the size, in
   * the order of PyTorch.
   *
   * @param input of channels that are a multiple of {@code scale^2}
   * @return [N, channels / scale^2, height * scale, width * scale]
   * @throws IllegalArgumentException if {@code input} has other channels
   */
  public FeatureMap pixelShuffle(FeatureMap input, int scale) {
    return scale == 1 ? input : input.then(new PixelShuffle(scale));
  }

  /**
   * Adds the inverse of a pixel shuffle: the pixels of each square become channels. The sides of
   * images must be multiples of {@code scale}.
   *
   * @return [N, channels * scale^2, height / scale, width / scale]
   */
  public FeatureMap pixelUnshuffle(FeatureMap input, int scale) {
    return scale == 1 ? input : input.then(new PixelUnshuffle(scale, input.channels()));
  }

  /**
   * Adds a transposed convolution, which enlarges by its stride: each pixel of the input adds its
   * multiple of the kernel to the result, {@code stride} pixels from those of its neighbours, and
   * what reaches beyond the image is cut off evenly.
   *
   * @param convolution of a kernel that is not smaller than the stride
   * @return [N, features, height * stride, width * stride]
   * @throws IllegalArgumentException if the kernel is smaller than the stride, if the convolution
   *     is {@linkplain Convolution#expanded expanded}, has groups or a dilation, or if weights of
   *     that name have another shape
   */
  public FeatureMap transposedConvolution(String name, FeatureMap input, Convolution convolution) {
    int kernel = convolution.kernel();
    checkArgument(
        kernel >= convolution.stride(),
        "kernel of %s must be at least its stride, %s, but was %s",
        name,
        convolution.stride(),
        kernel);
    checkArgument(
        convolution.expanded() == 0 && convolution.groups() == 1 && convolution.dilation() == 1,
        "%s must not be expanded, have groups or a dilation, as it is transposed",
        name);
    Shape shape = Shape.of(input.channels(), convolution.features(), kernel, kernel);
    Node weight = trained(name + ".weight", shape, convolution.initial(convolution.features()), 1);
    declareBias(name, convolution, convolution.features(), 1);
    return result(
        name,
        new ConvolveTransposed(kernel, convolution.stride()),
        convolution.hasBias()
            ? List.of(input.node(), weight, bias(name, convolution, 1))
            : List.of(input.node(), weight));
  }

  /**
   * Returns the standard deviation of weights that keeps the variance of a feature map through a
   * convolution and a ReLU (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation
   * 10).
   *
   * @param kernel the side of the kernel in pixels
   */
  public static double he(FeatureMap input, int kernel) {
    return Math.sqrt(2.0 / (input.channels() * kernel * kernel));
  }

  /** Adds the extension of an image by copies of its outermost pixels. */
  FeatureMap extend(FeatureMap input, int pixels) {
    return pixels == 0 ? input : input.then(new Pad(Extension.EDGE, pixels));
  }

  /**
   * Adds batch normalisation: each channel without its mean, divided by its standard deviation,
   * then scaled and shifted by trained numbers (Ioffe and Szegedy, <i>Batch Normalization:
   * Accelerating Deep Network Training by Reducing Internal Covariate Shift</i>, ICML 2015).
   *
   * <p>A network in training takes the statistics of the batch (algorithm 1), and moves running
   * ones towards them; a network that runs takes the running ones (algorithm 2). In exported files
   * it is part of the convolution before it.
   *
   * @return a feature map of the shape of {@code input}
   */
  public FeatureMap batchNormalization(String name, FeatureMap input) {
    return result(
        name,
        new Normalize.Batch(EPSILON, training),
        List.of(
            input.node(),
            trained(name + ".weight", input, 1),
            trained(name + ".bias", input, 0),
            statistic(name + ".running_mean", input, 0),
            statistic(name + ".running_var", input, 1)));
  }

  /**
   * Adds instance normalisation: as batch normalisation in training, but of each image by itself,
   * and always (Ulyanov et al., <i>Instance Normalization: The Missing Ingredient for Fast
   * Stylization</i>, 2016, equation 2).
   *
   * <p>A network with it looks at the whole image, and is therefore not cut into tiles.
   *
   * @return a feature map of the shape of {@code input}
   */
  public FeatureMap instanceNormalization(String name, FeatureMap input) {
    return normalized(name, input, new Normalize.Instance(EPSILON));
  }

  /**
   * Adds layer normalisation over channels: each pixel without the mean of its channels, divided by
   * their standard deviation, then scaled and shifted by two trained numbers for each channel (Ba
   * et al., <i>Layer Normalization</i>, 2016; over channels as in Liu et al., <i>A ConvNet for the
   * 2020s</i>, CVPR 2022).
   *
   * @return a feature map of the shape of {@code input}
   */
  public FeatureMap layerNormalization(String name, FeatureMap input) {
    return normalized(name, input, new Normalize.Layer(LAYER_EPSILON));
  }

  private FeatureMap normalized(String name, FeatureMap input, Normalize operator) {
    return result(
        name,
        operator,
        List.of(
            input.node(), trained(name + ".weight", input, 1), trained(name + ".bias", input, 0)));
  }

  /** Adds a ReLU: samples below 0 become 0. */
  public FeatureMap relu(FeatureMap input) {
    return input.then(Unary.RELU);
  }

  /** Adds a leaky ReLU: samples below 0 are multiplied by a slope. */
  public FeatureMap leakyRelu(FeatureMap input, double slope) {
    return input.then(new LeakyRelu(slope));
  }

  /**
   * Adds a PReLU: samples below 0 are multiplied by a trained slope of their channel, initially
   * 0.25 (He et al., <i>Delving Deep into Rectifiers</i>, ICCV 2015, equation 1).
   */
  public FeatureMap prelu(String name, FeatureMap input) {
    return result(name, new Prelu(), List.of(input.node(), trained(name + ".weight", input, 0.25)));
  }

  /** Adds the hyperbolic tangent of each sample. */
  public FeatureMap tanh(FeatureMap input) {
    return input.then(Unary.TANH);
  }

  /** Adds the logistic function of each sample. */
  public FeatureMap sigmoid(FeatureMap input) {
    return input.then(Unary.SIGMOID);
  }

  /** Adds a GELU, the tanh form: {@link Unary#GELU}. */
  public FeatureMap gelu(FeatureMap input) {
    return input.then(Unary.GELU);
  }

  /** Adds a GELU, {@code x Phi(x)}: {@link Unary#EXACT_GELU}. */
  public FeatureMap exactGelu(FeatureMap input) {
    return input.then(Unary.EXACT_GELU);
  }

  /** Adds a SiLU, each sample times its logistic function: {@link Unary#SILU}. */
  public FeatureMap silu(FeatureMap input) {
    return input.then(Unary.SILU);
  }

  /** Adds a hard sigmoid, {@code clip(x / 6 + 1/2, 0, 1)}: {@link Unary#HARD_SIGMOID}. */
  public FeatureMap hardSigmoid(FeatureMap input) {
    return input.then(Unary.HARD_SIGMOID);
  }

  /** Adds a hard swish, each sample times its hard sigmoid: {@link Unary#HARD_SWISH}. */
  public FeatureMap hardSwish(FeatureMap input) {
    return input.then(Unary.HARD_SWISH);
  }

  /** Adds the enlargement of images by copies of the nearest pixel. */
  public FeatureMap nearest(FeatureMap input, int scale) {
    return scale == 1 ? input : input.then(new Resize(Resize.Kind.NEAREST, scale));
  }

  /** Adds the bilinear enlargement of images, between the centres of pixels. */
  public FeatureMap bilinear(FeatureMap input, int scale) {
    return scale == 1 ? input : input.then(new Resize(Resize.Kind.BILINEAR, scale));
  }

  /**
   * Adds the bilinear resampling of images to the size of others, between the centres of pixels.
   *
   * <p>A network with it looks at the size of the image, and is therefore not cut into tiles.
   *
   * @return as many channels as {@code input} has, height and width of {@code like}
   */
  public FeatureMap bilinear(FeatureMap input, FeatureMap like) {
    return result(ResizeTo.ID, new ResizeTo(), List.of(input.node(), like.node()));
  }

  /**
   * Adds the maximum of each square of pixels. Squares that reach beyond the image are left out.
   *
   * @param kernel the side of the squares in pixels
   * @param stride the distance between two of them
   */
  public FeatureMap maxPool(FeatureMap input, int kernel, int stride) {
    return kernel == 1 && stride == 1 ? input : input.then(new Pool(Pool.Kind.MAX, kernel, stride));
  }

  /** Adds images without their outermost pixels, so many on each side. */
  public FeatureMap crop(FeatureMap input, int pixels) {
    return pixels == 0
        ? input
        : input.then(new Slice(2, pixels, -pixels)).then(new Slice(3, pixels, -pixels));
  }

  /**
   * Adds the channels of several feature maps of one size, one after the other.
   *
   * @return of as many channels as all inputs together
   */
  public FeatureMap concatenate(List<FeatureMap> inputs) {
    List<Node> nodes = new ArrayList<>();
    inputs.forEach(input -> nodes.add(input.node()));
    Operator operator = new Concatenate(1);
    return result(operator.id(), operator, nodes);
  }

  /**
   * Adds some of the channels of a feature map.
   *
   * @param first the index of the first one, from 0
   * @return [N, count, height, width]
   * @throws IllegalArgumentException if {@code input} has fewer
   */
  public FeatureMap channels(FeatureMap input, int first, int count) {
    checkArgument(
        first >= 0 && count >= 1 && count <= input.channels() - first,
        "channels %s to %s must be among those of the input, but it had %s",
        first,
        first + count - 1,
        input.channels());
    return input.then(new Slice(1, first, first + count));
  }

  /**
   * Adds the mean of each channel over the whole image.
   *
   * @return [N, channels, 1, 1]
   */
  public FeatureMap mean(FeatureMap input) {
    return input.then(Reduce.mean(2, 3));
  }

  /**
   * Adds the standard deviation of each channel over the whole image.
   *
   * @return [N, channels, 1, 1]
   */
  public FeatureMap deviation(FeatureMap input) {
    FeatureMap difference = input.minus(mean(input));
    // Without the small number, the gradient of a flat channel would not be finite.
    return mean(difference.times(difference)).plus(1e-10).then(Unary.SQRT);
  }

  /**
   * Adds numbers that are not trained, one for each channel.
   *
   * @return [1, channels, 1, 1]
   */
  public FeatureMap constant(float... channels) {
    Shape shape = Shape.of(1, channels.length, 1, 1);
    return new FeatureMap(graph, graph.constant(Tensor.of(shape, channels)));
  }
}
