// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.train.BatchShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
 * A network whose activations a loss compares: VGG-16 or VGG-19 up to some convolution, with
 * weights that stay as they are.
 *
 * <p>K. Simonyan and A. Zisserman, <i>Very Deep Convolutional Networks for Large-Scale Image
 * Recognition</i>, ICLR 2015, table 1, columns D and E: five blocks of 3x3 convolutions, each with
 * a rectifier, and the maximum of 2x2 pixels behind each block. {@code conv3_1} is the first
 * convolution of the third block, before its rectifier, and {@code relu3_1} behind it.
 * docs/losses.md says what a file of weights holds.
 *
 * <p>Immutable. Weights are held as Java arrays, so that there is nothing to close.
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

  private static final int[] FEATURES = {64, 128, 256, 512, 512}; // of each block
  private static final int RGB = 3;
  private static final String PREPROCESS = "preprocess";

  private final ImmutableMap<String, Npz.Array> arrays;
  private final ImmutableList<String> convolutions; // in order
  private final boolean isReflecting;
  private final String digest; // of all that determines the activations

  private LossNetwork(
      Map<String, Npz.Array> arrays,
      List<String> convolutions,
      boolean isReflecting,
      String digest) {
    this.arrays = ImmutableMap.copyOf(arrays);
    this.convolutions = ImmutableList.copyOf(convolutions);
    this.isReflecting = isReflecting;
    this.digest = digest;
  }

  /**
   * Reads the part of a network that some layers need.
   *
   * @param layers such as {@code relu2_2}
   * @param sha256 of the file, in hexadecimal; any if null
   * @param input must be null if the file says it, and must not be if it does not
   * @param isReflecting whether convolutions mirror the image at its edges instead of adding zeros;
   *     if null, whether the file says what its input is
   * @throws IllegalArgumentException if {@code input} is missing or superfluous
   * @throws ModelFormatException if the file does not hold the weights
   */
  static LossNetwork read(
      Path file,
      List<String> layers,
      @Nullable String sha256,
      @Nullable Input input,
      @Nullable Boolean isReflecting)
      throws IOException {
    Map<String, Npz.Array> found = Npz.read(file, new LinkedHashMap<>());
    String actual = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    if (sha256 != null && !actual.equalsIgnoreCase(sha256)) {
      throw new ModelFormatException(
          String.format("%s: must have the SHA-256 %s, but has %s", file, sha256, actual), null);
    }
    boolean saysInput = found.containsKey(PREPROCESS + ".weight");
    checkArgument(
        saysInput == (input == null),
        saysInput
            ? "input must not be given, as %s holds preprocess.weight"
            : "input must be caffe or torch, as %s holds no preprocess.weight",
        file);
    Map<String, Npz.Array> arrays = new LinkedHashMap<>();
    if (input == null) {
      take(file, found, PREPROCESS, RGB, RGB, 1, arrays);
    } else {
      arrays.put(PREPROCESS + ".weight", input.weight());
      arrays.put(PREPROCESS + ".bias", input.bias());
    }
    List<String> convolutions = convolutions(found, layers);
    int in = RGB;
    for (String convolution : convolutions) {
      int out = FEATURES[block(convolution) - 1];
      take(file, found, convolution, in, out, 3, arrays);
      in = out;
    }
    boolean reflects = isReflecting == null ? saysInput : isReflecting;
    String settings = (reflects ? "/reflect" : "/zeros") + (input == null ? "" : "/" + input);
    return new LossNetwork(arrays, convolutions, reflects, actual + settings);
  }

  /** All convolutions up to the deepest wanted one. */
  private static List<String> convolutions(Map<String, Npz.Array> found, List<String> layers) {
    int deepest = layers.stream().mapToInt(LossNetwork::depth).max().orElseThrow();
    List<String> convolutions = new ArrayList<>();
    for (int block = 1; block <= deepest / 10; block++) {
      boolean is19 = found.containsKey("conv" + block + "_4.weight");
      int all = block <= 2 ? 2 : is19 ? 4 : 3;
      int last = block == deepest / 10 ? deepest % 10 : all;
      for (int i = 1; i <= last; i++) {
        convolutions.add("conv" + block + "_" + i);
      }
    }
    return convolutions;
  }

  /** Orders layers: 31 of conv3_1 and of relu3_1. */
  private static int depth(String layer) {
    return 10 * block(layer) + (layer.charAt(6) - '0');
  }

  private static int block(String layer) {
    return layer.charAt(4) - '0';
  }

  private static void take(
      Path file,
      Map<String, Npz.Array> found,
      String layer,
      int in,
      int out,
      int kernel,
      Map<String, Npz.Array> arrays) {
    take(file, found, layer + ".weight", arrays, out, in, kernel, kernel);
    take(file, found, layer + ".bias", arrays, out);
  }

  private static void take(
      Path file,
      Map<String, Npz.Array> found,
      String name,
      Map<String, Npz.Array> arrays,
      long... shape) {
    Npz.Array array = found.get(name);
    if (array == null || !Arrays.equals(array.shape(), shape)) {
      throw new ModelFormatException(
          String.format(
              "%s: a loss network needs an array \"%s\" of shape %s, but %s",
              file,
              name,
              Arrays.toString(shape),
              array == null
                  ? "the file has " + String.join(", ", found.keySet())
                  : "its shape is " + Arrays.toString(array.shape())),
          null);
    }
    arrays.put(name, array);
  }

  /** Refuses images that are not in colour or of which nothing is left at the deepest layer. */
  void checkShape(String loss, BatchShape shape) {
    checkChannels(loss, shape.channels());
    int poolings = block(convolutions.get(convolutions.size() - 1)) - 1;
    int least = (isReflecting ? 2 : 1) << poolings; // a mirror image takes a second pixel
    checkArgument(
        shape.width() >= least && shape.height() >= least,
        "images must be at least %sx%s for %s, but were %sx%s (width x height)",
        least,
        least,
        loss,
        shape.width(),
        shape.height());
  }

  static void checkChannels(String loss, int channels) {
    checkArgument(
        channels == RGB,
        "%s compares images of 3 channels (RGB), but they have %s. Train a network of RGB, such as edsr"
            + " or srcnn(color=rgb)",
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
        once(graph, scope + PREPROCESS, () -> convolution(graph, images, PREPROCESS, 1));
    String deepest = "conv" + layer.substring(4);
    for (String convolution : convolutions) {
      SDVariable input = last;
      last = once(graph, scope + convolution, () -> convolution(graph, input, convolution));
      if (convolution.equals(layer)) {
        return last;
      }
      SDVariable linear = last;
      String relu = "relu" + convolution.substring(4);
      last = once(graph, scope + relu, () -> graph.nn().relu(linear, 0));
      if (convolution.equals(deepest)) {
        return last;
      }
    }
    throw new IllegalArgumentException("the network was not read up to " + layer);
  }

  private SDVariable convolution(SameDiff graph, SDVariable input, String name) {
    boolean isFirstOfLaterBlock = name.endsWith("_1") && block(name) > 1;
    SDVariable images = isFirstOfLaterBlock ? halved(graph, input) : input;
    return convolution(graph, isReflecting ? mirrored(graph, images) : images, name, 3);
  }

  private SDVariable convolution(SameDiff graph, SDVariable input, String name, int kernel) {
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(kernel)
            .kW(kernel)
            .paddingMode(isReflecting ? PaddingMode.VALID : PaddingMode.SAME)
            .dataFormat("NCHW")
            .weightsFormat(WeightsFormat.YXIO)
            .build();
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

  private static SDVariable halved(SameDiff graph, SDVariable images) {
    Pooling2DConfig config = Pooling2DConfig.builder().kH(2).kW(2).sH(2).sW(2).build();
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
