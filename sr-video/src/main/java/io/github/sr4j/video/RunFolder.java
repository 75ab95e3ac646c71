// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.sr4j.shared.util.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The folder of a run beside its target, with the segments that are complete and the plan of the
 * run: the lines that another run must agree with to continue it.
 */
final class RunFolder {

  private static final String PLAN = "plan.txt";

  private final Path path;
  private final Path target;

  RunFolder(Path target) {
    this.target = target;
    this.path = target.resolveSibling(target.getFileName() + ".parts");
  }

  /** Returns the folder. */
  Path path() {
    return path;
  }

  /**
   * Creates the folder, or refuses one that is there.
   *
   * @throws IOException if there are segments in it and they are not to be continued
   */
  void create(boolean resumes) throws IOException {
    if (Segments.complete(path) > 0) {
      if (!resumes) {
        throw new IOException(
            String.format(
                "%s: an interrupted run has left segments in %s; resume it, or delete that folder",
                target, path));
      }
    } else {
      Files.deleteIfExists(path.resolve(PLAN)); // of a run that came to nothing
    }
    Files.createDirectories(path);
  }

  /**
   * Returns the name of a file that is being written. It is this process's alone: programs of one
   * that was killed may be writing theirs for a moment.
   */
  static Path partial(Path file) {
    String suffix = "." + Long.toHexString(ProcessHandle.current().pid()) + ".partial";
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /**
   * Compares the plan of this run with that of the run before, if there is one.
   *
   * @throws IOException if they differ
   */
  void agree(List<String> plan) throws IOException {
    Path file = path.resolve(PLAN);
    List<String> before;
    try {
      before = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      String text = String.join("\n", plan) + "\n";
      AtomicFile.writeDurably(file, out -> out.write(text.getBytes(UTF_8)));
      return;
    }
    for (int i = 0; i < Math.max(plan.size(), before.size()); i++) {
      String now = i < plan.size() ? plan.get(i) : "";
      String then = i < before.size() ? before.get(i) : "";
      if (!now.equals(then)) {
        throw new IOException(
            String.format(
                "%s: the interrupted run cannot be continued, for it had \"%s\" where this one has"
                    + " \"%s\"; begin again by deleting %s",
                target, then, now, path));
      }
    }
  }

  /** Deletes the folder with what this class and {@link Segments} have put into it. */
  void delete() throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(path, "{*.nut,*.partial,plan.txt}")) {
      for (Path file : files) {
        if (Files.isDirectory(file)) {
          deleteImages(file);
        }
        Files.deleteIfExists(file);
      }
    }
    try (DirectoryStream<Path> rest = Files.newDirectoryStream(path)) {
      if (!rest.iterator().hasNext()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static void deleteImages(Path images) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(images, "*.png")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }
}
