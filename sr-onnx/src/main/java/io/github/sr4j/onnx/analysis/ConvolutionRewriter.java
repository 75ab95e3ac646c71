// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import static java.util.Objects.requireNonNull;

import com.google.common.math.LongMath;
import io.github.sr4j.networks.onnx.ProtobufWriter;
import io.github.sr4j.onnx.analysis.EncodedMessage.Field;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rewriting of the {@link NarrowConvolutions} of a file, by which everything else in it stays
 * as it is. Used once, by one thread.
 *
 * <p>The numbers of fields are those of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
final class ConvolutionRewriter {

  private static final int GRAPH = 7; // fields of a model and of a graph
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;

  private static final int FLOAT = 1; // TensorProto.DataType
  private static final int INT64 = 7;

  private final EncodedMessage model;
  private final int modelLength;
  private final OnnxGraph graph;
  private final NarrowConvolutions narrow;
  private final Set<String> names = new HashSet<>();
  private long weightsWritten;

  /**
   * Prepares to rewrite a file.
   *
   * @param model its content, which is well-formed
   * @param graph what was read from it
   */
  ConvolutionRewriter(byte[] model, OnnxGraph graph) {
    this.model = new EncodedMessage(model);
    this.modelLength = model.length;
    this.graph = graph;
    this.narrow = new NarrowConvolutions(graph);
    names.addAll(graph.tensors().keySet());
    for (Node node : graph.nodes()) {
      names.addAll(node.inputs());
      names.addAll(node.outputs());
      names.add(node.name());
    }
  }

  byte[] rewritten() {
    Map<String, EncodedMessage> initializers = new HashMap<>();
    for (Field field : model.fields()) {
      if (field.number() == GRAPH) {
        for (Field inGraph : field.value().fields()) {
          if (inGraph.number() == INITIALIZER) {
            initializers.put(name(inGraph.value()), inGraph.value());
          }
        }
      }
    }
    ProtobufWriter result = new ProtobufWriter();
    Iterator<Node> nodes = graph.nodes().iterator();
    for (Field field : model.fields()) {
      if (field.number() != GRAPH) {
        field.copyTo(result);
        continue;
      }
      ProtobufWriter rewritten = new ProtobufWriter();
      for (Field inGraph : field.value().fields()) {
        if (inGraph.number() != NODE || !rewrite(nodes.next(), initializers, rewritten)) {
          inGraph.copyTo(rewritten);
        }
      }
      result.message(GRAPH, rewritten);
    }
    return result.toBytes();
  }

  /** Writes what replaces a node, unless the node has to be left as it is. */
  private boolean rewrite(
      Node node, Map<String, EncodedMessage> initializers, ProtobufWriter into) {
    int n = narrow.block(node);
    if (n == 1) {
      return false;
    }
    long[] shape = requireNonNull(graph.tensors().get(node.inputs().get(1))).shape();
    int outputs = (int) shape[0];
    float[] weights = floats(initializers.get(node.inputs().get(1)), shape);
    float[] bias =
        node.inputs().size() > 2
            ? floats(initializers.get(node.inputs().get(2)), new long[] {outputs})
            : new float[outputs];
    if (weights.length == 0 || bias.length == 0) {
      return false; // not of 32 bits
    }
    weightsWritten += outputs * shape[1] * n * n * (shape[2] + n - 1) * (shape[3] + n - 1);
    if (weightsWritten > NarrowConvolutions.MAX_WEIGHTS) {
      return false; // many convolutions may have the same weights, which the file has once
    }
    write(node, new Kernel(weights, bias, shape), n, into);
    return true;
  }

  /** The weights of a convolution: M, C, H, W. */
  private static final class Kernel {

    private final float[] weights;
    private final float[] bias;
    private final int outputs;
    private final int channels;
    private final int height;
    private final int width;

    Kernel(float[] weights, float[] bias, long... shape) {
      this.weights = weights;
      this.bias = bias;
      this.outputs = (int) shape[0];
      this.channels = (int) shape[1];
      this.height = (int) shape[2];
      this.width = (int) shape[3];
    }

    /** Returns a kernel whose outputs are {@code n x n} pixels of each output of this. */
    Kernel forBlocks(int n) {
      int largeHeight = height + n - 1;
      int largeWidth = width + n - 1;
      float[] large = new float[outputs * n * n * channels * largeHeight * largeWidth];
      float[] largeBias = new float[outputs * n * n];
      for (int output = 0, to = 0; output < outputs; output++) {
        for (int pixel = 0; pixel < n * n; pixel++, to++) {
          largeBias[to] = bias[output];
          for (int row = 0; row < channels * height; row++) {
            int c = row / height;
            int y = row % height + pixel / n;
            System.arraycopy(
                weights,
                (output * channels * height + row) * width,
                large,
                ((to * channels + c) * largeHeight + y) * largeWidth + pixel % n,
                width);
          }
        }
      }
      return new Kernel(
          large, largeBias, (long) outputs * n * n, channels, largeHeight, largeWidth);
    }
  }

