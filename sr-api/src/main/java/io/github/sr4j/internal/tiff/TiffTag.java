// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The values of a TIFF tag, in a little-endian file's order of bytes. */
public final class TiffTag {

  private static final int DOUBLE = 12;

  private final int type;
  private final long count;
  private final byte[] bytes;

  TiffTag(int type, long count, byte[] bytes) {
    this.type = type;
    this.count = count;
    this.bytes = bytes.clone();
  }

  static TiffTag ofDoubles(double[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return new TiffTag(DOUBLE, values.length, bytes.array());
  }

  /** Returns the type of the values, by its number. */
  public int type() {
    return type;
  }

  /** Returns the number of values. */
  public long count() {
    return count;
  }

  /** Returns the bytes of the values. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Returns the values, none if they are of another type. */
  double[] doubles() {
    if (type != DOUBLE) {
      return new double[0];
    }
    DoubleBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
    double[] values = new double[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /** Returns the values as unsigned numbers of 16 bits. */
  int[] shorts() {
    int[] values = new int[bytes.length / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (bytes[2 * i] & 0xff) | (bytes[2 * i + 1] & 0xff) << 8;
    }
    return values;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TiffTag tag && type == tag.type && Arrays.equals(bytes, tag.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * type + Arrays.hashCode(bytes);
  }
}
