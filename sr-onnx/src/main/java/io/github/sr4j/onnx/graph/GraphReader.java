// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.graph;

import ai.onnxruntime.platform.Fp16Conversions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.onnx.graph.OnnxGraph.Attribute;
import io.github.sr4j.onnx.graph.OnnxGraph.Body;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.OnnxGraph.Tensor;
import io.github.sr4j.shared.protobuf.ProtobufReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The reading of a graph from an ONNX file; weights are passed over. Used once, by one thread.
 *
 * <p>The numbers of fields are those of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
final class GraphReader {

  private static final int MAX_VALUES = 1024; // of a tensor whose values are kept

  private static final int FLOAT32 = 1; // TensorProto.DataType
  private static final int INT32 = 6;
  private static final int INT64 = 7;
  private static final int BOOL = 9;
  private static final int FLOAT16 = 10;
  private static final int FLOAT64 = 11;

  private final ProtobufReader reader;
  private final Body main = new Body();
  private final Map<String, long[]> declaredShapes = new HashMap<>();
  private final List<Body> bodies = new ArrayList<>();
  private final Set<String> externalFiles = new HashSet<>();
  private int opset;

  /**
   * Prepares to read a file.
   *
   * @param name what messages call it
   * @param in the content; should be buffered
   * @param size the number of its bytes
   */
  GraphReader(String name, InputStream in, long size) {
    reader = new ProtobufReader(name, in, size);
  }

  /**
   * Reads the file.
   *
   * @throws ModelFormatException if it is not a well-formed ONNX model
   * @throws IOException if it cannot be read
   */
  OnnxGraph read() throws IOException {
    readModel();
    if (main.nodes().isEmpty()) {
      throw reader.damaged("it has no graph");
    }
    return new OnnxGraph(main, declaredShapes, bodies, externalFiles, opset);
  }

  private void readModel() throws IOException {
    while (reader.next()) {
      switch (reader.field()) {
        case 7 -> reader.message(() -> readGraph(main));
        case 8 -> reader.message(this::readOpset);
        case 20 -> reader.message(this::readTrainingInfo);
        case 25 -> reader.message(this::readFunction);
        default -> reader.skip();
      }
    }
  }

