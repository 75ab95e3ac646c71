// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import io.github.sr4j.Model.Declaration.Range;

/** The range of the samples that a network takes, and that of those it returns. */
record SampleRanges(Range input, Range output) {

  static SampleRanges of(Range both) {
    return new SampleRanges(both, both);
  }

  /** Returns the text of docs/model-format.md. */
  @Override
  public String toString() {
    return input == output ? input.toString() : input + "/" + output;
  }
}
