// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import io.github.sr4j.SuperResolutionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A lack of memory, which says nothing about the file that was being read or written. */
public final class MemoryShortage {

  /** The messages of libjpeg when the operating system gives it no memory. */
  private static final Pattern NATIVE =
      Pattern.compile("insufficient memory|backing store not supported", Pattern.CASE_INSENSITIVE);

  private static final int MAX_CAUSES = 64; // a chain of causes may be a ring

  private MemoryShortage() {}

  /** Returns whether a failure is a lack of memory, also where a reader or writer wrapped it. */
  public static boolean isCauseOf(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError || isNative(cause.getMessage())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNative(@Nullable String message) {
    return message != null && NATIVE.matcher(message).find();
  }

  /**
   * Returns the failure of decoding or encoding a file, which only more memory helps.
   *
   * @param file a path, or what else has a name as its text
   */
  public static SuperResolutionException of(Object file, String task, Throwable cause) {
    return exception(file, task, "allow", cause);
  }

  /**
   * Returns the failure of enlarging a file, which smaller tiles may help as well.
   *
   * @param file a path, or what else has a name as its text
   */
  public static SuperResolutionException ofEnlarging(Object file, Throwable cause) {
    return exception(file, "enlarge it", "use smaller tiles or allow", cause);
  }

  private static SuperResolutionException exception(
      Object file, String task, String advice, Throwable cause) {
    return new SuperResolutionException(
        String.format(
            "%s: not enough memory to %s; %s Java more than its %s MB with -Xmx",
            file, task, advice, Runtime.getRuntime().maxMemory() >> 20),
        cause);
  }
}
