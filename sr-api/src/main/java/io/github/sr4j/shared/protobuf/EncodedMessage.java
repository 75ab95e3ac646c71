// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.protobuf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in the wire format of protobuf, or another part of a file that is known to be
 * well-formed.
 */
public final class EncodedMessage {

  private static final int VARINT = 0; // types of fields
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final byte[] file;
  private final int from;
  private final int to;

  /** Takes the content of a file, which is not copied. */
  public EncodedMessage(byte[] file) {
    this(file, 0, file.length);
  }

  private EncodedMessage(byte[] file, int from, int to) {
    this.file = file;
    this.from = from;
    this.to = to;
  }

  /**
   * A field of a message.
   *
   * @param whole with its number and type
   * @param value without its length
   * @param bits its value if it is a varint
   */
  public record Field(int number, EncodedMessage whole, EncodedMessage value, long bits) {

    /** Copies the field to a message. */
    public void copyTo(ProtobufWriter out) {
      out.encoded(whole.file, whole.from, whole.to - whole.from);
    }
  }

  /** Returns the fields, in their order. */
  public List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = buffer();
    while (in.hasRemaining()) {
      int begin = in.position();
      long tag = varint(in);
      int type = (int) tag & 7;
      long bits = type == VARINT ? varint(in) : 0;
      int length =
          switch (type) {
            case FIXED64 -> Long.BYTES;
            case LENGTH_DELIMITED -> (int) varint(in);
            case FIXED32 -> Integer.BYTES;
            default -> 0;
          };
      int start = in.position();
      in.position(start + length);
      EncodedMessage whole = new EncodedMessage(file, begin, in.position());
      EncodedMessage value = new EncodedMessage(file, start, in.position());
      fields.add(new Field((int) (tag >>> 3), whole, value, bits));
    }
    return fields;
  }

  /** Returns the bytes, which are not copied. */
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(file, from, to - from).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns the bytes as a text. */
  public String text() {
    return new String(file, from, to - from, StandardCharsets.UTF_8);
  }

  /** Returns the text of a field, the last of its number; empty if there is none. */
  public String text(int number) {
    String text = "";
    for (Field field : fields()) {
      if (field.number() == number) {
        text = field.value().text();
      }
    }
    return text;
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
}
