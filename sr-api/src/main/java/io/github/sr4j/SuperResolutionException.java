// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import org.jspecify.annotations.Nullable;

/**
 * The failure of an operation of this library that is not the caller's programming error.
 *
 * <p>The subclasses say who has to act: {@link ModelFormatException} the file, {@link
 * DeviceUnavailableException} the machine, {@link BackendNotFoundException} the class path, {@link
 * ImageFormatException} the image. An instance of this class itself is a failure inside a backend,
 * or a lack of memory for a file, of which the cause is then an {@link OutOfMemoryError} or the
 * failure that it was wrapped into.
 */
public class SuperResolutionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception with a message for the user and the failure behind it, if there is one.
   */
  public SuperResolutionException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
