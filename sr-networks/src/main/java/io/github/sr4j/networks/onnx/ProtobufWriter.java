// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A message in the wire format of <a
 * href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers</a>, written field by
 * field. By hand, so that hosts are free to have any version of the library.
 */
public final class ProtobufWriter {

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

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

  /** Adds a text. */
  public ProtobufWriter text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a message. */
  public ProtobufWriter message(int field, ProtobufWriter message) {
    return bytes(field, message.toBytes());
  }

  /** Adds bytes. */
  public ProtobufWriter bytes(int field, byte[] content) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    varint(content.length);
    bytes.write(content, 0, content.length);
    return this;
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
    bytes.write(content, from, length);
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

  /** Returns the message. */
  public byte[] toBytes() {
    return bytes.toByteArray();
  }
}
