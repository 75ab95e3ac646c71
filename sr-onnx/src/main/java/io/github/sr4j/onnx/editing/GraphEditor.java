// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.editing;

import com.google.common.math.LongMath;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.shared.protobuf.EncodedMessage;
import io.github.sr4j.shared.protobuf.EncodedMessage.Field;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces nodes in the graph of an ONNX file; everything else in the file stays as it is. Used
 * once, by one thread.
 *
 * <p>The numbers of fields are those of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
public final class GraphEditor {

  private static final int GRAPH = 7; // fields of a model and of a graph
  private static final int METADATA = 14;
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_NAME = 3;
  private static final int ATTRIBUTE = 5;
  private static final int TENSOR_NAME = 8;
  private static final int OUTPUT = 12;

  private static final int FLOAT = 1; // TensorProto.DataType
  private static final int UINT8 = 2;
  private static final int INT8 = 3;
  private static final int INT32 = 6;
  private static final int INT64 = 7;

  private final EncodedMessage model;
  private final int modelLength;
  private final OnnxGraph graph;
  private final Map<String, EncodedMessage> initializers = new HashMap<>();
  private final Set<String> names = new HashSet<>();
  private final Set<String> omitted = new HashSet<>();
  private final List<String> outputs = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /**
   * Prepares to edit a file.
   *
   * @param model its content, which is well-formed
   * @param graph what was read from it
   */
  public GraphEditor(byte[] model, OnnxGraph graph) {
    this.model = new EncodedMessage(model);
    this.modelLength = model.length;
    this.graph = graph;
    names.addAll(graph.tensors().keySet());
    for (Node node : graph.nodes()) {
      names.addAll(node.inputs());
      names.addAll(node.outputs());
      names.add(node.name());
    }
    for (Field field : this.model.fields()) {
      if (field.number() == GRAPH) {
        for (Field inGraph : field.value().fields()) {
          if (inGraph.number() == INITIALIZER) {
            initializers.put(inGraph.value().text(TENSOR_NAME), inGraph.value());
          }
        }
      }
    }
  }

  /** Writes what replaces a node. */
  @FunctionalInterface
  public interface Replacement {

    /** Writes it, or returns false if the node is to be left as it is. */
    boolean write(Node node, Part into);
  }

  /** Makes tensors outputs of the graph besides those that it has. */
  public void addOutputs(Collection<String> tensors) {
    outputs.addAll(tensors);
  }

  /** Leaves out tensors of the file, which no node must use any more. */
  public void omitTensors(Collection<String> tensors) {
    omitted.addAll(tensors);
  }

  /** Adds entries to the metadata, in place of those of the same keys. */
  public void putMetadata(Map<String, String> entries) {
    metadata.putAll(entries);
  }

  /** Returns the file with what is replaced and added. */
  public byte[] rewritten(Replacement replacement) {
    ProtobufWriter result = new ProtobufWriter();
    Iterator<Node> nodes = graph.nodes().iterator();
    for (Field field : model.fields()) {
      if (field.number() == GRAPH) {
        result.message(GRAPH, graph(field.value(), nodes, replacement));
      } else if (field.number() != METADATA || !metadata.containsKey(field.value().text(1))) {
        field.copyTo(result);
      }
    }
    metadata.forEach(
        (key, value) -> result.message(METADATA, new ProtobufWriter().text(1, key).text(2, value)));
    return result.toBytes();
  }

  private ProtobufWriter graph(
      EncodedMessage message, Iterator<Node> nodes, Replacement replacement) {
    ProtobufWriter result = new ProtobufWriter();
    for (Field field : message.fields()) {
      boolean isGone =
          switch (field.number()) {
            case NODE -> replacement.write(nodes.next(), new Part(field.value(), result));
            case INITIALIZER -> omitted.contains(field.value().text(TENSOR_NAME));
            default -> false;
          };
      if (!isGone) {
        field.copyTo(result);
      }
    }
    outputs.forEach(output -> result.message(OUTPUT, new ProtobufWriter().text(1, output)));
    return result;
  }

  /** Returns an attribute of integers. */
  public static ProtobufWriter attribute(String name, long... values) {
    ProtobufWriter attribute = new ProtobufWriter().text(1, name).integer(20, 7);
    for (long value : values) {
      attribute.integer(8, value);
    }
    return attribute;
  }

