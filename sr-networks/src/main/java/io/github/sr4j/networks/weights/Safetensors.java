// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.networks.graph.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file of <a href="https://github.com/huggingface/safetensors">safetensors</a>: the length of a
 * header as 8 bytes, the header, and the elements of all arrays without gaps.
 *
 * <p>The header is JSON of one form, {@code {"name": {"dtype": "F32", "shape": [3, 3],
 * "data_offsets": [0, 36]}}}, with texts under {@code __metadata__}; it is read here, so that a
 * program that runs models needs no library for JSON.
 */
final class Safetensors {

  private static final ImmutableMap<String, ElementType> TYPES = types();
  private static final String METADATA = "__metadata__";

  private final Refusal refusal;
  private final ByteBuffer content;
  private final String header;
  private final int dataStart;
  private int at; // in the header
  private final Map<String, StoredArray> arrays = new LinkedHashMap<>();
  private final List<Range> ranges = new ArrayList<>();

  private record Range(String name, long from, long to) {}

  private static ImmutableMap<String, ElementType> types() {
    ImmutableMap.Builder<String, ElementType> types = ImmutableMap.builder();
    for (ElementType type : ElementType.values()) {
      types.put(type.name(), type);
    }
    return types.buildOrThrow();
  }

  private Safetensors(Refusal refusal, ByteBuffer content) {
    this.refusal = refusal;
    this.content = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long length = this.content.getLong(0);
    if (length < 0 || length > content.limit() - Long.BYTES) {
      throw refusal.of(
          "is truncated: its header is declared to have %s bytes, but %s follow",
          length, content.limit() - Long.BYTES);
    }
    byte[] bytes = new byte[(int) length];
    content.get(Long.BYTES, bytes);
    this.header = new String(bytes, StandardCharsets.UTF_8);
    this.dataStart = Long.BYTES + bytes.length;
  }

  /** Returns whether the first bytes of a file are those of a header. */
  static boolean isHeader(ByteBuffer head) {
    return head.limit() > Long.BYTES
        && head.get(Long.BYTES) == '{'
        && head.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(0) < 1 << 30
        && head.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(0) > 0;
  }

  /** Returns the arrays by name. */
  static Map<String, StoredArray> read(Refusal refusal, ByteBuffer content) {
    Safetensors file = new Safetensors(refusal, content);
    try {
      file.readHeader();
    } catch (StringIndexOutOfBoundsException e) {
      throw file.malformed();
    }
    file.checkRanges();
    return file.arrays;
  }

  private void readHeader() {
    expect('{');
    if (!isNext('}')) {
      do {
        String name = text();
        expect(':');
        if (name.equals(METADATA)) {
          skipMetadata();
        } else {
          readArray(name);
        }
      } while (isNext(','));
      expect('}');
    }
    if (!header.substring(at).isBlank()) {
      throw malformed();
    }
  }

  private void skipMetadata() {
    expect('{');
    if (isNext('}')) {
      return;
    }
    do {
      text();
      expect(':');
      text();
    } while (isNext(','));
    expect('}');
  }

  private void readArray(String name) {
    String type = "";
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    expect('{');
    do {
      String key = text();
      expect(':');
      switch (key) {
        case "dtype" -> type = text();
        case "shape" -> shape = numbers();
        case "data_offsets" -> offsets = numbers();
        default -> throw malformed();
      }
    } while (isNext(','));
    expect('}');
    ElementType element = TYPES.get(type);
    if (element == null) {
      throw refusal.of(
          "must have arrays of %s, but %s is of %s", String.join(", ", TYPES.keySet()), name, type);
    }
    if (offsets.size() != 2) {
      throw malformed();
    }
    long from = offsets.get(0);
    long to = offsets.get(1);
    int held = content.limit() - dataStart;
    double size = element.bytes();
    for (long length : shape) {
      size *= length;
    }
    if (from > to || to > held || to - from != size) {
      throw refusal.of(
          "is truncated or damaged: %s of shape %s must have %s bytes within the %s of its data,"
              + " but has bytes %s to %s",
          name, shape, String.format(Locale.ROOT, "%.0f", size), held, from, to);
    }
    ByteBuffer storage =
        content.slice(dataStart + (int) from, (int) (to - from)).order(ByteOrder.LITTLE_ENDIAN);
    Shape lengths = Shape.of(shape.stream().mapToLong(Long::longValue).toArray());
    StoredArray array = StoredArray.contiguous(storage, element, lengths);
    if (!array.isWithinStorage()) {
      throw refusal.of("must have arrays of any sizes but %s, which %s has", lengths, name);
    }
    if (arrays.put(name, array) != null) {
      throw refusal.of("is damaged: its header names %s twice", name);
    }
    ranges.add(new Range(name, from, to));
  }

  /** Refuses arrays that share bytes, as the format does. */
  private void checkRanges() {
    ranges.sort(Comparator.comparingLong(Range::from).thenComparingLong(Range::to));
    for (int i = 1; i < ranges.size(); i++) {
      Range before = ranges.get(i - 1);
      Range range = ranges.get(i);
      if (range.from < before.to) {
        throw refusal.of(
            "is damaged: %s must have bytes of its own, but shares some with %s",
            range.name, before.name);
      }
    }
  }

  private List<Long> numbers() {
    List<Long> numbers = new ArrayList<>();
    expect('[');
    if (isNext(']')) {
      return numbers;
    }
    do {
      skipSpace();
      int from = at;
      while (header.charAt(at) >= '0' && header.charAt(at) <= '9') {
        at++;
      }
      if (at == from || at - from > 18 || numbers.size() == 64) {
        throw malformed();
      }
      numbers.add(Long.valueOf(header.substring(from, at)));
    } while (isNext(','));
    expect(']');
    return numbers;
  }

  private String text() {
    expect('"');
    StringBuilder text = new StringBuilder();
    for (char c = header.charAt(at++); c != '"'; c = header.charAt(at++)) {
      text.append(c == '\\' ? escaped() : c);
    }
    return text.toString();
  }

  private char escaped() {
    char c = header.charAt(at++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        String digits = header.substring(at, at + 4);
        at += 4;
        if (!digits.matches("[0-9a-fA-F]{4}")) {
          throw malformed();
        }
        yield (char) Integer.parseInt(digits, 16);
      }
      default -> throw malformed();
    };
  }

  private void expect(char c) {
    if (!isNext(c)) {
      throw malformed();
    }
  }

  private boolean isNext(char c) {
    skipSpace();
    boolean isNext = header.charAt(at) == c;
    if (isNext) {
      at++;
    }
    return isNext;
  }

  private void skipSpace() {
    while (" \t\r\n".indexOf(header.charAt(at)) >= 0) {
      at++;
    }
  }

  private RuntimeException malformed() {
    return refusal.of("is damaged: its header is not the JSON of safetensors, at character %s", at);
  }
}
