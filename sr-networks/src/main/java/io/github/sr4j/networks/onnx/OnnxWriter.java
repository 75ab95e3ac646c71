// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.onnx;

import static java.util.Objects.requireNonNull;

import com.google.common.primitives.Longs;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.OnnxNodes;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * The writing of a graph as an <a href="https://onnx.ai/onnx/repo-docs/IR.html">ONNX</a> model.
 *
 * <p>The input keeps its name and is float32 [N, C, H, W] with N, H and W free; the output is named
 * {@code output}. Weights become initializers, in their own order; so does what is computed from
 * weights alone, and a batch normalisation becomes part of the convolution before it: see {@link
 * Rewrites}.
 */
public final class OnnxWriter {

  /** The name of the output. */
  public static final String OUTPUT = "output";

  private static final long OPERATOR_SET = 17;
  private static final long IR_VERSION = 8; // the one of operator set 17

  // Of TensorProto.DataType.
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  // Of AttributeProto.AttributeType.
  private static final int FLOAT_ATTRIBUTE = 1;
  private static final int INT_ATTRIBUTE = 2;
  private static final int STRING_ATTRIBUTE = 3;
  private static final int INTS_ATTRIBUTE = 7;

  private OnnxWriter() {}

  /**
   * Returns the bytes of an ONNX model.
   *
   * @param weights by name
   * @param metadata written as it is, in order
   * @throws IllegalArgumentException if an operator has no form in ONNX; the message names it
   */
  public static byte[] write(
      Graph graph, Map<String, Tensor> weights, SortedMap<String, String> metadata) {
    Graph rewritten = Rewrites.forInference(graph, weights);
    Nodes nodes = new Nodes(rewritten);
    Node output = rewritten.outputs().get(0);
    for (Node node : rewritten.nodes()) {
      if (node instanceof Node.Operation operation) {
        List<String> operands =
            operation.operands().stream().map(operand -> nodes.name(operand, output)).toList();
        operation.operator().write(nodes, operands, nodes.name(operation, output));
      } else if (!(node instanceof Node.Input)) {
        nodes.tensor(node.name(), tensor(node, weights));
      }
    }
    if (!(output instanceof Node.Operation)) {
      nodes.add("Identity", List.of(output.name()), OUTPUT);
    }
    nodes.initializers.forEach((name, held) -> nodes.graph.message(5, held.toProto(name)));
    nodes.graph.text(2, "sr4j");
    rewritten.inputs().forEach(input -> nodes.graph.message(11, image(input.name(), input, "")));
    nodes.graph.message(12, image(OUTPUT, output, "output_"));
    ProtobufWriter model =
        new ProtobufWriter()
            .integer(1, IR_VERSION)
            .text(2, "sr4j")
            .message(7, nodes.graph)
            .message(8, new ProtobufWriter().text(1, "").integer(2, OPERATOR_SET));
    metadata.forEach(
        (key, value) -> model.message(14, new ProtobufWriter().text(1, key).text(2, value)));
    return model.toBytes();
  }

  private static Tensor tensor(Node node, Map<String, Tensor> weights) {
    return node instanceof Node.Constant constant
        ? constant.tensor()
        : requireNonNull(weights.get(node.name()), node.name());
  }

  /** A ValueInfoProto. */
  private static ProtobufWriter image(String name, Node node, String prefix) {
    ProtobufWriter shape =
        new ProtobufWriter()
            .message(1, new ProtobufWriter().text(2, "batch"))
            .message(1, new ProtobufWriter().integer(1, node.shape().length(1)))
            .message(1, new ProtobufWriter().text(2, prefix + "height"))
            .message(1, new ProtobufWriter().text(2, prefix + "width"));
    ProtobufWriter tensor = new ProtobufWriter().integer(1, FLOAT).message(2, shape);
    return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
  }

  /** A GraphProto in the making. */
  private static final class Nodes implements OnnxNodes {

    private final ProtobufWriter graph = new ProtobufWriter();
    private final Map<String, Initializer> initializers = new LinkedHashMap<>();
    private final Set<String> columns = new HashSet<>(); // that are nodes
    private final Map<String, Integer> uses = new HashMap<>();

    Nodes(Graph source) {
      source.uses().forEach((node, number) -> uses.put(node.name(), number));
    }

    /** Returns the name of a node: a layer inside the network may have that of the output. */
    private String name(Node node, Node output) {
      if (node == output && node instanceof Node.Operation) {
        return OUTPUT;
      }
      return node.name().equals(OUTPUT) ? OUTPUT + "/inner" : node.name();
    }

    @Override
    public void add(
        String operator, List<String> operands, String result, Attribute... attributes) {
      ProtobufWriter node = new ProtobufWriter();
      operands.forEach(operand -> node.text(1, operand));
      node.text(2, result).text(3, result).text(4, operator);
      for (Attribute attribute : attributes) {
        node.message(5, attribute(attribute));
      }
      graph.message(1, node);
    }

    private static ProtobufWriter attribute(Attribute attribute) {
      ProtobufWriter proto = new ProtobufWriter().text(1, attribute.name());
      if (attribute instanceof Attribute.OfInteger integer) {
        return proto.integer(3, integer.value()).integer(20, INT_ATTRIBUTE);
      } else if (attribute instanceof Attribute.OfIntegers integers) {
        return proto.integers(8, Longs.toArray(integers.values())).integer(20, INTS_ATTRIBUTE);
      } else if (attribute instanceof Attribute.OfFloat number) {
        return proto.number(2, number.value()).integer(20, FLOAT_ATTRIBUTE);
      }
      String text = ((Attribute.OfText) attribute).value();
      return proto.text(4, text).integer(20, STRING_ATTRIBUTE);
    }

    @Override
    public String tensor(String name, Tensor tensor) {
      byte[] bytes = new byte[Float.BYTES * tensor.samples().length];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(tensor.samples());
      return initializer(name, FLOAT, tensor.shape(), bytes);
    }

    @Override
    public String integers(String name, long... values) {
      byte[] bytes = new byte[Long.BYTES * values.length];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
      return initializer(name, INT64, Shape.of(values.length), bytes);
    }

    @Override
    public String column(String channels) {
      Initializer held = initializers.get(channels);
      if (held != null && uses.getOrDefault(channels, 0) == 1) {
        initializers.put(channels, held.column());
        return channels;
      }
      String column = channels + "_column";
      if (columns.add(column)) {
        add("Unsqueeze", List.of(channels, integers(channels + "_axes", 1, 2)), column);
      }
      return column;
    }

    private String initializer(String name, int type, Shape shape, byte[] samples) {
      initializers.putIfAbsent(name, new Initializer(type, shape, samples));
      return name;
    }
  }

  /** A TensorProto that is not written yet. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
  private record Initializer(int type, Shape shape, byte[] samples) {

    /** Returns the same samples with two axes of one element behind the others. */
    private Initializer column() {
      long[] lengths = Arrays.copyOf(shape.toArray(), shape.rank() + 2);
      Arrays.fill(lengths, shape.rank(), lengths.length, 1);
      return new Initializer(type, Shape.of(lengths), samples);
    }

    private ProtobufWriter toProto(String name) {
      return new ProtobufWriter()
          .integers(1, shape.toArray())
          .integer(2, type)
          .text(8, name)
          .bytes(9, samples);
    }
  }
}
