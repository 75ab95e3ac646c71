// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import java.util.Arrays;
import java.util.Optional;

/** The values that stand for black and white in a network's samples. */
enum SampleRange {
  ONE("1", 1, 0),
  BYTE("255", 255, 0),
  SIGNED("-1..1", 2, -1);

  private final String text;
  final float factor; // a sample in [0, 1] becomes sample * factor + constant
  final float constant;

  SampleRange(String text, float factor, float constant) {
    this.text = text;
    this.factor = factor;
    this.constant = constant;
  }

  static Optional<SampleRange> parse(String text) {
    return Arrays.stream(values()).filter(range -> range.text.equals(text)).findFirst();
  }

  @Override
  public String toString() {
    return text;
  }
}
