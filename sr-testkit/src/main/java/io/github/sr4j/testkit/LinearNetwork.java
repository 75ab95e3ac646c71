// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The smallest network that can be trained: a convolution of 3x3 for each pixel of the result that
 * stands for a pixel of the input, the same for every channel, with zeros beyond the edges.
 *
 * <p>For pixel (i, j) of the {@code blockScale x blockScale} in the result, the tap of row r and
 * column c is {@code weights()[((i * blockScale + j) * 3 + r) * 3 + c]}.
 */
final class LinearNetwork {

  static final int TAPS = 9;

  private static final String MAGIC = "SR4J linear 2";

  private final ModelInfo info;
  private final float[] weights;

  LinearNetwork(ModelInfo info, float[] weights) {
    this.info = info;
    this.weights = weights;
  }

  ModelInfo info() {
    return info;
  }

  /** Returns the weights themselves, which training changes. */
  float[] weights() {
    return weights;
  }

  /** The receiver of each product of the convolution: indices of result, weight and input. */
  @FunctionalInterface
  interface Products {
    void add(int result, int weight, int input);
  }

  /** Visits the products that make up the convolution of some planes. */
  void visit(int planes, int height, int width, Products products) {
    int scale = info.blockScale();
    for (int plane = 0; plane < planes; plane++) {
      for (int y = 0; y < height * scale; y++) {
        for (int x = 0; x < width * scale; x++) {
          int result = (plane * height * scale + y) * width * scale + x;
          int filter = (y % scale * scale + x % scale) * TAPS;
          for (int tap = 0; tap < TAPS; tap++) {
            int row = y / scale + tap / 3 - 1;
            int column = x / scale + tap % 3 - 1;
            if (row >= 0 && row < height && column >= 0 && column < width) {
              products.add(result, filter + tap, (plane * height + row) * width + column);
            }
          }
        }
      }
    }
  }

  /** Convolves some planes. */
  float[] apply(float[] input, int planes, int height, int width) {
    float[] output = new float[input.length * info.blockScale() * info.blockScale()];
    visit(planes, height, width, (o, w, i) -> output[o] += weights[w] * input[i]);
    return output;
  }

  FloatImage apply(FloatImage block) {
    return FloatImage.wrap(
        block.channels(),
        block.height() * info.blockScale(),
        block.width() * info.blockScale(),
        apply(block.samples(), block.channels(), block.height(), block.width()));
  }

  LinearNetwork copy() {
    return new LinearNetwork(info, weights.clone());
  }

  /** The content of a file. */
  static final class Content {

    private final LinearNetwork network;
    private final float[] velocity; // of the optimizer, as long as the weights
    private final float[] average; // of the weights
    private final Map<String, String> properties;

    Content(
        LinearNetwork network, float[] velocity, float[] average, Map<String, String> properties) {
      this.network = network;
      this.velocity = velocity;
      this.average = average;
      this.properties = properties;
    }

    LinearNetwork network() {
      return network;
    }

    float[] velocity() {
      return velocity;
    }

    float[] average() {
      return average;
    }

    Map<String, String> properties() {
      return properties;
    }

    /** Writes the file, moved into place when it is complete. */
    void write(Path file) throws IOException {
      Path temporary = file.resolveSibling(file.getFileName() + ".part");
      try {
        CRC32 sum = new CRC32();
        try (DataOutputStream out =
            new DataOutputStream(new CheckedOutputStream(Files.newOutputStream(temporary), sum))) {
          ModelInfo info = network.info;
          out.writeUTF(MAGIC);
          out.writeInt(info.scale());
          out.writeBoolean(info.color() == ModelInfo.Color.LUMA);
          out.writeBoolean(info.isPreupscaled());
          write(out, info.provenance());
          write(out, properties);
          for (float weight : network.weights) {
            out.writeFloat(weight);
          }
          for (float value : velocity) {
            out.writeFloat(value);
          }
          for (float value : average) {
            out.writeFloat(value);
          }
          out.writeLong(sum.getValue());
        }
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }

    private static void write(DataOutputStream out, Map<String, String> map) throws IOException {
      out.writeInt(map.size());
      for (Map.Entry<String, String> entry : map.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeUTF(entry.getValue());
      }
    }

    /**
     * Reads the content of a file.
     *
     * @throws ModelFormatException if it is damaged
     */
    static Content read(String name, byte[] bytes) {
      CRC32 sum = new CRC32();
      try (DataInputStream in =
          new DataInputStream(new CheckedInputStream(new ByteArrayInputStream(bytes), sum))) {
        if (!in.readUTF().equals(MAGIC)) {
          throw new IOException("it does not begin with " + MAGIC);
        }
        int scale = in.readInt();
        ModelInfo.Color color = in.readBoolean() ? ModelInfo.Color.LUMA : ModelInfo.Color.RGB;
        boolean preupscaled = in.readBoolean();
        ModelInfo info = info(scale, color, preupscaled, readMap(in));
        Map<String, String> properties = readMap(in);
        float[] values = new float[3 * TAPS * info.blockScale() * info.blockScale()];
        for (int i = 0; i < values.length; i++) {
          values[i] = in.readFloat();
        }
        long expected = sum.getValue();
        if (in.readLong() != expected) {
          throw new IOException("its checksum does not match");
        }
        int third = values.length / 3;
        return new Content(
            new LinearNetwork(info, Arrays.copyOf(values, third)),
            Arrays.copyOfRange(values, third, 2 * third),
            Arrays.copyOfRange(values, 2 * third, values.length),
            properties);
      } catch (IOException | IllegalArgumentException | NegativeArraySizeException e) {
        throw new ModelFormatException(name + ": expected a linear network, but " + e, e);
      }
    }

    private static Map<String, String> readMap(DataInputStream in) throws IOException {
      Map<String, String> map = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        map.put(in.readUTF(), in.readUTF());
      }
      return map;
    }
  }

  static ModelInfo info(
      int scale, ModelInfo.Color color, boolean preupscaled, Map<String, String> provenance) {
    return ModelInfo.builder("linear", scale)
        .color(color)
        .preupscaled(preupscaled)
        .halo(1)
        .provenance(provenance)
        .build();
  }
}
