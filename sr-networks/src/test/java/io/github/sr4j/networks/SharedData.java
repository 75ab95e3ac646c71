// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Published images and weights, which this repository must not contain: in the folder that the
 * system property {@code sr4j.data} names, or in {@code shared/data} beside the repository.
 */
public final class SharedData {

  private SharedData() {}

  /** Returns a file or folder of the data; skips the test where there is no data. */
  public static Path path(String name) {
    Path data = folder();
    if (!Files.exists(data.resolve(name))) {
      throw new IllegalStateException("there is no " + name + " in " + data);
    }
    return data.resolve(name);
  }

  private static Path folder() {
    String property = System.getProperty("sr4j.data");
    if (property != null) {
      return Path.of(property);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("shared/data"))) {
        return at.resolve("shared/data");
      }
    }
    return abort("no folder shared/data beside the repository, and no -Dsr4j.data");
  }
}
