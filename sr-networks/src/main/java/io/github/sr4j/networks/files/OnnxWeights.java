// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.shared.protobuf.ProtobufReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * VGG in an ONNX model. Its nodes are in order, which names the layers: {@code conv3_1} is the
 * first convolution behind the second maximum, whatever the model calls it.
 */
final class OnnxWeights {

  private static final int FLOAT = 1; // of TensorProto.DataType

  private static final ImmutableList<String> TYPES = // in the order of TensorProto.DataType
      ImmutableList.of(
          "UNDEFINED",
          "FLOAT",
          "UINT8",
          "INT8",
          "UINT16",
          "INT16",
          "INT32",
          "INT64",
          "STRING",
          "BOOL",
          "FLOAT16",
          "DOUBLE",
          "UINT32",
          "UINT64",
          "COMPLEX64",
          "COMPLEX128",
          "BFLOAT16");

  private final Path file;
  private final ProtobufReader reader;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Content> tensors = new HashMap<>();

  /** The fields of a NodeProto that are needed. */
  private static final class Node {
    private final List<String> inputs = new ArrayList<>();
    private String operator = "";
    private String output = "";
  }

  /** A TensorProto: its samples are checked where they are wanted. */
  private static final class Content {
    private final List<Long> lengths = new ArrayList<>();
    private String name = "";
    private long type;
    private byte[] bytes = {}; // little-endian floats, the first count bytes of it
    private int count;

    /** Appends to the bytes: a list of floats may come packed in pieces, or one by one. */
    void append(byte[] piece) {
      if (count == 0) {
        bytes = piece;
      } else {
        int needed = Math.addExact(count, piece.length);
        if (needed > bytes.length) {
          bytes = Arrays.copyOf(bytes, (int) Math.min(2L * needed, Integer.MAX_VALUE - 64));
        }
        System.arraycopy(piece, 0, bytes, count, piece.length);
      }
      count += piece.length;
    }
  }

  private OnnxWeights(Path file, ProtobufReader reader) {
    this.file = file;
    this.reader = reader;
  }

  /**
   * Returns the arrays by the names of the literature.
   *
   * @throws ModelFormatException if the file is no ONNX model or has no convolution with weights of
   *     its own
   */
  static Map<String, Tensor> read(Path file) throws IOException {
    OnnxWeights weights;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      weights = new OnnxWeights(file, new ProtobufReader(file.toString(), in, Files.size(file)));
      weights.readModel();
    }
    return weights.layers();
  }

  private void readModel() throws IOException {
    while (reader.next()) {
      if (reader.field() == 7) {
        reader.message(this::readGraph);
      } else {
        reader.skip();
      }
    }
  }

  private void readGraph() throws IOException {
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.message(this::readNode);
        case 5 -> {
          Content tensor = new Content();
          reader.message(() -> readTensor(tensor));
          tensors.put(tensor.name, tensor);
        }
        default -> reader.skip();
      }
    }
  }

  private void readNode() throws IOException {
    Node node = new Node();
    Content value = new Content();
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> node.inputs.add(reader.text());
        case 2 -> node.output = reader.text();
        case 4 -> node.operator = reader.text();
        case 5 -> reader.message(() -> readAttribute(value));
        default -> reader.skip();
      }
    }
    nodes.add(node);
    if (node.operator.equals("Constant")) {
      tensors.put(node.output, value);
    }
  }

  private void readAttribute(Content value) throws IOException {
    while (reader.next()) {
      if (reader.field() == 5) {
        reader.message(() -> readTensor(value));
      } else {
        reader.skip();
      }
    }
  }

  private void readTensor(Content tensor) throws IOException {
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.numbers(ProtobufReader.VARINT, tensor.lengths::add);
        case 2 -> tensor.type = reader.number(ProtobufReader.VARINT);
        case 4 -> tensor.append(reader.numbers32(tensor.count)); // float_data
        case 9 -> tensor.append(reader.content(tensor.count)); // raw_data
        case 8 -> tensor.name = reader.text();
        default -> reader.skip();
      }
    }
  }

  private Map<String, Tensor> layers() {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    int block = 1;
    int inBlock = 0;
    for (Node node : nodes) {
      if (node.operator.equals("MaxPool")) {
        block++;
        inBlock = 0;
      } else if (node.operator.equals("Conv")) {
        inBlock++;
        String layer = "conv" + block + "_" + inBlock;
        put(layer + ".weight", node, 1, arrays);
        put(layer + ".bias", node, 2, arrays);
      }
    }
    if (arrays.isEmpty()) {
      throw new ModelFormatException(
          String.format("%s: must have convolutions with weights, but has none", file), null);
    }
    return arrays;
  }

  /** Takes an input of a node, if it is a constant one. */
  private void put(String name, Node node, int input, Map<String, Tensor> arrays) {
    Content tensor = node.inputs.size() > input ? tensors.get(node.inputs.get(input)) : null;
    if (tensor != null) {
      arrays.put(name, array(tensor));
    }
  }

  private static String type(long number) {
    return number >= 0 && number < TYPES.size() ? TYPES.get((int) number) : Long.toString(number);
  }

  private Tensor array(Content tensor) {
    long[] shape = tensor.lengths.stream().mapToLong(Long::longValue).toArray();
    long length = 1;
    for (long side : shape) {
      boolean fits = side >= 0 && (side == 0 || length <= Integer.MAX_VALUE / side);
      length = fits ? length * side : Long.MAX_VALUE / 4; // more than any file holds
    }
    double held = tensor.count / (double) Float.BYTES;
    if (tensor.type != FLOAT || held != length) {
      throw new ModelFormatException(
          String.format(
              "%s: weights must be 32-bit floats in the file itself, but \"%s\" has the type %s and"
                  + " %s of the values of its shape %s",
              file,
              Names.shortened(tensor.name),
              type(tensor.type),
              (long) held,
              Names.shortened(Arrays.toString(shape))),
          null);
    }
    float[] samples = new float[(int) length];
    ByteBuffer.wrap(tensor.bytes, 0, tensor.count)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(samples);
    return Tensor.of(Shape.of(shape), samples);
  }
}
