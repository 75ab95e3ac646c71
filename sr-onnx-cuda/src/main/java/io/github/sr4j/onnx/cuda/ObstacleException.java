// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

/** The reason why CUDA cannot be used on this machine: a sentence for the user. */
final class ObstacleException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String sentence;

  ObstacleException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  /** Returns the reason, without a final period. */
  String sentence() {
    return sentence;
  }
}