  private void readOpset() throws IOException {
    String domain = "";
    long version = 0;
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> domain = reader.text();
        case 2 -> version = reader.number(ProtobufReader.VARINT);
        default -> reader.skip();
      }
    }
    if (domain.isEmpty() || domain.equals("ai.onnx")) {
      opset = (int) Math.max(0, Math.min(version, Integer.MAX_VALUE));
    }
  }

  // Graphs inside nodes, functions and training are read for the files that they name, and to be
  // checked.
  private void readTrainingInfo() throws IOException {
    while (reader.next()) {
      if (reader.field() <= 2) {
        reader.message(() -> readGraph(newBody()));
      } else {
        reader.skip();
      }
    }
  }

  private Body newBody() {
    Body body = new Body();
    bodies.add(body);
    return body;
  }

  private void readFunction() throws IOException {
    Body body = newBody();
    while (reader.next()) {
      if (reader.field() == 7) {
        reader.message(() -> body.nodes().add(readNode()));
      } else if (reader.field() == 11) {
        reader.message(this::readAttribute);
      } else {
        reader.skip();
      }
    }
  }

  private void readGraph(Body body) throws IOException {
    reader.keep(8);
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.message(() -> body.nodes().add(readNode()));
        case 5 ->
            reader.message(
                () -> {
                  Tensor tensor = readTensor();
                  body.tensors().put(tensor.name(), tensor);
                });
        case 11 -> reader.message(() -> body.inputs().add(readValue()));
        case 12 -> reader.message(() -> body.outputs().add(readValue()));
        case 15 -> reader.message(this::readSparseTensor);
        default -> reader.skip();
      }
    }
  }

  /** Reads an input or output: its name, and the shape that it declares. */
  private String readValue() throws IOException {
    List<String> name = new ArrayList<>(1);
    List<Long> sides = new ArrayList<>();
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> name.add(reader.text());
        case 2 ->
            reader.message(() -> only(1, () -> only(2, () -> only(1, () -> readSide(sides)))));
        default -> reader.skip();
      }
    }
    String last = name.isEmpty() ? "" : name.get(name.size() - 1);
    declaredShapes.put(last, Longs.toArray(sides));
    return last;
  }

  /** Reads the messages of a field, and skips all others. */
  private void only(int field, ProtobufReader.Fields fields) throws IOException {
    while (reader.next()) {
      if (reader.field() == field) {
        reader.message(fields);
      } else {
        reader.skip();
      }
    }
  }

  private void readSide(List<Long> sides) throws IOException {
    reader.keep(1);
    long side = -1;
    while (reader.next()) {
      if (reader.field() == 1) {
        side = reader.number(ProtobufReader.VARINT);
        side = side < 0 ? Long.MIN_VALUE : side; // not to be taken for a free one
      } else {
        reader.skip();
      }
    }
    sides.add(side);
  }

  private void readSparseTensor() throws IOException {
    while (reader.next()) {
      if (reader.field() <= 2) {
        reader.message(this::readTensor);
      } else {
        reader.skip();
      }
    }
  }

  private Node readNode() throws IOException {
    reader.keep(8);
    String operator = "";
    String domain = "";
    String name = "";
    ImmutableList.Builder<String> inputs = ImmutableList.builder();
    ImmutableList.Builder<String> outputs = ImmutableList.builder();
    Map<String, Attribute> attributes = new HashMap<>();
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> inputs.add(reader.text());
        case 2 -> outputs.add(reader.text());
        case 3 -> name = reader.text();
        case 4 -> operator = reader.text();
        case 5 ->
            reader.message(
                () -> {
                  Map.Entry<String, Attribute> attribute = readAttribute();
                  attributes.put(attribute.getKey(), attribute.getValue());
                });
        case 7 -> domain = reader.text();
        default -> reader.skip();
      }
    }
    return new Node(operator, domain, name, inputs.build(), outputs.build(), attributes);
  }

  private Map.Entry<String, Attribute> readAttribute() throws IOException {
    reader.keep(8);
    String name = "";
    String text = "";
    OptionalDouble number = OptionalDouble.empty();
    BoundedNumbers integers = new BoundedNumbers(reader, MAX_VALUES);
    BoundedNumbers floats = new BoundedNumbers(reader, MAX_VALUES);
    List<Tensor> tensor = new ArrayList<>(1);
    List<Body> body = new ArrayList<>(1);
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> name = reader.text();
        case 2 -> number = OptionalDouble.of(float32(reader.number(ProtobufReader.FIXED32)));
        case 3 -> number = OptionalDouble.of((double) reader.number(ProtobufReader.VARINT));
        case 4 -> text = new String(reader.bytesUpTo(256), StandardCharsets.UTF_8);
        case 5, 10 -> reader.message(() -> tensor.add(readTensor()));
        case 6, 11 -> {
          body.add(newBody());
          reader.message(() -> readGraph(body.get(body.size() - 1)));
        }
        case 7 -> reader.numbers(ProtobufReader.FIXED32, bits -> floats.add(float32(bits)));
        case 8 -> reader.numbers(ProtobufReader.VARINT, integers::add);
        case 22, 23 -> reader.message(this::readSparseTensor);
        default -> reader.skip();
      }
    }
    return Map.entry(
        name,
        new Attribute(
            number,
            text,
            integers.toLongs(),
            floats.toDoubles(),
            tensor.isEmpty() ? null : tensor.get(0),
            body.isEmpty() ? null : body.get(0)));
  }

  private Tensor readTensor() throws IOException {
    reader.keep(8);
    BoundedNumbers shape = new BoundedNumbers(reader, MAX_VALUES);
    BoundedNumbers values = new BoundedNumbers(reader, MAX_VALUES);
    String name = "";
    byte[] raw = {};
    long type = 0;
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.numbers(ProtobufReader.VARINT, shape::add);
        case 2 -> type = reader.number(ProtobufReader.VARINT);
        case 4 -> reader.numbers(ProtobufReader.FIXED32, bits -> values.add(float32(bits)));
        case 5, 7 -> reader.numbers(ProtobufReader.VARINT, values::add);
        case 8 -> name = reader.text();
        case 9 -> raw = reader.bytesUpTo(MAX_VALUES * Double.BYTES);
        case 10 ->
            reader.numbers(
                ProtobufReader.FIXED64, bits -> values.add(Double.longBitsToDouble(bits)));
        case 13 -> reader.message(this::readExternalData);
        default -> reader.skip();
      }
    }
    long[] sides = shape.toLongs();
    for (long side : sides) {
      if (side < 0) {
        throw reader.damaged("tensor \"" + Printable.name(name) + "\" has a side of " + side);
      }
    }
    boolean isInteger = type == INT32 || type == INT64;
    return new Tensor(name, sides, isInteger, decode((int) type, raw, values.toDoubles()));
  }

  private void readExternalData() throws IOException {
    String key = "";
    String value = "";
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> key = reader.text();
        case 2 -> value = reader.text();
        default -> reader.skip();
      }
    }
    if (key.equals("location")) {
      externalFiles.add(value);
    }
  }

  private static double[] decode(int type, byte[] raw, double[] values) {
    if (raw.length == 0) {
      // Half floats are written as the integers that have their bits.
      return type == FLOAT16
          ? Arrays.stream(values).map(v -> Fp16Conversions.fp16ToFloat((short) v)).toArray()
          : values;
    }
    int size =
        switch (type) {
          case FLOAT32, INT32 -> 4;
          case INT64, FLOAT64 -> 8;
          case FLOAT16 -> 2;
          case BOOL -> 1;
          default -> 0;
        };
    if (size == 0 || raw.length / size > MAX_VALUES) {
      return new double[0];
    }
    ByteBuffer buffer = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    double[] decoded = new double[raw.length / size];
    for (int i = 0; i < decoded.length; i++) {
      decoded[i] =
          switch (type) {
            case FLOAT32 -> buffer.getFloat();
            case INT32 -> buffer.getInt();
            case INT64 -> buffer.getLong();
            case FLOAT64 -> buffer.getDouble();
            case FLOAT16 -> Fp16Conversions.fp16ToFloat(buffer.getShort());
            default -> buffer.get();
          };
    }
    return decoded;
  }

  private static double float32(long bits) {
    return Float.intBitsToFloat((int) bits);
  }
}
