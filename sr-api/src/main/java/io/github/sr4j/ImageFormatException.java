// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import org.jspecify.annotations.Nullable;

/**
 * The refusal of an image: it cannot be read, or its pixels are of a kind that is not supported.
 */
public final class ImageFormatException extends SuperResolutionException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception with a message for the user and the failure behind it, if there is one.
   */
  public ImageFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
