// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.images;

import io.github.sr4j.shared.util.HalfFloat;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;

/**
 * The storage of a sample: its encoding and its number of bits.
 *
 * @param bits up to 64; for floating-point numbers 16, 24, 32 or 64
 */
public record SampleKind(Encoding encoding, int bits) {

  /** A kind of numbers. */
  public enum Encoding {
    /** Whole numbers from 0. */
    UNSIGNED,
    /** Whole numbers in two's complement. */
    SIGNED,
    /** Floating-point numbers of IEEE 754, and those of 24 bits. */
    FLOAT
  }

  private static final double MAX_HALF = 65504;

  /** Returns the kind of the samples of a colour model's images. */
  public static SampleKind of(ColorModel model) {
    int bits = model.getComponentSize(0);
    if (!(model instanceof ComponentColorModel)) {
      return new SampleKind(Encoding.UNSIGNED, bits);
    }
    return switch (model.getTransferType()) {
      case DataBuffer.TYPE_SHORT -> new SampleKind(Encoding.SIGNED, 16);
      case DataBuffer.TYPE_FLOAT -> new SampleKind(Encoding.FLOAT, 32);
      case DataBuffer.TYPE_DOUBLE -> new SampleKind(Encoding.FLOAT, 64);
      default -> new SampleKind(Encoding.UNSIGNED, bits);
    };
  }

  /** Returns the type of AWT's rasters that holds all values, but for those beyond 53 bits. */
  public int transferType() {
    return switch (encoding) {
      case UNSIGNED ->
          bits <= 8
              ? DataBuffer.TYPE_BYTE
              : bits <= 16
                  ? DataBuffer.TYPE_USHORT
                  : bits <= 32 ? DataBuffer.TYPE_INT : DataBuffer.TYPE_DOUBLE;
      case SIGNED -> bits <= 16 ? DataBuffer.TYPE_SHORT : DataBuffer.TYPE_DOUBLE;
      case FLOAT -> bits <= 32 ? DataBuffer.TYPE_FLOAT : DataBuffer.TYPE_DOUBLE;
    };
  }

  /** Returns the kind in which samples of this one are written: of whole bytes. */
  public SampleKind written() {
    int bytes = bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64;
    return new SampleKind(encoding, bytes);
  }

  /** Returns whether samples are whole numbers. */
  public boolean isWhole() {
    return encoding != Encoding.FLOAT;
  }

  /** Returns the least value. */
  public double least() {
    return switch (encoding) {
      case UNSIGNED -> 0;
      case SIGNED -> -Math.scalb(1.0, bits - 1);
      case FLOAT -> -most();
    };
  }

  /** Returns the maximum value that is finite. */
  public double most() {
    return switch (encoding) {
      case UNSIGNED -> Math.scalb(1.0, bits) - 1;
      case SIGNED -> Math.scalb(1.0, bits - 1) - 1;
      case FLOAT -> bits == 16 ? MAX_HALF : bits <= 32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    };
  }

  /** Returns the stored number that is nearest to a finite value: rounded half up, and clamped. */
  public double nearest(double value) {
    double clamped = Math.max(least(), Math.min(most(), value));
    return switch (encoding) {
      case UNSIGNED, SIGNED -> Math.floor(clamped + 0.5);
      case FLOAT ->
          bits == 16
              ? HalfFloat.toFloat(HalfFloat.of((float) clamped))
              : bits <= 32 ? (float) clamped : clamped;
    };
  }

  /** Returns the stored number next to one, towards another. */
  public double next(double stored, double towards) {
    if (isWhole()) {
      return stored + Math.signum(towards - stored);
    }
    if (bits == 16) {
      double step = Math.max(Math.scalb(1.0, -24), Math.scalb(1.0, Math.getExponent(stored) - 10));
      return nearest(stored + Math.copySign(step, towards - stored));
    }
    return bits <= 32 ? Math.nextAfter((float) stored, towards) : Math.nextAfter(stored, towards);
  }
}
