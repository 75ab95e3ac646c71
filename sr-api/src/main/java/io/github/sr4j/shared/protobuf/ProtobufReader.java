// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.protobuf;

import io.github.sr4j.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A reader of protobuf's wire format that trusts nothing it reads: every length is checked against
 * the message around it, nesting is limited, and so is the number of things that are kept, so that
 * a damaged or hostile file costs no more memory than an honest one.
 *
 * <p>Written by hand because a hundred lines read all that is needed, while a library of generated
 * classes would copy every weight and clash with the protobuf of the host. See <a
 * href="https://protobuf.dev/programming-guides/encoding/">Encoding</a>. Not thread-safe.
 */
public final class ProtobufReader {

  /** A number of one to ten bytes. */
  public static final int VARINT = 0;

  /** Eight bytes. */
  public static final int FIXED64 = 1;

  /** Four bytes. */
  public static final int FIXED32 = 5;

  private static final int BYTES = 2;

  private static final int DEEPEST = 32;
  private static final int MAX_TEXT_LENGTH = 1 << 16;
  // The largest networks in use have some ten thousand nodes, of about twenty things each.
  private static final int MAX_KEPT = 2_000_000;

  /** Reads the fields of one message. */
  public interface Fields {
    /** Reads them, up to the end of the message. */
    void read() throws IOException;
  }

  private final String name;
  private final InputStream in;
  private long position;
  private long limit; // end of the message being read
  private int depth;
  private int kept;
  private int field;
  private int wireType;

  /**
   * Prepares to read a message.
   *
   * @param name what messages call the file
   * @param in the bytes; should be buffered
   * @param size the number of bytes
   */
  public ProtobufReader(String name, InputStream in, long size) {
    this.name = name;
    this.in = in;
    this.limit = size;
  }

  /** Goes to the next field of the message; returns false at its end. */
  public boolean next() throws IOException {
    if (position == limit) {
      return false;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (field == 0 || tag >>> 32 != 0) {
      throw damaged("a field has the number " + (tag >>> 3));
    }
    return true;
  }

  /** Returns the number of the field. */
  public int field() {
    return field;
  }

  /** Reads a field that is a message. */
  public void message(Fields fields) throws IOException {
    long length = length();
    long end = position + length;
    if (++depth > DEEPEST) {
      throw damaged("messages are nested more than " + DEEPEST + " deep");
    }
    long outer = limit;
    limit = end;
    fields.read();
    limit = outer;
    depth--;
  }

  /** Reads a field that is a number, or a packed list of numbers; a list too long is skipped. */
  public void numbers(int expectedType, Numbers numbers) throws IOException {
    if (wireType != BYTES) {
      numbers.accept(number(expectedType));
      return;
    }
    long length = length();
    if (length > MAX_TEXT_LENGTH) {
      skip(length);
      return;
    }
    long end = position + length;
    long outer = limit;
    limit = end;
    wireType = expectedType;
    while (position < end) {
      numbers.accept(number(expectedType));
    }
    limit = outer;
  }

  /** Takes the bits of numbers. */
  public interface Numbers {
    /** Takes the bits of one number. */
    void accept(long bits);
  }

  /** Reads a field that is a number, and returns its bits. */
  public long number(int expectedType) throws IOException {
    expect(expectedType);
    return switch (expectedType) {
      case VARINT -> varint();
      case FIXED64 -> fixed(Long.BYTES);
      default -> fixed(Integer.BYTES);
    };
  }

  /** Reads a field that is a text. */
  public String text() throws IOException {
    long length = length();
    if (length > MAX_TEXT_LENGTH) {
      throw damaged("a name has " + length + " bytes");
    }
    keep(1 + length / 64);
    return new String(bytes((int) length), StandardCharsets.UTF_8);
  }

  /** Reads a field that is bytes, if it has at most so many; otherwise skips it. */
  public byte[] bytesUpTo(int most) throws IOException {
    long length = length();
    if (length > most) {
      skip(length);
      return new byte[0];
    }
    keep(1 + length / 64);
    return bytes((int) length);
  }

  /**
   * Reads a field that is bytes, of any length.
   *
   * @param held the number of bytes that are already held for the same purpose
   * @throws ModelFormatException if there is not enough memory for both
   */
  public byte[] content(long held) throws IOException {
    long length = length();
    checkMemory(held + length);
    return bytes((int) length);
  }

  /**
   * Reads a field of a list of numbers of four bytes, little-endian: a packed piece of the list, or
   * one number.
   *
   * @param held the number of bytes of the list that are already held
   * @throws ModelFormatException if there is not enough memory for both
   */
  public byte[] numbers32(long held) throws IOException {
    if (wireType != FIXED32) {
      return content(held);
    }
    checkMemory(held + Integer.BYTES);
    if (limit - position < Integer.BYTES) {
      throw damaged("it ends inside a field");
    }
    return bytes(Integer.BYTES);
  }

  private void checkMemory(long length) {
    long max = Runtime.getRuntime().maxMemory() / 3; // bytes, and from them floats
    if (length > Math.min(max, Integer.MAX_VALUE - 64)) {
      throw damaged(length + " bytes of weights, where Java may use " + max);
    }
  }

  /** Passes over the field. */
  public void skip() throws IOException {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> skip(Long.BYTES);
      case BYTES -> skip(length());
      case FIXED32 -> skip(Integer.BYTES);
      default -> throw damaged("a field is of the unknown kind " + wireType);
    }
  }

  /**
   * Counts things that stay in memory.
   *
   * @throws ModelFormatException if they have become too many
   */
  public void keep(long count) {
    kept += (int) Math.min(count, MAX_KEPT);
    if (kept > MAX_KEPT) {
      throw new ModelFormatException(
          String.format(
              "%s: is too complex: its graph has more than %s names, numbers and nodes",
              name, MAX_KEPT),
          null);
    }
  }

  /** Returns the refusal of the file. */
  public ModelFormatException damaged(String reason) {
    return new ModelFormatException(
        String.format(
            "%s: is damaged or not an ONNX model: %s, before byte %s", name, reason, position),
        null);
  }

  private void expect(int type) {
    if (wireType != type) {
      throw damaged(
          String.format("field %s is of the kind %s instead of %s", field, wireType, type));
    }
  }

  private long length() throws IOException {
    expect(BYTES);
    long length = varint();
    if (length < 0 || length > limit - position) {
      throw damaged(
          String.format(
              "field %s is %s bytes long where %s are left",
              field, Long.toUnsignedString(length), limit - position));
    }
    return length;
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = octet();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw damaged("a number has more than ten bytes");
  }

  private long fixed(int octets) throws IOException {
    long value = 0;
    for (int i = 0; i < octets; i++) {
      value |= (long) octet() << (8 * i);
    }
    return value;
  }

  private int octet() throws IOException {
    if (position >= limit) {
      throw damaged("it ends inside a field");
    }
    int next = in.read();
    if (next < 0) {
      throw damaged("it ends inside a field");
    }
    position++;
    return next;
  }

  private byte[] bytes(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    position += bytes.length;
    if (bytes.length < length) {
      throw damaged("it ends inside a field");
    }
    return bytes;
  }

  private void skip(long length) throws IOException {
    if (length > limit - position) {
      throw damaged("it ends inside a field");
    }
    long left = length;
    while (left > 0) {
      long skipped = in.skip(left);
      if (skipped <= 0) {
        if (in.read() < 0) {
          throw damaged("it ends inside a field");
        }
        skipped = 1;
      }
      left -= skipped;
      position += skipped;
    }
  }
}
