// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.editing;

import ai.onnxruntime.platform.Fp16Conversions;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import io.github.sr4j.shared.protobuf.EncodedMessage;
import io.github.sr4j.shared.protobuf.EncodedMessage.Field;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The float16 weights of a file, each with a Cast to float32 before the layer that uses it. ONNX
 * Runtime runs such a file as it is, but the rewriting of graphs needs float32 weights.
 */
public final class HalfWeights {

  private static final int GRAPH = 7; // fields of a model and of a graph
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;

  private static final int OPERAND = 1; // fields of a node
  private static final int RESULT = 2;
  private static final int OPERATOR = 4;

  private static final int DATA_TYPE = 2; // fields of a tensor
  private static final int TENSOR_NAME = 8;
  private static final int RAW_DATA = 9;

  private static final int FLOAT = 1; // TensorProto.DataType
  private static final int FLOAT16 = 10;

  private HalfWeights() {}

  /**
   * Returns the model with float32 weights in place of the Casts. Weights that another node uses,
   * or that are not raw data, stay as they are.
   *
   * @param model a well-formed file
   */
  public static byte[] widened(byte[] model) {
    ProtobufWriter result = new ProtobufWriter();
    for (Field field : new EncodedMessage(model).fields()) {
      if (field.number() == GRAPH) {
        result.message(GRAPH, widened(field.value()));
      } else {
        field.copyTo(result);
      }
    }
    return result.toBytes();
  }

  private static ProtobufWriter widened(EncodedMessage graph) {
    Set<String> halves = new HashSet<>();
    Map<String, String> casts = new HashMap<>(); // what they return, by what they take
    Multiset<String> uses = HashMultiset.create();
    for (Field field : graph.fields()) {
      if (field.number() == INITIALIZER && isRawHalf(field.value())) {
        halves.add(field.value().text(TENSOR_NAME));
      } else if (field.number() == NODE) {
        if (field.value().text(OPERATOR).equals("Cast")) {
          casts.put(field.value().text(OPERAND), field.value().text(RESULT));
        }
        for (Field inNode : field.value().fields()) {
          if (inNode.number() == OPERAND) {
            uses.add(inNode.value().text());
          }
        }
      }
    }
    casts.keySet().removeIf(name -> !halves.contains(name) || uses.count(name) > 1);
    ProtobufWriter result = new ProtobufWriter();
    for (Field field : graph.fields()) {
      if (field.number() == INITIALIZER && casts.containsKey(field.value().text(TENSOR_NAME))) {
        String name = casts.get(field.value().text(TENSOR_NAME));
        result.message(INITIALIZER, widened(field.value(), name));
      } else if (field.number() != NODE || !casts.containsKey(field.value().text(OPERAND))) {
        field.copyTo(result);
      }
    }
    return result;
  }

  private static ProtobufWriter widened(EncodedMessage tensor, String name) {
    ProtobufWriter result = new ProtobufWriter();
    for (Field field : tensor.fields()) {
      switch (field.number()) {
        case DATA_TYPE -> result.integer(DATA_TYPE, FLOAT);
        case TENSOR_NAME -> result.text(TENSOR_NAME, name);
        case RAW_DATA -> {
          ShortBuffer halves = field.value().buffer().asShortBuffer();
          ByteBuffer floats =
              ByteBuffer.allocate(Float.BYTES * halves.remaining()).order(ByteOrder.LITTLE_ENDIAN);
          while (halves.hasRemaining()) {
            floats.putFloat(Fp16Conversions.fp16ToFloat(halves.get()));
          }
          result.bytes(RAW_DATA, floats.array());
        }
        default -> field.copyTo(result);
      }
    }
    return result;
  }

  private static boolean isRawHalf(EncodedMessage tensor) {
    boolean isHalf = false;
    boolean isRaw = false;
    for (Field field : tensor.fields()) {
      isHalf |= field.number() == DATA_TYPE && field.bits() == FLOAT16;
      isRaw |= field.number() == RAW_DATA;
    }
    return isHalf && isRaw;
  }
}
