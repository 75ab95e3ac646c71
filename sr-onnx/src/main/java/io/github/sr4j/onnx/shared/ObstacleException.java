// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

/** The reason, in one sentence for the user, why a device cannot be used on this machine. */
public final class ObstacleException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String sentence;

  /**
   * Creates it.
   *
   * @param sentence the reason, without a final period
   */
  public ObstacleException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  /** Returns the reason, without a final period. */
  public String sentence() {
    return sentence;
  }
}
