// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.train.BatchShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network whose activations a loss compares: VGG-16, VGG-19 or AlexNet up to some convolution,
 * with weights that stay as they are.
 *
 * <p>K. Simonyan and A. Zisserman, <i>Very Deep Convolutional Networks for Large-Scale Image
 * Recognition</i>, ICLR 2015, table 1, columns D and E: five blocks of 3x3 convolutions, each with
 * a rectifier, and the maximum of 2x2 pixels behind each block. {@code conv3_1} is the first
 * convolution of the third block, before its rectifier, and {@code relu3_1} behind it.
 *
 * <p>A. Krizhevsky, <i>One weird trick for parallelizing convolutional neural networks</i>, 2014,
 * section 5, as torchvision has it: five convolutions, each with a rectifier, and the maximum of
 * 3x3 pixels, of which two neighbours share a row, behind the first two. {@code conv3} is the third
 * one, before its rectifier, and {@code relu3} behind it.
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
    private Npz.Array weight() {
      float[] samples =
          switch (this) {
            case CAFFE -> new float[] {0, 0, 255, 0, 255, 0, 255, 0, 0};
            case TORCH -> new float[] {1 / 0.229f, 0, 0, 0, 1 / 0.224f, 0, 0, 0, 1 / 0.225f};
          };
      return new Npz.Array(new long[] {RGB, RGB, 1, 1}, samples);
    }

    private Npz.Array bias() {
      float[] samples =
          switch (this) {
            case CAFFE -> new float[] {-103.939f, -116.779f, -123.68f};
            case TORCH -> new float[] {-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f};
          };
      return new Npz.Array(new long[] {RGB}, samples);
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

  private final ImmutableMap<String, Npz.Array> arrays;
  private final ImmutableList<Stage> convolutions; // in order
  private final boolean isReflecting;
  private final String digest; // of all that determines the activations

  private LossNetwork(
      Map<String, Npz.Array> arrays,
      List<Stage> convolutions,
      boolean isReflecting,
      String digest) {
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
    Map<String, Npz.Array> arrays = new LinkedHashMap<>();
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
      Npz.Array weight =
          weights.get(layer.name + ".weight", LossWeights.ANY, in, layer.kernel, layer.kernel);
      in = weight.shape()[0];
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

  /** The convolution of a layer: itself, or the one before a rectifier. */
  private static String convolution(String layer) {
    return "conv" + layer.substring(4);
  }

  /** The features that a layer makes. */
  int features(String layer) {
    return (int) requireNonNull(arrays.get(convolution(layer) + ".bias"), layer).shape()[0];
  }

  /** Refuses images that are not in colour or of which nothing is left at the deepest layer. */
  void checkShape(String loss, BatchShape shape) {
    checkChannels(loss, shape.channels());
    int least = 1;
    while (!fits(least)) {
      least++;
    }
    checkArgument(
        shape.width() >= least && shape.height() >= least,
        "images must be at least %sx%s for %s, but were %sx%s (width x height)",
        least,
        least,
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
   * Adds what a layer makes of images. What another loss has already added of the same network for
   * the same images is used again.
   *
   * @param layer one of the layers that the network was read for
   * @param images [N, 3, height, width], in [0, 1]
   */
  SDVariable activation(SameDiff graph, SDVariable images, String layer) {
    String scope = images.name() + "/" + digest + "/";
    SDVariable last =
        once(
            graph,
            scope + PREPROCESS,
            () -> convolution(graph, images, PREPROCESS, config(1, 1, 0)));
    for (Stage convolution : convolutions) {
      SDVariable input = last;
      last = once(graph, scope + convolution.name, () -> convolution(graph, input, convolution));
      if (convolution.name.equals(layer)) {
        return last;
      }
      SDVariable linear = last;
      String relu = "relu" + convolution.name.substring(4);
      last = once(graph, scope + relu, () -> graph.nn().relu(linear, 0));
      if (relu.equals(layer)) {
        return last;
      }
    }
    throw new IllegalArgumentException("the network was not read up to " + layer);
  }

  private SDVariable convolution(SameDiff graph, SDVariable input, Stage layer) {
    SDVariable images = layer.pooling == 0 ? input : maxima(graph, input, layer.pooling);
    return isReflecting
        ? convolution(graph, mirrored(graph, images), layer.name, config(layer.kernel, 1, 0))
        : convolution(graph, images, layer.name, config(layer.kernel, layer.stride, layer.padding));
  }

  private static Conv2DConfig config(int kernel, int stride, int padding) {
    return Conv2DConfig.builder()
        .kH(kernel)
        .kW(kernel)
        .sH(stride)
        .sW(stride)
        .pH(padding)
        .pW(padding)
        .paddingMode(PaddingMode.VALID) // by as much as is said
        .dataFormat("NCHW")
        .weightsFormat(WeightsFormat.YXIO)
        .build();
  }

  private SDVariable convolution(
      SameDiff graph, SDVariable input, String name, Conv2DConfig config) {
    SDVariable weight = constant(graph, name + ".weight");
    SDVariable bias = constant(graph, name + ".bias");
    return graph.cnn().conv2d(input, weight, bias, config);
  }

  private SDVariable constant(SameDiff graph, String name) {
    return once(
        graph,
        digest + "/" + name,
        () -> {
          Npz.Array array = requireNonNull(arrays.get(name), name);
          INDArray samples = Nd4j.createFromArray(array.samples()).reshape('c', array.shape());
          // SameDiff wants [height, width, in, out].
          return graph.constant(
              samples.rank() == 4 ? samples.permute(2, 3, 1, 0).dup('c') : samples);
        });
  }

  private static SDVariable once(SameDiff graph, String name, Supplier<SDVariable> variable) {
    return graph.hasVariable(name) ? graph.getVariable(name) : variable.get().rename(name);
  }

  private static SDVariable maxima(SameDiff graph, SDVariable images, int side) {
    Pooling2DConfig config = Pooling2DConfig.builder().kH(side).kW(side).sH(2).sW(2).build();
    return graph.cnn().maxPooling2d(images, config);
  }

  /** Adds a pixel on each side, a mirror image; of SameDiff's own, the gradient is wrong. */
  private static SDVariable mirrored(SameDiff graph, SDVariable images) {
    return mirrored(graph, mirrored(graph, images, GraphLosses.WIDTH), GraphLosses.HEIGHT);
  }

  private static SDVariable mirrored(SameDiff graph, SDVariable images, int axis) {
    SDVariable second = GraphLosses.strip(graph, images, axis, 1, 2);
    SDVariable lastButOne = GraphLosses.strip(graph, images, axis, -2, -1);
    return graph.concat(axis, second, images, lastButOne);
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
