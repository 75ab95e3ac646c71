// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static io.github.sr4j.onnx.OnnxFile.FLOAT32;

import io.github.sr4j.Model;
import io.github.sr4j.onnx.shared.DeviceProbe;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small models, made when they are needed. */
public final class TestModels {

  private TestModels() {}

  public static Model model(OnnxFile file) {
    return Model.bytes("test.onnx", file.bytes());
  }

  /** Repeats each pixel; without metadata. */
  public static OnnxFile nearest(int channels, int scale) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, channels, "height", "width")
        .output("output", FLOAT32, 1, channels, "large_height", "large_width")
        .weights("scales", new float[] {1, 1, scale, scale}, 4)
        .node(
            "Resize",
            List.of("input", "", "scales"),
            "output",
            Map.of(
                "mode",
                "nearest",
                "coordinate_transformation_mode",
                "asymmetric",
                "nearest_mode",
                "floor"));
  }

  /**
   * Convolutions 3x3, zero-padded, with random weights, a ReLU after each but the last one, and a
   * pixel shuffle. Its halo is the number of convolutions. Being random, it enlarges nothing, so
   * the range, 1, is the one thing that its metadata declare.
   */
  public static OnnxFile convolutions(
      int channels, int scale, int features, int layers, long seed) {
    Random random = new Random(seed);
    OnnxFile file =
        new OnnxFile()
            .metadata("range=1")
            .input("input", FLOAT32, "batch", channels, "height", "width")
            .output("output", FLOAT32, "batch", channels, "large_height", "large_width");
    String last = "input";
    int from = channels;
    for (int layer = 1; layer <= layers; layer++) {
      int to = layer < layers ? features : channels * scale * scale;
      file.weights("w" + layer, gaussian(random, to * from * 9, from * 9), to, from, 3, 3)
          .weights("b" + layer, gaussian(random, to, 100), to)
          .node(
              "Conv",
              List.of(last, "w" + layer, "b" + layer),
              "conv" + layer,
              Map.of("kernel_shape", new int[] {3, 3}, "pads", new int[] {1, 1, 1, 1}));
      last = "conv" + layer;
      if (layer < layers) {
        file.node("Relu", List.of(last), "relu" + layer, Map.of());
        last = "relu" + layer;
      }
      from = to;
    }
    if (scale == 1) {
      return file.node("Identity", List.of(last), "output", Map.of());
    }
    return file.node(
        "DepthToSpace", List.of(last), "output", Map.of("mode", "CRD", "blocksize", scale));
  }

  private static float[] gaussian(Random random, int count, int fanIn) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / fanIn));
    }
    return values;
  }

  /** Adds a constant; as large as its input; without metadata. */
  public static OnnxFile plus(float constant, int channels) {
    return new OnnxFile()
        .input("input", FLOAT32, 1, channels, "height", "width")
        .output("output", FLOAT32, 1, channels, "height", "width")
        .weights("constant", new float[] {constant}, 1)
        .node("Add", List.of("input", "constant"), "output", Map.of());
  }

  /** The mean of each channel over the whole image. */
  public static OnnxFile classifier() {
    return new OnnxFile()
        .input("data", FLOAT32, "batch", 3, "height", "width")
        .output("scores", FLOAT32, "batch", 3)
        .node(
            "ReduceMean",
            List.of("data"),
            "scores",
            Map.of("axes", new int[] {2, 3}, "keepdims", 0));
  }

  /** The model that {@code DeviceProbe} runs: {@code probe.onnx} of the main resources. */
  public static OnnxFile probe() {
    return new OnnxFile()
        .input("input", FLOAT32, 1, 4, 16, 16)
        .output("output", FLOAT32, 1, 8, 16, 16)
        .weights("weight", DeviceProbe.weights(), 8, 4, 3, 3)
        .node(
            "Conv",
            List.of("input", "weight"),
            "output",
            Map.of("kernel_shape", new int[] {3, 3}, "pads", new int[] {1, 1, 1, 1}));
  }
}
