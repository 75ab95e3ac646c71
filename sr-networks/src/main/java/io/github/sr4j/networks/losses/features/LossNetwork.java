// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.LossWeights;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.spi.PatchBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network whose activations a loss compares: VGG-16, VGG-19 or AlexNet up to some convolution,
 * with weights that stay as they are.
 *
 * <p>K. Simonyan and A. Zisserman, <i>Very Deep Convolutional Networks for Large-Scale Image
 * Recognition</i>, ICLR 2015, table 1, columns D and E: five blocks of 3x3 convolutions, and the
 * maximum of 2x2 pixels behind each block. {@code conv3_1} is the first convolution of the third
 * block, before its ReLU, and {@code relu3_1} behind it.
 *
 * <p>A. Krizhevsky, <i>One weird trick for parallelizing convolutional neural networks</i>, 2014,
 * section 5, as torchvision has it: five convolutions, each with a ReLU, and the maximum of 3x3
 * pixels, of which two neighbours share a row, behind the first two. {@code conv3} is the third
 * one, before its ReLU, and {@code relu3} behind it.
 *
 * <p>How many features a layer has, the file says. Immutable. Weights are held as Java arrays, so
 * that there is nothing to close.
 */
final class LossNetwork {

  /** How RGB in [0, 1] becomes what the network was trained on, if its file does not say. */
  enum Input {
    /** BGR in [0, 255] less the means of ImageNet: the authors' weights. */
    CAFFE,
    /** RGB, normalised by means and deviations of ImageNet: the weights of torchvision. */
    TORCH;

    /** The matrix that is applied to the channels of a pixel. */
    private Tensor weight() {
      float[] samples =
          switch (this) {
            case CAFFE -> new float[] {0, 0, 255, 0, 255, 0, 255, 0, 0};
            case TORCH -> new float[] {1 / 0.229f, 0, 0, 0, 1 / 0.224f, 0, 0, 0, 1 / 0.225f};
          };
      return Tensor.of(Shape.of(RGB, RGB, 1, 1), samples);
    }

    private Tensor bias() {
      float[] samples =
          switch (this) {
            case CAFFE -> new float[] {-103.939f, -116.779f, -123.68f};
            case TORCH -> new float[] {-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f};
          };
      return Tensor.of(Shape.of(RGB), samples);
    }
  }

  /**
   * A convolution with the maxima before it, if there are any.
   *
   * @param padding the pixels that are added on each side before it
   * @param pooling the side of the squares whose maxima, two pixels apart, are its input; 0 if its
   *     input is the result of the layer before it
   */
  private record Stage(String name, int kernel, int stride, int padding, int pooling) {

    private static Stage ofVgg(int block, int index) {
      return new Stage("conv" + block + "_" + index, 3, 1, 1, block > 1 && index == 1 ? 2 : 0);
    }
  }

  private static final ImmutableList<Stage> ALEXNET =
      ImmutableList.of(
          new Stage("conv1", 11, 4, 2, 0),
          new Stage("conv2", 5, 1, 2, 3),
          new Stage("conv3", 3, 1, 1, 3),
          new Stage("conv4", 3, 1, 1, 0),
          new Stage("conv5", 3, 1, 1, 0));

  private static final int RGB = 3;
  private static final String PREPROCESS = "preprocess";

  private final ImmutableMap<String, Tensor> arrays;
  private final ImmutableList<Stage> convolutions; // in order
  private final boolean isReflecting;
  private final String digest; // of all that determines the activations

  private LossNetwork(
      Map<String, Tensor> arrays, List<Stage> convolutions, boolean isReflecting, String digest) {
    this.arrays = ImmutableMap.copyOf(arrays);
    this.convolutions = ImmutableList.copyOf(convolutions);
    this.isReflecting = isReflecting;
    this.digest = digest;
  }

  /**
   * Takes the part of a network that some layers need.
   *
   * @param layers such as {@code relu2_2}; all of one network
   * @param input must be null if the file says it, and must not be if it does not
   * @param isReflecting whether convolutions mirror the image at its edges instead of adding zeros;
   *     if null, whether the file says what its input is
   * @throws IllegalArgumentException if {@code input} is missing or superfluous, or layers are of
   *     two networks
   * @throws ModelFormatException if the file does not hold the weights
   */
  static LossNetwork of(
      LossWeights weights,
      List<String> layers,
      @Nullable Input input,
      @Nullable Boolean isReflecting) {
    boolean saysInput = weights.has(PREPROCESS + ".weight");
    checkArgument(
        saysInput == (input == null),
        saysInput
            ? "input must not be given, as %s holds preprocess.weight"
            : "input must be caffe or torch, as %s holds no preprocess.weight",
        weights.file());
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put(
        PREPROCESS + ".weight",
        input == null ? weights.get(PREPROCESS + ".weight", RGB, RGB, 1, 1) : input.weight());
    arrays.put(
        PREPROCESS + ".bias",
        input == null ? weights.get(PREPROCESS + ".bias", RGB) : input.bias());
    List<Stage> convolutions = convolutions(weights, layers);
    boolean reflects = isReflecting == null ? saysInput : isReflecting;
    checkArgument(
        !reflects || convolutions.stream().allMatch(layer -> layer.padding == 1),
        "padding must be zeros for the layers of AlexNet, but was reflect");
    long in = RGB;
    for (Stage layer : convolutions) {
      Tensor weight =
          weights.get(layer.name + ".weight", LossWeights.ANY, in, layer.kernel, layer.kernel);
      in = weight.shape().length(0);
      arrays.put(layer.name + ".weight", weight);
      arrays.put(layer.name + ".bias", weights.get(layer.name + ".bias", in));
    }
    String settings = (reflects ? "/reflect" : "/zeros") + (input == null ? "" : "/" + input);
    return new LossNetwork(arrays, convolutions, reflects, weights.sha256() + settings);
  }

