// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.platform.Fp16Conversions;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A writer of small ONNX files: as much of protobuf's wire format, and of the messages in <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>, as tests need.
 */
public final class OnnxFile {

  public static final int FLOAT32 = 1; // TensorProto.DataType
  public static final int UINT8 = 2;
  public static final int INT64 = 7;
  public static final int FLOAT16 = 10;
  public static final int FLOAT64 = 11;

  private final Message graph = new Message();
  private final Message model;

  public OnnxFile() {
    this(13);
  }

  public OnnxFile(int opset) {
    graph.text(2, "test");
    model = new Message().integer(1, 8).message(8, new Message().text(1, "").integer(2, opset));
  }

  /** Adds an input; a side that is a text is free. */
  public OnnxFile input(String name, int type, Object... sides) {
    graph.message(11, valueInfo(name, type, sides));
    return this;
  }

  /** Adds an output; a side that is a text is free. */
  public OnnxFile output(String name, int type, Object... sides) {
    graph.message(12, valueInfo(name, type, sides));
    return this;
  }

  public OnnxFile weights(String name, float[] values, int... shape) {
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    graph.message(5, tensor(name, FLOAT32, shape).bytes(9, raw.array()));
    return this;
  }

  public OnnxFile halves(String name, float[] values, int... shape) {
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      raw.putShort(Fp16Conversions.floatToFp16(value));
    }
    graph.message(5, tensor(name, FLOAT16, shape).bytes(9, raw.array()));
    return this;
  }

  public OnnxFile integers(String name, long... values) {
    graph.message(5, integerTensor(name, values));
    return this;
  }

  /** Adds weights that lie in another file. */
  public OnnxFile externalWeights(String name, String location, int... shape) {
    Message entry = new Message().text(1, "location").text(2, location);
    graph.message(5, tensor(name, FLOAT32, shape).message(13, entry).integer(14, 1));
    return this;
  }

  private static Message tensor(String name, int type, int... shape) {
    Message tensor = new Message();
    for (int side : shape) {
      tensor.integer(1, side);
    }
    return tensor.integer(2, type).text(8, name);
  }

  private static Message integerTensor(String name, long... values) {
    Message packed = new Message();
    for (long value : values) {
      packed.varint(value);
    }
    return tensor(name, INT64, values.length).bytes(7, packed.toBytes());
  }

  /** Adds a node that makes a list of integers. */
  public OnnxFile constant(String output, long... values) {
    Message value =
        new Message().text(1, "value").message(5, integerTensor("", values)).integer(20, 4);
    graph.message(1, new Message().text(2, output).text(4, "Constant").message(5, value));
    return this;
  }

  /**
   * Adds a node; attributes are texts, integers, arrays of integers, floats or arrays of floats.
   */
  public OnnxFile node(
      String operator, List<String> inputs, String output, Map<String, ?> attributes) {
    return node(operator, inputs, List.of(output), attributes);
  }

  public OnnxFile node(
      String operator, List<String> inputs, List<String> outputs, Map<String, ?> attributes) {
    Message node = new Message();
    inputs.forEach(input -> node.text(1, input));
    outputs.forEach(output -> node.text(2, output));
    node.text(4, operator);
    new TreeMap<>(attributes)
        .forEach(
            (name, value) -> {
              Message attribute = new Message().text(1, name);
              if (value instanceof String text) {
                attribute.text(4, text).integer(20, 3);
              } else if (value instanceof Integer integer) {
                attribute.integer(3, integer).integer(20, 2);
              } else if (value instanceof Float number) {
                attribute.number(2, number).integer(20, 1);
              } else if (value instanceof float[] numbers) {
                for (float number : numbers) {
                  attribute.number(7, number);
                }
                attribute.integer(20, 6);
              } else {
                for (int element : (int[]) value) {
                  attribute.integer(8, element);
                }
                attribute.integer(20, 7);
              }
              node.message(5, attribute);
            });
    graph.message(1, node);
    return this;
  }

  public OnnxFile foreignMetadata(String key, String value) {
    model.message(14, new Message().text(1, key).text(2, value));
    return this;
  }

  /** Adds entries under this library's prefix, given as {@code key=value}. */
  public OnnxFile metadata(String... entries) {
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      foreignMetadata("sr4j." + entry.substring(0, equals), entry.substring(equals + 1));
    }
    return this;
  }

  public byte[] bytes() {
    return new Message().raw(model).message(7, graph).toBytes();
  }

  private static Message valueInfo(String name, int type, Object... sides) {
    Message shape = new Message();
    for (Object side : sides) {
      shape.message(
          1,
          side instanceof Integer fixed
              ? new Message().integer(1, fixed)
              : new Message().text(2, side.toString()));
    }
    Message tensor = new Message().integer(1, type).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** The fields of a protobuf message, encoded. */
  private static final class Message {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message integer(int field, long value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    Message number(int field, float value) {
      varint(field << 3 | 5);
      out.writeBytes(
          ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.toBytes());
    }

    Message raw(Message fields) {
      out.writeBytes(fields.toBytes());
      return this;
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
