// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import org.jspecify.annotations.Nullable;

/** The refusal of a device that this machine does not have or cannot use. */
public final class DeviceUnavailableException extends SuperResolutionException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception with a message for the user and the failure behind it, if there is one.
   */
  public DeviceUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
