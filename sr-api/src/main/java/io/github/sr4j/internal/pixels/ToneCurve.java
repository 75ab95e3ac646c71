// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * The tone reproduction curve of a colour profile: from a component in {@code [0, 1]} to what is
 * proportional to light.
 *
 * <p>ICC.1:2022, <i>Image technology colour management</i>, 10.6 (curveType) and 10.18
 * (parametricCurveType). AWT knows the former only.
 */
final class ToneCurve {

  private static final int CURVE = 0x63757276; // "curv"
  private static final int PARAMETRIC = 0x70617261; // "para"
  private static final int[] PARAMETERS = {1, 3, 4, 5, 7}; // of each type of parametric curve

  private final DoubleUnaryOperator function;

  private ToneCurve(DoubleUnaryOperator function) {
    this.function = function;
  }

  /**
   * Reads the data of a tag.
   *
   * @throws IllegalArgumentException if it is not a curve
   */
  static ToneCurve of(byte[] tag) {
    ByteBuffer data = ByteBuffer.wrap(tag);
    try {
      int type = data.getInt();
      data.getInt(); // reserved
      if (type == CURVE) {
        return new ToneCurve(curve(data));
      }
      if (type == PARAMETRIC) {
        return new ToneCurve(parametric(data));
      }
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "a tone curve must be of type curv or para, but was %08x", type));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          String.format("a tone curve is cut off after %s bytes", tag.length), e);
    }
  }

  /** Returns the entries of a curve that is a table; empty for a curve of another kind. */
  static Optional<double[]> table(byte[] tag) {
    ByteBuffer data = ByteBuffer.wrap(tag);
    if (tag.length < 12 || data.getInt(0) != CURVE) {
      return Optional.empty();
    }
    int count = data.getInt(8);
    if (count < 2 || count > (tag.length - 12) / 2) {
      return Optional.empty();
    }
    double[] table = new double[count];
    for (int i = 0; i < count; i++) {
      table[i] = (data.getShort(12 + 2 * i) & 0xffff) / 65535.0;
    }
    return Optional.of(table);
  }

  double at(double x) {
    return function.applyAsDouble(x);
  }

  private static DoubleUnaryOperator curve(ByteBuffer data) {
    int count = data.getInt();
    if (count == 0) {
      return x -> x;
    }
    if (count == 1) {
      double gamma = (data.getShort() & 0xffff) / 256.0; // u8Fixed8
      return x -> Math.pow(x, gamma);
    }
    if (count < 0 || count > data.remaining() / 2) {
      throw new BufferUnderflowException();
    }
    double[] table = new double[count];
    for (int i = 0; i < count; i++) {
      table[i] = (data.getShort() & 0xffff) / 65535.0;
    }
    return x -> {
      double position = x * (count - 1);
      int step = Math.min((int) position, count - 2);
      return table[step] + (position - step) * (table[step + 1] - table[step]);
    };
  }

  private static DoubleUnaryOperator parametric(ByteBuffer data) {
    int type = data.getShort();
    data.getShort(); // reserved
    if (type < 0 || type >= PARAMETERS.length) {
      throw new IllegalArgumentException(
          String.format("a parametric curve must be of type 0 to 4, but was %s", type));
    }
    double[] p = new double[7]; // g a b c d e f
    for (int i = 0; i < PARAMETERS[type]; i++) {
      p[i] = data.getInt() / 65536.0; // s15Fixed16
    }
    double g = p[0];
    return switch (type) {
      case 0 -> x -> Math.pow(x, g);
      case 1 -> x -> x >= -p[2] / p[1] ? Math.pow(p[1] * x + p[2], g) : 0;
      case 2 -> x -> x >= -p[2] / p[1] ? Math.pow(p[1] * x + p[2], g) + p[3] : p[3];
      default -> x -> x >= p[4] ? Math.pow(p[1] * x + p[2], g) + p[5] : p[3] * x + p[6];
    };
  }
}
