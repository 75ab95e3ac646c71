// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import java.util.Optional;

/** The range of the samples that a network takes, and that of those it returns. */
record SampleRanges(SampleRange input, SampleRange output) {

  static SampleRanges of(SampleRange both) {
    return new SampleRanges(both, both);
  }

  /** Reads one range, or two with a slash between them, that of the input first. */
  static Optional<SampleRanges> parse(String text) {
    int slash = text.indexOf('/');
    Optional<SampleRange> input = SampleRange.parse(slash < 0 ? text : text.substring(0, slash));
    Optional<SampleRange> output = SampleRange.parse(text.substring(slash + 1));
    return input.isPresent() && output.isPresent()
        ? Optional.of(new SampleRanges(input.get(), output.get()))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return input == output ? input.toString() : input + "/" + output;
  }
}
