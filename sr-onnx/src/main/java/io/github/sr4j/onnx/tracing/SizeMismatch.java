// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

/** The refusal of an input's size by a node, such as one that cannot halve its sides. */
public final class SizeMismatch extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * Creates a refusal.
   *
   * @param reason the node, or what it would return
   */
  public SizeMismatch(String reason) {
    super(reason, null, false, false);
  }
}
