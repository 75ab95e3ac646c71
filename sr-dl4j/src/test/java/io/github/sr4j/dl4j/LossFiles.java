// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Small loss networks with random weights that keep the variance. */
public final class LossFiles {

  public static final List<String> VGG16 =
      List.of(
          "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1",
          "conv4_2", "conv4_3", "conv5_1", "conv5_2", "conv5_3");

  private LossFiles() {}

  /**
   * Returns a network of smaller weights and large biases, so that nearly all features are
   * positive: ReLUs have kinks at 0.
   */
  public static Map<String, Tensor> smooth(Map<String, Tensor> arrays) {
    Map<String, Tensor> smooth = new LinkedHashMap<>(arrays);
    arrays.forEach(
        (name, array) -> {
          float[] samples = array.samples().clone();
          for (int i = 0; i < samples.length && name.startsWith("conv"); i++) {
            samples[i] = name.endsWith("bias") ? 1 + samples[i] : samples[i] / 2;
          }
          smooth.put(name, Tensor.of(array.shape(), samples));
        });
    return smooth;
  }

  /** Returns the convolutions of VGG-16 up to one, of 3 features in the first block, then 4, ... */
  public static Map<String, Tensor> vgg16(String last, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    int in = 3;
    for (String name : VGG16) {
      int out = 2 + name.charAt(4) - '0';
      convolution(arrays, name, in, out, 3, random);
      in = out;
      if (name.equals(last)) {
        return arrays;
      }
    }
    throw new IllegalArgumentException(last);
  }

  /** Returns the convolutions of AlexNet, of 3, 4, 5, 6 and 7 features. */
  public static Map<String, Tensor> alexnet(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    int[] kernels = {11, 5, 3, 3, 3};
    for (int i = 0; i < 5; i++) {
      convolution(arrays, "conv" + (i + 1), i == 0 ? 3 : 2 + i, 3 + i, kernels[i], random);
    }
    return arrays;
  }

  /** Adds the linear weights of LPIPS, which are not negative. */
  public static Map<String, Tensor> withLinear(Map<String, Tensor> arrays, int... features) {
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < features.length; i++) {
      float[] samples = new float[features[i]];
      for (int c = 0; c < samples.length; c++) {
        samples[c] = (float) random.nextDouble();
      }
      arrays.put("lin" + i + ".weight", Tensor.of(Shape.of(1, features[i], 1, 1), samples));
    }
    return arrays;
  }

  private static void convolution(
      Map<String, Tensor> arrays,
      String name,
      int in,
      int out,
      int kernel,
      SplittableRandom random) {
    float[] weight = new float[out * in * kernel * kernel];
    float[] bias = new float[out];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (in * kernel * kernel)));
    }
    for (int i = 0; i < out; i++) {
      bias[i] = (float) (0.1 * random.nextGaussian());
    }
    arrays.put(name + ".weight", Tensor.of(Shape.of(out, in, kernel, kernel), weight));
    arrays.put(name + ".bias", Tensor.of(Shape.of(out), bias));
  }

  public static Path write(Path file, Map<String, Tensor> arrays) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, Map.of());
    }
    return file;
  }
}
