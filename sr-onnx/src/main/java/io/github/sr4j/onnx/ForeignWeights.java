// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.architectures.ForeignNetwork;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The weights of a network in a file of another program, such as PyTorch's: they become an ONNX
 * model in memory, whose results are compared with those of the reference evaluation before it is
 * used.
 */
final class ForeignWeights {

  // Sides of the block for the comparison, at least: unequal, so that swapped axes differ. Networks
  // that pool need the larger one, which takes the reference evaluation longer.
  private static final int SMALL = 7;
  private static final int LARGE = 29;

  // On [0, 1], as for exported files. GPUs multiply with fewer bits by default.
  private static final double TOLERANCE = 1e-4;
  private static final double GPU_TOLERANCE = 5e-3;

  private final Model model;
  private final StoredNetwork network;

  private ForeignWeights(Model model, StoredNetwork network) {
    this.model = model;
    this.network = network;
  }

  /**
   * Reads the weights of a model; empty if it is something else, such as an ONNX file.
   *
   * @throws ModelFormatException if they are damaged or of no known architecture
   */
  static Optional<ForeignWeights> of(Model model) {
    WeightFile weights;
    if (model.file().isPresent()) {
      Path file = model.file().get();
      if (!WeightFile.isWeights(file) && !isNamedAsWeights(file.toString())) {
        return Optional.empty();
      }
      try {
        weights = WeightFile.read(file);
      } catch (IOException e) {
        throw new ModelFormatException(file + ": cannot be read: " + Reasons.of(e), e);
      }
    } else {
      Optional<byte[]> content = model.content();
      if (content.isEmpty()
          || !(WeightFile.isWeights(content.get()) || isNamedAsWeights(model.name()))) {
        return Optional.empty();
      }
      weights = WeightFile.of(model.name(), content.get());
    }
    return Optional.of(
        new ForeignWeights(
            model, ForeignNetwork.of(weights, model.declaration().scale()).network()));
  }

  /** Whether a damaged file of this name is one of weights, so that the message is about these. */
  private static boolean isNamedAsWeights(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return OnnxUpscalerProvider.WEIGHTS.stream()
        .anyMatch(extension -> lower.endsWith("." + extension));
  }

  /** Returns the weights as an ONNX model, with what was declared about them. */
  Model converted() {
    return Model.bytes(model.name(), network.onnx(Map.of())).declared(model.declaration());
  }

  /**
   * Compares the results for a small block.
   *
   * @param opened the converted model
   * @throws ModelFormatException if they are not those of the reference evaluation
   */
  void compare(BlockUpscaler opened, Device device) {
    FloatImage noise = noise(SMALL);
    FloatImage expected;
    try (BlockUpscaler reference = network.snapshot()) {
      try {
        expected = reference.upscale(noise);
      } catch (IllegalArgumentException e) { // an operator needs a larger one
        noise = noise(LARGE);
        expected = reference.upscale(noise);
      }
    }
    FloatImage actual = opened.upscale(noise);
    double tolerance = device.kind() == Device.Kind.CPU ? TOLERANCE : GPU_TOLERANCE;
    double largest = 0;
    for (int i = 0; i < expected.samples().length; i++) {
      double value = expected.samples()[i];
      largest =
          Math.max(largest, Math.abs(value - actual.samples()[i]) / Math.max(1, Math.abs(value)));
    }
    if (!(largest <= tolerance)) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s: the converted model must give the results of %s within %.0e, but they differ by"
                  + " %.1e on %s",
              model.name(),
              network.info().name(),
              tolerance,
              largest,
              device),
          null);
    }
  }

  private FloatImage noise(int side) {
    int alignment = network.info().alignment();
    int width = aligned(side + 2, alignment);
    int height = aligned(side, alignment);
    int channels = network.info().channels();
    float[] samples = new float[channels * height * width]; // CHW, [0, 1]
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  private static int aligned(int least, int alignment) {
    return (least + alignment - 1) / alignment * alignment;
  }
}
