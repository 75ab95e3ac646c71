// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.options;

import io.github.sr4j.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** The checks of a file that a command writes at its end, before time is spent on its content. */
public final class OutputFile {

  private static final int MAX_LOOK = 1 << 12; // bytes

  private OutputFile() {}

  /**
   * Refuses a file that cannot be written, or that the command reads.
   *
   * @param inputs the files and folders that it reads, some of which may not exist
   */
  public static void check(Path file, Collection<Path> inputs) throws IOException, Failure {
    checkFolderOf(file);
    checkOrFolder(file, inputs);
  }

  /** Refuses as {@link #check} does, but for a folder, which the command writes into. */
  public static void checkOrFolder(Path file, Collection<Path> inputs) throws IOException, Failure {
    checkParentOf(file);
    for (Path input : inputs) {
      if (Files.exists(file) && Files.exists(input) && Files.isSameFile(file, input)) {
        throw new Failure(file + ": is what the command reads; choose another name");
      }
    }
  }

  /** Refuses a name that is that of a folder, or in a folder that cannot be written to. */
  public static void checkFolderOf(Path file) throws Failure {
    if (Files.isDirectory(file)) {
      throw new Failure(file + ": is a folder; name a file in it");
    }
    checkParentOf(file);
  }

  private static void checkParentOf(Path file) throws Failure {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new Failure(file + ": there is no folder " + folder + "; create it first");
    }
    if (!Files.isWritable(folder)) {
      throw new Failure(
          file + ": the folder " + folder + " cannot be written to; choose another one");
    }
  }

  /** Refuses to replace what is no text, such as an image or a model, by a text. */
  public static void checkReplacesText(Path file) throws IOException, Failure {
    if (!Files.exists(file)) {
      return;
    }
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(MAX_LOOK);
    }
    for (byte each : start) {
      boolean isText = each >= ' ' || each == '\n' || each == '\r' || each == '\t' || each < 0;
      if (!isText) {
        throw new Failure(
            file + ": is there already and is not a text; choose another name for the figures");
      }
    }
  }
}
