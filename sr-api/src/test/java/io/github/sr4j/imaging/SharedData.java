// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Published images, which this repository must not contain: in the folder that the system property
 * {@code sr4j.data} names, or in {@code shared/data} beside the repository.
 */
public final class SharedData {

  private SharedData() {}

  /** Returns the folder; skips the test where there is none. */
  public static Path folder(String name) {
    String property = System.getProperty("sr4j.data");
    if (property != null) {
      return existing(Path.of(property).resolve(name));
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/data").resolve(name);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    return abort("no folder shared/data/" + name + " beside the repository and no -Dsr4j.data");
  }

  private static Path existing(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalStateException("-Dsr4j.data: there is no folder " + folder);
    }
    return folder;
  }
}
