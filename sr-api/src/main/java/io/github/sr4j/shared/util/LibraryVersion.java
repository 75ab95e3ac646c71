// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import io.github.sr4j.BackendNotFoundException;
import java.security.CodeSource;
import java.util.Arrays;

/**
 * The check of the versions of other libraries, of which the class path of a program may have older
 * ones than SR4J was built with: a sentence in place of a {@code NoSuchMethodError}. Uses no other
 * library itself.
 */
public final class LibraryVersion {

  private LibraryVersion() {}

  /**
   * Requires a method that a library has since a version.
   *
   * @param library the name of the library, for the message
   * @param version the version, for the message
   * @throws BackendNotFoundException if the library is older
   */
  public static void require(
      String library, String version, Class<?> type, String method, Class<?>... parameters) {
    boolean isThere =
        Arrays.stream(type.getMethods())
            .anyMatch(
                each ->
                    each.getName().equals(method)
                        && Arrays.equals(each.getParameterTypes(), parameters));
    if (!isThere) {
      throw new BackendNotFoundException(
          String.format(
              "%s must be of version %s or newer, but the class path has %s",
              library, version, nameOfJar(type)),
          null);
    }
  }

  private static String nameOfJar(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      return "an older one";
    }
    String path = source.getLocation().getPath().replaceAll("[!/]+$", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
