// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OnnxWeightsTest {

  private static final int FLOAT_DATA = 4;
  private static final int RAW_DATA = 9;
  private static final float[] SAMPLES = {1, -2, 0.5f, Float.MIN_VALUE, 5, -0f};

  @TempDir Path directory;

  /** The encodings of a list of floats that protobuf's specification lets a parser expect. */
  private enum Encoding {
    RAW {
      @Override
      void write(ProtobufWriter tensor) {
        tensor.bytes(RAW_DATA, littleEndian(SAMPLES));
      }
    },
    PACKED {
      @Override
      void write(ProtobufWriter tensor) {
        tensor.bytes(FLOAT_DATA, littleEndian(SAMPLES));
      }
    },
    PACKED_IN_PIECES {
      @Override
      void write(ProtobufWriter tensor) {
        tensor.bytes(FLOAT_DATA, littleEndian(Arrays.copyOf(SAMPLES, 2)));
        tensor.bytes(FLOAT_DATA, littleEndian(Arrays.copyOfRange(SAMPLES, 2, SAMPLES.length)));
      }
    },
    ONE_BY_ONE {
      @Override
      void write(ProtobufWriter tensor) {
        for (float sample : SAMPLES) {
          tensor.number(FLOAT_DATA, sample);
        }
      }
    };

    abstract void write(ProtobufWriter tensor);
  }

  private static byte[] littleEndian(float[] samples) {
    ByteBuffer bytes =
        ByteBuffer.allocate(samples.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(samples);
    return bytes.array();
  }

  @ParameterizedTest
  @EnumSource
  void weights_areReadInEachEncoding(Encoding encoding) throws IOException {
    ProtobufWriter tensor = new ProtobufWriter().integers(1, 3, 2, 1, 1).integer(2, 1).text(8, "w");
    encoding.write(tensor);
    ProtobufWriter node =
        new ProtobufWriter().text(1, "x").text(1, "w").text(2, "y").text(4, "Conv");
    ProtobufWriter graph = new ProtobufWriter().message(1, node).message(5, tensor);
    Path file = directory.resolve("vgg.onnx");
    Files.write(file, new ProtobufWriter().message(7, graph).toBytes());

    Tensor weight = OnnxWeights.read(file).get("conv1_1.weight");

    assertThat(weight.shape()).isEqualTo(Shape.of(3, 2, 1, 1));
    assertThat(weight.samples()).containsExactly(SAMPLES);
  }
}
