// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import io.github.sr4j.ModelFormatException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;

/**
 * VGG in an ONNX model. Its nodes are in order, which names the layers: {@code conv3_1} is the
 * first convolution behind the second maximum, whatever the model calls it.
 */
final class OnnxWeights {

  private OnnxWeights() {}

  /**
   * Returns the arrays by the names of the literature.
   *
   * @throws ModelFormatException if the file is no ONNX model or has no convolution with weights of
   *     its own
   */
  static Map<String, Npz.Array> read(Path file) throws IOException {
    GraphProto graph = graph(file);
    Map<String, TensorProto> tensors = new HashMap<>();
    graph.getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
    Map<String, Npz.Array> arrays = new LinkedHashMap<>();
    int block = 1;
    int inBlock = 0;
    for (NodeProto node : graph.getNodeList()) {
      switch (node.getOpType()) {
        case "Constant" -> constant(node, tensors);
        case "MaxPool" -> {
          block++;
          inBlock = 0;
        }
        case "Conv" -> {
          inBlock++;
          String layer = "conv" + block + "_" + inBlock;
          put(file, layer + ".weight", node, 1, tensors, arrays);
          put(file, layer + ".bias", node, 2, tensors, arrays);
        }
        default -> {
          // Has no weights that are wanted.
        }
      }
    }
    if (arrays.isEmpty()) {
      throw new ModelFormatException(
          String.format("%s: must have convolutions with weights, but has none", file), null);
    }
    return arrays;
  }

  private static GraphProto graph(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return ModelProto.parseFrom(in).getGraph();
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          String.format(
              "%s: must be an ONNX model, but is damaged or something else (%s)",
              file, e.getMessage()),
          e);
    }
  }

  private static void constant(NodeProto node, Map<String, TensorProto> tensors) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals("value")) {
        tensors.put(node.getOutput(0), attribute.getT());
      }
    }
  }

  /** Takes an input of a node, if it is a constant one. */
  private static void put(
      Path file,
      String name,
      NodeProto node,
      int input,
      Map<String, TensorProto> tensors,
      Map<String, Npz.Array> arrays) {
    TensorProto tensor = node.getInputCount() > input ? tensors.get(node.getInput(input)) : null;
    if (tensor != null) {
      arrays.put(name, array(file, tensor));
    }
  }

  private static Npz.Array array(Path file, TensorProto tensor) {
    long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    long length = 1;
    for (long side : shape) {
      boolean fits = side >= 0 && (side == 0 || length <= Integer.MAX_VALUE / side);
      length = fits ? length * side : Long.MAX_VALUE / 4; // more than any file holds
    }
    boolean isRaw = !tensor.getRawData().isEmpty();
    double held = isRaw ? tensor.getRawData().size() / 4.0 : tensor.getFloatDataCount();
    if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber() || held != length) {
      throw new ModelFormatException(
          String.format(
              "%s: weights must be 32-bit floats in the file itself, but \"%s\" has the type %s and"
                  + " %s of the values of its shape %s",
              file,
              Names.shortened(tensor.getName()),
              TensorProto.DataType.forNumber(tensor.getDataType()),
              (long) held,
              Names.shortened(Arrays.toString(shape))),
          null);
    }
    float[] samples = new float[(int) length];
    if (isRaw) {
      ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer();
      bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(samples);
    } else {
      for (int i = 0; i < length; i++) {
        samples[i] = tensor.getFloatData(i);
      }
    }
    return new Npz.Array(shape, samples);
  }
}