  /**
   * Returns the values of a tensor; none if they are not 32-bit floats within the file.
   *
   * @param shape that which the tensor declares
   */
  public float[] floats(String tensor, long... shape) {
    long declared = Arrays.stream(shape).reduce(1, LongMath::saturatedMultiply);
    if (declared > modelLength / Float.BYTES) {
      return new float[0];
    }
    @Nullable EncodedMessage found = initializers.get(tensor);
    int count = (int) declared;
    float[] values = new float[count];
    int read = 0;
    boolean isFloat = false;
    for (Field field : found == null ? List.<Field>of() : found.fields()) {
      if (field.number() == 2) {
        isFloat = field.bits() == FLOAT;
      } else if (field.number() == 4 || field.number() == 9) { // one by one, packed, or raw
        FloatBuffer floats = field.value().buffer().asFloatBuffer();
        int length = floats.remaining();
        if (length > count - read) {
          return new float[0];
        }
        floats.get(values, read, length);
        read += length;
      }
    }
    return isFloat && read == count ? values : new float[0];
  }

  /** The replacement of a node: nodes, and the tensors that they use. */
  public final class Part {

    private final EncodedMessage replaced; // a node
    private final ProtobufWriter into;

    private Part(EncodedMessage replaced, ProtobufWriter into) {
      this.replaced = replaced;
      this.into = into;
    }

    /** Returns a name that nothing in the file has, derived from that of the replaced node. */
    public String unused() {
      String output = replaced.text(NODE_OUTPUT);
      String name = output;
      for (int i = 1; !names.add(name); i++) {
        name = output + "/sr4j/" + i;
      }
      return name;
    }

    /** Adds a node. */
    public void node(
        String operator, List<String> inputs, String output, ProtobufWriter... attributes) {
      ProtobufWriter node = node(unused(), operator, inputs, output);
      for (ProtobufWriter attribute : attributes) {
        node.message(ATTRIBUTE, attribute);
      }
      into.message(NODE, node);
    }

    /** Adds a node with the name of the replaced one. */
    public void successor(
        String operator, List<String> inputs, String output, ProtobufWriter... attributes) {
      ProtobufWriter node = node(replaced.text(NODE_NAME), operator, inputs, output);
      for (ProtobufWriter attribute : attributes) {
        node.message(ATTRIBUTE, attribute);
      }
      into.message(NODE, node);
    }

    /** Adds a node with the name and the attributes of the replaced one. */
    public void twin(String operator, List<String> inputs, String output) {
      ProtobufWriter node = node(replaced.text(NODE_NAME), operator, inputs, output);
      for (Field field : replaced.fields()) {
        if (field.number() == ATTRIBUTE) {
          field.copyTo(node);
        }
      }
      into.message(NODE, node);
    }

    private static ProtobufWriter node(
        String name, String operator, List<String> inputs, String output) {
      ProtobufWriter node = new ProtobufWriter();
      inputs.forEach(input -> node.text(1, input));
      return node.text(NODE_OUTPUT, output).text(NODE_NAME, name).text(4, operator);
    }

    /** Adds a tensor and returns its name. */
    public String floats(float[] values, long... shape) {
      byte[] bytes = new byte[values.length * Float.BYTES];
      littleEndian(bytes).asFloatBuffer().put(values);
      return tensor(FLOAT, bytes, shape);
    }

    /** Adds a scalar and returns its name. */
    public String scalar(float value) {
      return floats(new float[] {value});
    }

    /** Adds a list and returns its name. */
    public String integers(long... values) {
      byte[] bytes = new byte[values.length * Long.BYTES];
      littleEndian(bytes).asLongBuffer().put(values);
      return tensor(INT64, bytes, values.length);
    }

    /** Adds a tensor of 32 bits and returns its name. */
    public String int32s(int[] values, long... shape) {
      byte[] bytes = new byte[values.length * Integer.BYTES];
      littleEndian(bytes).asIntBuffer().put(values);
      return tensor(INT32, bytes, shape);
    }

    /** Adds a tensor of signed bytes and returns its name. */
    public String int8s(byte[] values, long... shape) {
      return tensor(INT8, values, shape);
    }

    /** Adds a scalar, an unsigned byte, and returns its name. */
    public String uint8(int value) {
      return tensor(UINT8, new byte[] {(byte) value});
    }

    private String tensor(int type, byte[] values, long... shape) {
      String name = unused();
      ProtobufWriter tensor = new ProtobufWriter();
      for (long side : shape) {
        tensor.integer(1, side);
      }
      into.message(INITIALIZER, tensor.integer(2, type).text(TENSOR_NAME, name).bytes(9, values));
      return name;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
