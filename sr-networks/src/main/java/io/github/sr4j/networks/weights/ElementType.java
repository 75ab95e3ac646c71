// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import io.github.sr4j.shared.util.HalfFloat;
import java.nio.ByteBuffer;

/** The type of the elements of a stored array, by the name that safetensors has for it. */
enum ElementType {
  F32(4),
  F16(2),
  BF16(2),
  F64(8),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the size of an element. */
  int bytes() {
    return bytes;
  }

  /** Returns the element at a byte, as the nearest float. */
  float read(ByteBuffer buffer, int at) {
    return switch (this) {
      case F32 -> buffer.getFloat(at);
      case F16 -> HalfFloat.toFloat(buffer.getShort(at));
      case BF16 -> Float.intBitsToFloat(buffer.getShort(at) << 16);
      case F64 -> (float) buffer.getDouble(at);
      case I64 -> buffer.getLong(at);
      case I32 -> buffer.getInt(at);
      case I16 -> buffer.getShort(at);
      case I8 -> buffer.get(at);
      case U8 -> Byte.toUnsignedInt(buffer.get(at));
      case BOOL -> buffer.get(at) == 0 ? 0 : 1;
    };
  }
}
