// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.Lists;
import com.google.common.math.LongMath;
import com.google.common.primitives.Longs;
import io.github.sr4j.onnx.OnnxGraph.Node;
import io.github.sr4j.onnx.OnnxGraph.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rewriting of convolutions to few channels, such as the last of most networks. On x86, ONNX
 * Runtime computes sixteen channels of an output at a time (eight without AVX-512), also where
 * there are one or three. Therefore {@code n x n} neighbouring pixels become channels: a
 * convolution with a stride of {@code n}, whose kernel is larger by {@code n - 1}, and then a
 * {@code DepthToSpace} that puts the pixels where they belong.
 *
 * <p>A sum of the new convolution is that of the old one, of the same terms in the same order, and
 * of zeros: results do not change by a bit. Convolutions of which ONNX Runtime would compute other
 * sums are left as they are: from channels of which the last sixteen are not full, which it
 * multiplies as matrices, and before constants that it would multiply into the weights.
 */
final class FewChannels {

  private static final int LANES = 16;
  // Multiplications for each pixel of the output. DepthToSpace and what else moves pixels take as
  // long as half of them.
  private static final int LEAST_SAVED = 5000;

  private static final int MOST_WEIGHTS = 1 << 24; // of all convolutions that are rewritten

  private static final int OLDEST_OPSET = 11; // DepthToSpace has its mode, Slice its inputs
  private static final int FLOAT = 1; // TensorProto.DataType
  private static final int INT64 = 7;

  private final byte[] model;
  private final OnnxGraph graph;
  private final Set<String> names = new HashSet<>();
  private final Set<String> folded;
  private long weightsWritten;

  private FewChannels(byte[] model, OnnxGraph graph) {
    this.model = model;
    this.graph = graph;
    this.folded = folded(graph);
    names.addAll(graph.tensors().keySet());
    for (Node node : graph.nodes()) {
      names.addAll(node.inputs());
      names.addAll(node.outputs());
      names.add(node.name());
    }
  }

  /** Returns whether a graph has such convolutions. */
  static boolean areIn(OnnxGraph graph) {
    Set<String> folded = folded(graph);
    return graph.opset() >= OLDEST_OPSET
        && graph.nodes().stream().anyMatch(node -> block(graph, folded, node) > 1);
  }

  /** Returns the tensors of which the next operator would become part of their convolution. */
  private static Set<String> folded(OnnxGraph graph) {
    Set<String> constants = new HashSet<>(graph.tensors().keySet());
    for (Node node : graph.nodes()) {
      if (constants.containsAll(node.inputs())) {
        constants.addAll(node.outputs());
      }
    }
    Set<String> folded = new HashSet<>();
    for (Node node : Lists.reverse(graph.nodes())) {
      boolean isFolding =
          switch (node.operator()) {
            case "BatchNormalization" -> true;
            case "Add", "Mul" -> node.inputs().stream().anyMatch(constants::contains);
            case "Dropout", "Identity" -> node.outputs().stream().anyMatch(folded::contains);
            default -> false;
          };
      if (isFolding) {
        folded.addAll(node.inputs());
      }
    }
    return folded;
  }

  /**
   * Returns a model in which such convolutions are rewritten.
   *
   * @param model the content of a well-formed file
   * @param graph what was read from it
   */
  static byte[] rewritten(byte[] model, OnnxGraph graph) {
    return new FewChannels(model, graph).rewritten();
  }

  /** Returns the side of the square of pixels that become channels; 1 to leave a node as it is. */
  private static int block(OnnxGraph graph, Set<String> folded, Node node) {
    if (!node.operator().equals("Conv") || !node.isStandard() || node.inputs().size() < 2) {
      return 1;
    }
    Tensor weights = graph.tensors().get(node.inputs().get(1));
    if (weights == null
        || weights.shape().length != 4
        || weights.shape()[1] % LANES != 0
        || node.outputs().size() != 1
        || folded.contains(node.outputs().get(0))
        || !isKernel(node.integers("kernel_shape"), weights.shape())
        || !isPads(node.integers("pads"))
        || node.integer("group", 1) != 1
        || !node.text("auto_pad", "NOTSET").equals("NOTSET")
        || !isOnes(node.integers("strides"))
        || !isOnes(node.integers("dilations"))
        || (node.inputs().size() > 2 && !graph.tensors().containsKey(node.inputs().get(2)))) {
      return 1;
    }
    long[] shape = weights.shape();
    for (int n = 4; n > 1; n -= 2) {
      double before = (double) shape[2] * shape[3];
      double after = (double) (shape[2] + n - 1) * (shape[3] + n - 1) / (n * n);
      if (shape[0] <= LANES / (n * n)
          && (double) LANES * shape[1] * (before - after) >= LEAST_SAVED
          && (double) LANES * shape[1] * after * n * n <= MOST_WEIGHTS) {
        return n;
      }
    }
    return 1;
  }

