// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import org.jspecify.annotations.Nullable;

/** The refusal of a model: the file is damaged, or is not a network that can be run or trained. */
public final class ModelFormatException extends SuperResolutionException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception with a message for the user and the failure behind it, if there is one.
   */
  public ModelFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
