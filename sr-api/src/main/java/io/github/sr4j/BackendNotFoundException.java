// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import org.jspecify.annotations.Nullable;

/** The absence, from the class path, of the backend that an operation needs. */
public final class BackendNotFoundException extends SuperResolutionException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception with a message for the user and the failure behind it, if there is one.
   */
  public BackendNotFoundException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