  private static boolean isKernel(long @Nullable [] declared, long[] shape) {
    return declared == null
        || (declared.length == 2 && declared[0] == shape[2] && declared[1] == shape[3]);
  }

  private static boolean isPads(long @Nullable [] declared) {
    return declared == null || declared.length == 4;
  }

  private static boolean isOnes(long @Nullable [] values) {
    return values == null || Longs.asList(values).stream().allMatch(value -> value == 1);
  }

  private byte[] rewritten() {
    Map<String, Part> initializers = new HashMap<>();
    Message result = new Message();
    Part whole = new Part(0, model.length);
    for (Field field : fields(whole)) {
      if (field.number == 7) {
        for (Field inGraph : fields(field.value)) {
          if (inGraph.number == 5) {
            initializers.put(name(inGraph.value), inGraph.value);
          }
        }
      }
    }
    Iterator<Node> nodes = graph.nodes().iterator();
    for (Field field : fields(whole)) {
      if (field.number != 7) {
        result.copy(field);
        continue;
      }
      Message rewritten = new Message();
      for (Field inGraph : fields(field.value)) {
        if (inGraph.number != 1 || !rewrite(nodes.next(), initializers, rewritten)) {
          rewritten.copy(inGraph);
        }
      }
      result.message(7, rewritten);
    }
    return result.toByteArray();
  }

  /** Writes what replaces a node, unless the node has to be left as it is. */
  private boolean rewrite(Node node, Map<String, Part> initializers, Message into) {
    int n = block(graph, folded, node);
    if (n == 1) {
      return false;
    }
    long[] shape = tensor(node, 1).shape(); // M, C, H, W
    int outputs = (int) shape[0];
    int channels = (int) shape[1];
    int height = (int) shape[2];
    int width = (int) shape[3];
    float[] weights = floats(initializers.get(node.inputs().get(1)), shape);
    float[] bias =
        node.inputs().size() > 2
            ? floats(initializers.get(node.inputs().get(2)), new long[] {outputs})
            : new float[outputs];
    if (weights.length == 0 || bias.length == 0) {
      return false; // not of 32 bits
    }
    int largeHeight = height + n - 1;
    int largeWidth = width + n - 1;
    weightsWritten += (long) outputs * n * n * channels * largeHeight * largeWidth;
    if (weightsWritten > MOST_WEIGHTS) {
      return false; // many convolutions may have the same weights, which the file has once
    }
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
    long[] declared = node.integers("pads");
    long[] pads = declared == null ? new long[4] : declared; // top, left, bottom, right
    String input = node.inputs().get(0);
    String output = node.outputs().get(0);
    String largeWeights =
        add(into, node, FLOAT, bytes(large), largeBias.length, channels, largeHeight, largeWidth);
    String largeBiases = add(into, node, FLOAT, bytes(largeBias), largeBias.length);
    String axes = add(into, node, INT64, bytes(2, 3), 2);
    String first = add(into, node, INT64, bytes(0, 0), 2);
    String two = add(into, node, INT64, bytes(2), 1);
    String four = add(into, node, INT64, bytes(4), 1);
    String lost =
        add(
            into,
            node,
            INT64,
            bytes(pads[0] + pads[2] + 1 - height, pads[1] + pads[3] + 1 - width),
            2);
    String blocks = unused(node);
    into.node(
        node.name(),
        "Conv",
        List.of(input, largeWeights, largeBiases),
        blocks,
        ints("kernel_shape", largeHeight, largeWidth),
        ints("strides", n, n),
        ints("pads", pads[0], pads[1], pads[2] + n - 1, pads[3] + n - 1));
    String pixels = unused(node);
    Message mode = new Message().text(1, "mode").text(4, "CRD").number(20, 3);
    Message size = new Message().text(1, "blocksize").number(3, n).number(20, 2);
    into.node(unused(node), "DepthToSpace", List.of(blocks), pixels, size, mode);
    // Where a side is no multiple of n, there is more than there was.
    String inputShape = unused(node);
    String inputSides = unused(node);
    String sides = unused(node);
    into.node(unused(node), "Shape", List.of(input), inputShape);
    into.node(unused(node), "Slice", List.of(inputShape, two, four), inputSides);
    into.node(unused(node), "Add", List.of(inputSides, lost), sides);
    into.node(unused(node), "Slice", List.of(pixels, first, sides, axes), output);
    return true;
  }