  private void write(Node node, Kernel kernel, int n, ProtobufWriter into) {
    Kernel large = kernel.forBlocks(n);
    long[] declared = node.integers("pads");
    long[] pads = declared == null ? new long[4] : declared; // top, left, bottom, right
    String input = node.inputs().get(0);
    String weights =
        add(
            into,
            node,
            FLOAT,
            bytes(large.weights),
            large.outputs,
            large.channels,
            large.height,
            large.width);
    String bias = add(into, node, FLOAT, bytes(large.bias), large.outputs);
    String axes = add(into, node, INT64, bytes(2, 3), 2);
    String first = add(into, node, INT64, bytes(0, 0), 2);
    String two = add(into, node, INT64, bytes(2), 1);
    String four = add(into, node, INT64, bytes(4), 1);
    long[] lost = {pads[0] + pads[2] + 1 - kernel.height, pads[1] + pads[3] + 1 - kernel.width};
    String lostSides = add(into, node, INT64, bytes(lost), 2);
    String blocks = unused(node);
    add(
        into,
        node.name(),
        "Conv",
        List.of(input, weights, bias),
        blocks,
        integers("kernel_shape", large.height, large.width),
        integers("strides", n, n),
        integers("pads", pads[0], pads[1], pads[2] + n - 1, pads[3] + n - 1));
    String pixels = unused(node);
    ProtobufWriter mode = new ProtobufWriter().text(1, "mode").text(4, "CRD").integer(20, 3);
    ProtobufWriter size = new ProtobufWriter().text(1, "blocksize").integer(3, n).integer(20, 2);
    add(into, unused(node), "DepthToSpace", List.of(blocks), pixels, size, mode);
    // Where a side is no multiple of n, there is more than there was.
    String inputShape = unused(node);
    String inputSides = unused(node);
    String sides = unused(node);
    String output = node.outputs().get(0);
    add(into, unused(node), "Shape", List.of(input), inputShape);
    add(into, unused(node), "Slice", List.of(inputShape, two, four), inputSides);
    add(into, unused(node), "Add", List.of(inputSides, lostSides), sides);
    add(into, unused(node), "Slice", List.of(pixels, first, sides, axes), output);
  }

  private String unused(Node node) {
    String name = node.outputs().get(0);
    for (int i = 1; !names.add(name); i++) {
      name = node.outputs().get(0) + "/sr4j/" + i;
    }
    return name;
  }

  /** Adds a tensor to the graph and returns its name. */
  private String add(ProtobufWriter into, Node node, int type, byte[] values, long... shape) {
    String name = unused(node);
    ProtobufWriter tensor = new ProtobufWriter();
    for (long side : shape) {
      tensor.integer(1, side);
    }
    into.message(INITIALIZER, tensor.integer(2, type).text(8, name).bytes(9, values));
    return name;
  }

  private static void add(
      ProtobufWriter into,
      String name,
      String operator,
      List<String> inputs,
      String output,
      ProtobufWriter... attributes) {
    ProtobufWriter node = new ProtobufWriter();
    inputs.forEach(input -> node.text(1, input));
    node.text(2, output).text(3, name).text(4, operator);
    for (ProtobufWriter attribute : attributes) {
      node.message(5, attribute);
    }
    into.message(NODE, node);
  }

  private static ProtobufWriter integers(String name, long... values) {
    ProtobufWriter attribute = new ProtobufWriter().text(1, name).integer(20, 7);
    for (long value : values) {
      attribute.integer(8, value);
    }
    return attribute;
  }

  private static byte[] bytes(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return buffer.array();
  }

  private static byte[] bytes(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
    return buffer.array();
  }

  private static String name(EncodedMessage tensor) {
    String name = "";
    for (Field field : tensor.fields()) {
      if (field.number() == 8) {
        name = field.value().text();
      }
    }
    return name;
  }

  /** Returns the values of a tensor; none if they are not 32-bit floats within the file. */
  private float[] floats(@Nullable EncodedMessage tensor, long[] shape) {
    long declared = Arrays.stream(shape).reduce(1, LongMath::saturatedMultiply);
    if (declared > modelLength / Float.BYTES) {
      return new float[0];
    }
    int count = (int) declared;
    float[] values = new float[count];
    int read = 0;
    boolean isFloat = false;
    for (Field field : tensor == null ? List.<Field>of() : tensor.fields()) {
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
}