  /** All convolutions up to the deepest wanted one. */
  private static List<Stage> convolutions(LossWeights weights, List<String> layers) {
    boolean isVgg = layers.get(0).contains("_");
    checkArgument(
        layers.stream().allMatch(layer -> layer.contains("_") == isVgg),
        "layers must be of one network, but %s are of VGG and of AlexNet",
        layers);
    List<Stage> all = isVgg ? vgg(weights, layers) : ALEXNET;
    List<String> names = all.stream().map(Stage::name).toList();
    int count = 0;
    for (String layer : layers) {
      int index = names.indexOf(convolution(layer));
      checkArgument(index >= 0, "VGG has no layer %s", layer);
      count = Math.max(count, index + 1);
    }
    return all.subList(0, count);
  }

  /** VGG-19 where the file or a layer has a fourth convolution in a block, else VGG-16. */
  private static List<Stage> vgg(LossWeights weights, List<String> layers) {
    List<Stage> all = new ArrayList<>();
    for (int block = 1; block <= 5; block++) {
      String fourth = "conv" + block + "_4";
      boolean hasFour =
          weights.has(fourth + ".weight")
              || layers.stream().anyMatch(layer -> convolution(layer).equals(fourth));
      int last = block <= 2 ? 2 : hasFour ? 4 : 3;
      for (int i = 1; i <= last; i++) {
        all.add(Stage.ofVgg(block, i));
      }
    }
    return all;
  }

  /** The convolution of a layer: itself, or the one before a ReLU. */
  private static String convolution(String layer) {
    return "conv" + layer.substring(4);
  }

  /** The features that a layer makes. */
  int features(String layer) {
    return (int) requireNonNull(arrays.get(convolution(layer) + ".bias"), layer).shape().length(0);
  }

  /** Refuses images that are not in colour or of which nothing is left at the deepest layer. */
  void checkShape(String loss, PatchBatch.Shape shape) {
    checkChannels(loss, shape.channels());
    int min = 1;
    while (!fits(min)) {
      min++;
    }
    checkArgument(
        shape.width() >= min && shape.height() >= min,
        "images must be at least %sx%s for %s, but were %sx%s (width x height)",
        min,
        min,
        loss,
        shape.width(),
        shape.height());
  }

  /** Whether something is left at the deepest layer of images of a side. */
  private boolean fits(int side) {
    int left = side;
    for (Stage layer : convolutions) {
      left = layer.pooling == 0 ? left : Math.floorDiv(left - layer.pooling, 2) + 1;
      if (left < (isReflecting ? 2 : 1)) { // a mirror image takes a second pixel
        return false;
      }
      left = Math.floorDiv(left + 2 * layer.padding - layer.kernel, layer.stride) + 1;
    }
    return left >= 1;
  }

  static void checkChannels(String loss, int channels) {
    checkArgument(
        channels == RGB,
        "%s compares images of 3 channels (RGB), but they have %s. Train a network of RGB, such as"
            + " edsr or srcnn(color=rgb)",
        loss,
        channels);
  }

  /**
   * Adds the activations of a layer.
   *
   * @param layer one of the layers that the network was read for
   * @param images [N, 3, height, width], in [0, 1]
   */
  Formula activation(Formula images, String layer) {
    Formula last = convolved(images, PREPROCESS, Convolve.of(1, 1, 0));
    for (Stage convolution : convolutions) {
      last = convolved(last, convolution);
      if (convolution.name.equals(layer)) {
        return last;
      }
      last = last.then(Unary.RELU);
      if (layer.equals("relu" + convolution.name.substring(4))) {
        return last;
      }
    }
    throw new IllegalArgumentException("the network was not read up to " + layer);
  }

  private Formula convolved(Formula input, Stage layer) {
    Formula images =
        layer.pooling == 0 ? input : input.then(new Pool(Pool.Kind.MAX, layer.pooling, 2));
    return isReflecting
        ? convolved(
            images.then(new Pad(AxisRule.Extension.REFLECT, 1)),
            layer.name,
            Convolve.of(layer.kernel, 1, 0))
        : convolved(images, layer.name, Convolve.of(layer.kernel, layer.stride, layer.padding));
  }

  private Formula convolved(Formula input, String name, Convolve operator) {
    GraphBuilder graph = input.graph();
    return new Formula(
        graph,
        graph.add(
            operator,
            input.node(),
            constant(graph, name + ".weight"),
            constant(graph, name + ".bias")));
  }

  private Node constant(GraphBuilder graph, String name) {
    return graph.constant(name, requireNonNull(arrays.get(name), name));
  }

  /** Equal networks have equal activations in the layers of both. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LossNetwork network && network.digest.equals(digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }
}
