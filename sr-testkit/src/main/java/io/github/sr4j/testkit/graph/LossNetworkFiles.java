// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

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

/** Small loss networks with random weights: a file says how many features a layer has. */
final class LossNetworkFiles {

  private static final List<String> VGG =
      List.of(
          "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1",
          "conv4_2", "conv4_3", "conv5_1", "conv5_2", "conv5_3");
  private static final int[] ALEXNET_KERNELS = {11, 5, 3, 3, 3};

  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<String, Tensor> arrays = new LinkedHashMap<>();

  private LossNetworkFiles() {}

  /**
   * Writes VGG-16 with the linear weights of LPIPS, of 3 features in the first block, then 4, ....
   */
  static Path vgg(Path file) throws IOException {
    LossNetworkFiles network = new LossNetworkFiles();
    int in = 3;
    for (String name : VGG) {
      int out = 2 + name.charAt(4) - '0';
      network.addConvolution(name, out, in, 3);
      in = out;
    }
    return network.write(file);
  }

  /** Writes AlexNet with the linear weights of LPIPS, of 3, 4, 5, 6 and 7 features. */
  static Path alexnet(Path file) throws IOException {
    LossNetworkFiles network = new LossNetworkFiles();
    for (int i = 0; i < ALEXNET_KERNELS.length; i++) {
      network.addConvolution("conv" + (i + 1), 3 + i, i == 0 ? 3 : 2 + i, ALEXNET_KERNELS[i]);
    }
    return network.write(file);
  }

  /** Adds weights that keep the variance. */
  private void addConvolution(String name, int out, int in, int kernel) {
    double deviation = Math.sqrt(2.0 / (in * kernel * kernel));
    float[] weight = new float[out * in * kernel * kernel];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (deviation * random.nextGaussian());
    }
    float[] bias = new float[out];
    for (int i = 0; i < out; i++) {
      bias[i] = (float) (0.1 * random.nextGaussian());
    }
    arrays.put(name + ".weight", Tensor.of(Shape.of(out, in, kernel, kernel), weight));
    arrays.put(name + ".bias", Tensor.of(Shape.of(out), bias));
  }

  private Path write(Path file) throws IOException {
    for (int i = 0; i < 5; i++) {
      float[] linear = new float[3 + i];
      for (int c = 0; c < linear.length; c++) {
        linear[c] = (float) random.nextDouble();
      }
      arrays.put("lin" + i + ".weight", Tensor.of(Shape.of(1, linear.length, 1, 1), linear));
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, Map.of());
    }
    return file;
  }
}
