// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.Interruptible;
import io.github.sr4j.shared.util.TemporaryFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files that stand in for a standard stream, pipe or device: images are read and written here and
 * there, which a stream does not allow. Deleted at the end.
 */
public final class StandIns implements AutoCloseable {

  /** The name of the standard input, and of the standard output. */
  public static final Path STANDARD = Path.of("-");

  private final PrintStream standardOutput;
  private final List<TemporaryFile> files = new ArrayList<>();
  private final Map<Path, String> names = new LinkedHashMap<>();

  /** Creates the stand-ins for the streams of a command. */
  public StandIns(PrintStream standardOutput) {
    this.standardOutput = standardOutput;
  }

  /** Returns whether a path needs a stand-in. */
  public static boolean areNeededFor(Path path) {
    return path.equals(STANDARD) || AtomicFile.isSpecial(path);
  }

  /** Returns a file with what an input gives, up to its end; the input itself if it is a file. */
  public Path read(Path input) throws IOException {
    if (!areNeededFor(input)) {
      return input;
    }
    boolean isStandard = input.equals(STANDARD);
    String name = isStandard ? "standard input" : input.toString();
    Path file = create(name, "");
    Interruptible.call(
        () -> {
          try (InputStream in = isStandard ? System.in : Files.newInputStream(input);
              OutputStream out = Files.newOutputStream(file)) {
            return in.transferTo(out);
          }
        });
    return file;
  }

  /**
   * Returns the file to write for an output; the output itself if it is a file.
   *
   * @param extension that of the format
   */
  public Path written(Path output, String extension) throws IOException {
    return areNeededFor(output)
        ? create(output.equals(STANDARD) ? "standard output" : output.toString(), "." + extension)
        : output;
  }

  private Path create(String name, String suffix) throws IOException {
    TemporaryFile file = TemporaryFile.create(suffix);
    files.add(file);
    names.put(file.path(), name);
    return file.path();
  }

  /** Copies what was written to the output that it is for. */
  public void deliver(Path file, Path output) throws IOException {
    if (file.equals(output)) {
      return;
    }
    if (output.equals(STANDARD)) {
      Interruptible.call(
          () -> {
            long count = Files.copy(file, standardOutput);
            standardOutput.flush(); // whose failure the end of the command tells
            return count;
          });
      return;
    }
    AtomicFile.write(output, copy -> Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING));
  }

  /** Returns the name that the user gave to a file. */
  public String name(Path file) {
    @Nullable String name = names.get(file);
    return name == null ? file.toString() : name;
  }

  /** Returns a message in which stand-ins have the names of what they stand for. */
  public String named(String message) {
    String named = message;
    for (Map.Entry<Path, String> entry : names.entrySet()) {
      named = named.replace(entry.getKey().toString(), entry.getValue());
    }
    return named;
  }

  @Override
  public void close() throws IOException {
    for (TemporaryFile file : files) {
      file.close();
    }
  }
}