  private Tensor tensor(Node node, int input) {
    return requireNonNull(graph.tensors().get(node.inputs().get(input)));
  }

  private String unused(Node node) {
    String name = node.outputs().get(0);
    for (int i = 1; !names.add(name); i++) {
      name = node.outputs().get(0) + "/sr4j/" + i;
    }
    return name;
  }

  /** Adds a tensor to the graph and returns its name. */
  private String add(Message into, Node node, int type, byte[] values, long... shape) {
    String name = unused(node);
    Message tensor = new Message();
    for (long side : shape) {
      tensor.number(1, side);
    }
    into.message(5, tensor.number(2, type).text(8, name).bytes(9, values));
    return name;
  }

  private Message ints(String name, long... values) {
    Message attribute = new Message().text(1, name).number(20, 7);
    for (long value : values) {
      attribute.number(8, value);
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

  private String name(Part tensor) {
    String name = "";
    for (Field field : fields(tensor)) {
      if (field.number == 8) {
        name = new String(model, field.value.from, field.value.length(), StandardCharsets.UTF_8);
      }
    }
    return name;
  }

  /** Returns the values of a tensor; none if they are not 32-bit floats within the file. */
  private float[] floats(@Nullable Part tensor, long[] shape) {
    long declared = Arrays.stream(shape).reduce(1, LongMath::saturatedMultiply);
    if (declared > model.length / Float.BYTES) {
      return new float[0];
    }
    int count = (int) declared;
    float[] values = new float[count];
    int read = 0;
    boolean isFloat = false;
    for (Field field : tensor == null ? List.<Field>of() : fields(tensor)) {
      if (field.number == 2) {
        isFloat = field.bits == FLOAT;
      } else if (field.number == 4 || field.number == 9) { // one by one, packed, or raw
        ByteBuffer bytes = ByteBuffer.wrap(model, field.value.from, field.value.length());
        FloatBuffer floats = bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
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

  /** A part of the file. */
  private record Part(int from, int to) {
    int length() {
      return to - from;
    }
  }

  /**
   * A field of a message in the file.
   *
   * @param whole with its number and type
   * @param value without its length
   * @param bits what it is if it is a varint
   */
  private record Field(int number, Part whole, Part value, long bits) {}

  private List<Field> fields(Part message) {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(model, message.from, message.length());
    while (in.hasRemaining()) {
      int begin = in.position();
      long tag = varint(in);
      long bits = 0;
      int from = in.position();
      int length =
          switch ((int) tag & 7) {
            case 1 -> Long.BYTES;
            case 2 -> (int) varint(in);
            case 5 -> Integer.BYTES;
            default -> 0;
          };
      if ((tag & 7) == 0) {
        bits = varint(in);
      }
      if ((tag & 7) == 2) {
        from = in.position();
      }
      in.position(in.position() + length);
      Part whole = new Part(begin, in.position());
      fields.add(new Field((int) (tag >>> 3), whole, new Part(from, in.position()), bits));
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  /** A message being written. */
  private final class Message {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] toByteArray() {
      return out.toByteArray();
    }

    void copy(Field field) {
      out.write(model, field.whole.from, field.whole.length());
    }

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message bytes(int field, byte[] bytes) {
      varint(((long) field << 3) | 2);
      varint(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Message text(int field, String text) {
      return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message message) {
      return bytes(field, message.toByteArray());
    }

    void node(
        String name, String operator, List<String> inputs, String output, Message... attributes) {
      Message node = new Message();
      inputs.forEach(input -> node.text(1, input));
      node.text(2, output).text(3, name).text(4, operator);
      for (Message attribute : attributes) {
        node.message(5, attribute);
      }
      message(1, node);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
