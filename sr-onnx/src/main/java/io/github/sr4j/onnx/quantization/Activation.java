// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.quantization;

/**
 * The unsigned 8-bit form of a tensor: a value is {@code scale * (number - zeroPoint)}.
 *
 * @param scale the value of a step, positive
 * @param zeroPoint the number that stands for 0, of 0 to 255
 */
record Activation(float scale, int zeroPoint) {

  static final int LEVELS = 255;

  /** Returns the form that reaches from one value to another, and holds 0. */
  static Activation of(double lowest, double highest) {
    double low = Math.min(0, lowest);
    double high = Math.max(0, highest);
    if (high == low) {
      return new Activation(1, 0);
    }
    double scale = (high - low) / LEVELS;
    return new Activation((float) scale, (int) Math.round(-low / scale));
  }

  /** Returns the value that stands for a value. */
  double quantized(double value) {
    double number = Math.rint(value / scale) + zeroPoint;
    return scale * (Math.max(0, Math.min(LEVELS, number)) - zeroPoint);
  }
}
