// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in the wire format of <a
 * href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers</a>, written field by
 * field.
 *
 * <p>Long contents, such as weights, are kept where they are until the message is complete: whoever
 * hands them over must not write to them again.
 */
public final class ProtobufWriter {

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private static final int LONG = 1 << 12; // bytes that are not copied

  /** A part of an array. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
  private record Part(byte[] array, int from, int length) {}

  private final List<Part> parts = new ArrayList<>(); // before the bytes
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int partsLength;

  /** Adds an integer. */
  public ProtobufWriter integer(int field, long value) {
    varint((long) field << 3 | VARINT);
    varint(value);
    return this;
  }

  /** Adds a float. */
  public ProtobufWriter number(int field, float value) {
    varint((long) field << 3 | FIXED32);
    byte[] content =
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
    bytes.write(content, 0, content.length);
    return this;
  }

  /** Adds a float of 64 bits. */
  public ProtobufWriter float64(int field, double value) {
    varint((long) field << 3 | FIXED64);
    byte[] content =
        ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array();
    bytes.write(content, 0, content.length);
    return this;
  }

  /** Adds a text. */
  public ProtobufWriter text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a message, as it is now. */
  public ProtobufWriter message(int field, ProtobufWriter message) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    varint(message.length());
    for (Part part : message.parts) {
      encoded(part.array, part.from, part.length);
    }
    byte[] rest = message.bytes.toByteArray();
    return encoded(rest, 0, rest.length);
  }

  /** Adds bytes. */
  public ProtobufWriter bytes(int field, byte[] content) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    varint(content.length);
    return encoded(content, 0, content.length);
  }

  /** Adds a list of integers, packed. */
  public ProtobufWriter integers(int field, long... values) {
    ProtobufWriter packed = new ProtobufWriter();
    for (long value : values) {
      packed.varint(value);
    }
    return message(field, packed);
  }

  /** Adds fields that are encoded already, with their numbers. */
  public ProtobufWriter encoded(byte[] content, int from, int length) {
    if (length < LONG) {
      bytes.write(content, from, length);
      return this;
    }
    byte[] before = bytes.toByteArray();
    bytes.reset();
    parts.add(new Part(before, 0, before.length));
    parts.add(new Part(content, from, length));
    partsLength = Math.addExact(partsLength, Math.addExact(before.length, length));
    return this;
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  private int length() {
    return Math.addExact(partsLength, bytes.size());
  }

  /** Returns the message. */
  public byte[] toBytes() {
    ByteBuffer message = ByteBuffer.allocate(length());
    for (Part part : parts) {
      message.put(part.array, part.from, part.length);
    }
    return message.put(bytes.toByteArray()).array();
  }
}
