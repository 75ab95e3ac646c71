// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

/** The reason, in one sentence for the user, why WebGPU cannot be used. */
final class ObstacleException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String sentence;

  ObstacleException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  String sentence() {
    return sentence;
  }
}
