// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.shared.util.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that appears under its name only when it is complete. */
public final class OutputFiles {

  /** Writes the content to the path that it is given. */
  @FunctionalInterface
  public interface Writing<T> {
    /** Writes the file, and returns what the caller wants of it. */
    T to(Path file) throws IOException;
  }

  private static final JsonMapper MAPPER = new JsonMapper();

  private OutputFiles() {}

  /**
   * Lets a file be written beside the target, and moves it there; creates the target's folder. If
   * the writing fails, nothing is left and the target is what it was.
   */
  public static <T> T write(Path target, Writing<T> writing) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    return AtomicFile.write(target, writing::to);
  }

  /** Writes a tree as indented JSON, with a line feed at the end. */
  public static void writeJson(Path target, JsonNode tree) throws IOException {
    String text = tree.toPrettyString() + "\n";
    write(target, file -> Files.writeString(file, text));
  }

  /** Reads a file of JSON. */
  public static JsonNode readJson(Path file) throws IOException {
    return MAPPER.readTree(Files.readString(file));
  }
}
