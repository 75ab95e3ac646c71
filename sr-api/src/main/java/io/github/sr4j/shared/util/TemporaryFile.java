// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file in the system's folder for temporary files, which only the owner of the process may read.
 * It is deleted when it is closed, and by {@link AtomicFile#deleteTemporaries}.
 */
public final class TemporaryFile implements AutoCloseable {

  /** The files that are not closed. */
  static final Set<Path> ALL = ConcurrentHashMap.newKeySet();

  private final Path path;

  private TemporaryFile(Path path) {
    this.path = path;
  }

  /** Creates an empty file. */
  public static TemporaryFile create() throws IOException {
    return create("");
  }

  /**
   * Creates an empty file.
   *
   * @param extension of its name with the dot; may be empty
   */
  public static TemporaryFile create(String extension) throws IOException {
    Path path = Files.createTempFile("sr4j-", extension);
    ALL.add(path);
    return new TemporaryFile(path);
  }

  /** Returns the path of the file. */
  public Path path() {
    return path;
  }

  /** Deletes the file. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
    ALL.remove(path);
  }
}
