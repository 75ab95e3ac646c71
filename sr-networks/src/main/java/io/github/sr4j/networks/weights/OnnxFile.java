// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.SetMultimap;
import com.google.common.collect.Sets;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.shared.protobuf.ProtobufReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The initialisers of an ONNX model: the weights of its graph, by name. Numbers of its arithmetic,
 * such as the scales of an enlargement, are no weights and left out. Subgraphs are passed over.
 */
final class OnnxFile {

  // Of TensorProto.DataType.
  private static final int FLOAT = 1;
  private static final int FLOAT16 = 10;
  private static final int DOUBLE = 11;
  private static final int BFLOAT16 = 16;

  // Whose floats are sizes and bounds, and whose are summands and factors.
  private static final ImmutableSet<String> SIZING =
      ImmutableSet.of("Clip", "Pad", "Resize", "Upsample");
  private static final ImmutableSet<String> ARITHMETIC =
      ImmutableSet.of("Add", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Where");

  // PyTorch's: of a module and what it holds. Exporters name constants by numbers and paths.
  private static final Pattern NAME_OF_WEIGHTS = Pattern.compile("\\w+(\\.\\w+)+");

  private static final int MAX_RANK = 8;
  private static final int MAX_ARRAYS = 65_536;

  private final Refusal refusal;
  private final ProtobufReader reader;
  private final Map<String, StoredArray> arrays = new LinkedHashMap<>();
  private final SetMultimap<String, String> operators = HashMultimap.create(); // by their operands
  private final Map<String, String> casts = new HashMap<>(); // what they return, by what they take

  private OnnxFile(Refusal refusal, byte[] content) {
    this.refusal = refusal;
    this.reader =
        new ProtobufReader(refusal.file(), new ByteArrayInputStream(content), content.length);
  }

  /** Returns whether a content may be an ONNX model: its first field is that of the version. */
  static boolean isModel(byte[] content) {
    return content.length > 2 && content[0] == 8 && content[1] > 0 && content[1] < 100;
  }

  /**
   * Returns the arrays by name.
   *
   * @throws ModelFormatException if the file is damaged, or its arrays are not floats in the file
   */
  static Map<String, StoredArray> read(Refusal refusal, byte[] content) {
    OnnxFile file = new OnnxFile(refusal, content);
    try {
      file.readModel();
    } catch (IOException e) { // of bytes in memory
      throw new UncheckedIOException(e);
    }
    file.takeNamesOfCasts();
    file.arrays.entrySet().removeIf(entry -> file.isNumber(entry.getKey(), entry.getValue()));
    return file.arrays;
  }

  /** Renames arrays that are stored in another type to what the layers use. */
  private void takeNamesOfCasts() {
    casts.forEach(
        (stored, used) -> {
          StoredArray array = arrays.remove(stored);
          if (array != null) {
            arrays.put(used, array);
          }
        });
  }

  /** Whether an array serves no layer, but what is computed between layers. */
  private boolean isNumber(String name, StoredArray array) {
    Set<String> uses = operators.get(name);
    boolean isArithmetic = !uses.isEmpty() && ARITHMETIC.containsAll(Sets.difference(uses, SIZING));
    return isArithmetic
        && (array.shape().size() <= 1
            || SIZING.containsAll(uses)
            || !NAME_OF_WEIGHTS.matcher(name).matches());
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
      if (reader.field() == 5) {
        Initializer initializer = new Initializer();
        reader.message(() -> read(initializer));
        add(initializer);
      } else if (reader.field() == 1) {
        reader.message(this::readNode);
      } else {
        reader.skip();
      }
    }
  }

  private void readNode() throws IOException {
    List<String> operands = new ArrayList<>();
    String operator = "";
    String result = "";
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> operands.add(reader.text());
        case 2 -> result = reader.text();
        case 4 -> operator = reader.text();
        default -> reader.skip();
      }
    }
    for (String operand : operands) {
      operators.put(operand, operator);
    }
    if (operator.equals("Cast") && operands.size() == 1) {
      casts.put(operands.get(0), result);
    }
  }

  /** The fields of a TensorProto. */
  private static final class Initializer {
    private final long[] sides = new long[MAX_RANK];
    private int rank;
    private long type;
    private String name = "";
    private boolean isExternal;
    private byte @Nullable [] data; // little-endian
  }

  private void read(Initializer initializer) throws IOException {
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> reader.numbers(ProtobufReader.VARINT, side -> addSide(initializer, side));
        case 2 -> initializer.type = reader.number(ProtobufReader.VARINT);
        case 4 -> addData(initializer, reader.numbers32(0)); // float_data
        case 8 -> initializer.name = reader.text();
        case 9 -> addData(initializer, reader.content(0)); // raw_data
        case 13 -> {
          initializer.isExternal = true;
          reader.skip();
        }
        default -> reader.skip();
      }
    }
  }

  private void addSide(Initializer initializer, long side) {
    if (initializer.rank == MAX_RANK || side < 0 || side > Integer.MAX_VALUE) {
      throw refusal.of(
          "must have initialisers of at most %s sides, none negative or beyond %s, but one has"
              + " more",
          MAX_RANK, Integer.MAX_VALUE);
    }
    initializer.sides[initializer.rank] = side;
    initializer.rank++;
  }

  private void addData(Initializer initializer, byte[] data) {
    if (initializer.data != null) {
      throw refusal.of("must have the values of an initialiser in one piece, but has several");
    }
    initializer.data = data;
  }

  /** Returns 1 for the slopes of PReLU, whose sides beyond the channels are 1. */
  private static int rankWithoutSpace(Initializer initializer) {
    return initializer.rank == 3 && initializer.sides[1] == 1 && initializer.sides[2] == 1
        ? 1
        : initializer.rank;
  }

  private void add(Initializer initializer) {
    long[] sides = Arrays.copyOf(initializer.sides, rankWithoutSpace(initializer));
    ElementType type =
        switch ((int) initializer.type) {
          case FLOAT -> ElementType.F32;
          case FLOAT16 -> ElementType.F16;
          case DOUBLE -> ElementType.F64;
          case BFLOAT16 -> ElementType.BF16;
          default -> null;
        };
    if (type == null) {
      return; // sizes and axes, which are no weights
    }
    byte[] data = initializer.data == null ? new byte[0] : initializer.data;
    double bytes = type.bytes() * LongStream.of(sides).asDoubleStream().reduce(1, (a, b) -> a * b);
    if (initializer.isExternal || bytes != data.length) {
      throw refusal.of(
          "must have the values of its initialisers in the file itself, but %s of %s has %s"
              + " bytes%s",
          initializer.name,
          Arrays.toString(sides),
          data.length,
          initializer.isExternal ? ", and the rest elsewhere" : "");
    }
    ByteBuffer storage = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    if (arrays.put(initializer.name, StoredArray.contiguous(storage, type, Shape.of(sides)))
        != null) {
      throw refusal.of(
          "must have one initialiser of each name, but has two of %s", initializer.name);
    }
    if (arrays.size() > MAX_ARRAYS) {
      throw refusal.of("must have at most %s initialisers, but has more", MAX_ARRAYS);
    }
  }
}
