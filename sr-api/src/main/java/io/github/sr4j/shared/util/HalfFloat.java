// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

/** Floating-point numbers of 16 bits (IEEE 754 binary16), which Java has since version 20. */
public final class HalfFloat {

  private static final int BIAS = 15;

  private HalfFloat() {}

  /** Returns the value of the 16 bits of a half float. */
  public static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f80_0000 | fraction << 13);
    }
    float magnitude =
        exponent == 0
            ? Math.scalb((float) fraction, -24)
            : Math.scalb((float) (fraction | 0x400), exponent - 25);
    return sign == 0 ? magnitude : -magnitude;
  }

  /** Rounds to the nearest number, to the even one of two. */
  public static short of(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 65520) { // half a step beyond the largest
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.max(Math.getExponent(magnitude), 1 - BIAS);
    int steps = (int) Math.rint(Math.scalb((double) magnitude, 10 - exponent));
    // A carry into the next exponent is the sum's own.
    return (short) (sign | (((exponent + BIAS - 1) << 10) + steps));
  }
}
