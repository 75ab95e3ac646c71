// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

/** The reason why the receptive field of a graph is not finite, or not known. */
public final class Untraceable extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean isGlobal;

  private Untraceable(boolean isGlobal, String reason) {
    super(reason, null, false, false);
    this.isGlobal = isGlobal;
  }

  /** Returns that an operator looks at the whole image. */
  public static Untraceable global(String operator) {
    return new Untraceable(true, operator);
  }

  /** Returns that it is not known how far an operator looks. */
  public static Untraceable unknown(String reason) {
    return new Untraceable(false, reason);
  }

  /** Returns whether the receptive field is known not to be finite. */
  public boolean isGlobal() {
    return isGlobal;
  }

  /** Returns the operator, or the reason in words. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
