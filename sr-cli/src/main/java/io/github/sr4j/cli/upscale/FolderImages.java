// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.shared.util.FileNames;
import io.github.sr4j.shared.util.ForeignFormat;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The images of a folder, in the order of their paths, and what else is in it. Hidden files and
 * folders are left out without a word.
 *
 * @param images what is named like an image that can be read
 * @param leftOut the kinds of the rest
 * @param failures why some of it could not be looked at
 */
public record FolderImages(List<Path> images, List<LeftOut> leftOut, List<IOException> failures) {

  private static final int MAX_KINDS = 12;
  private static final String FOLDERS = "folders";
  private static final String PIPES = "pipes and devices";
  private static final String LINKS = "links to a folder that holds them";
  private static final String NO_EXTENSION = "without an extension";

  /**
   * Files of a kind that are not enlarged.
   *
   * @param kind what they have in common: the end of their names, such as {@code ".heic"}
   * @param reason what they are and what to do; empty if there is nothing to say
   */
  public record LeftOut(String kind, int count, String reason) {}

  /**
   * Looks through a folder.
   *
   * @param isRecursive whether the folders in it are looked through, too
   * @param output a folder that is left out, if it is in there
   */
  public static FolderImages of(Path folder, boolean isRecursive, Path output) throws IOException {
    Visitor visitor = new Visitor(folder, output);
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        isRecursive ? Integer.MAX_VALUE : 1,
        visitor);
    Collections.sort(visitor.images);
    List<LeftOut> leftOut = new ArrayList<>();
    visitor.counts.forEach((kind, count) -> leftOut.add(new LeftOut(kind, count, reason(kind))));
    return new FolderImages(visitor.images, leftOut, visitor.failures);
  }

  private static String reason(String kind) {
    if (kind.equals(FOLDERS)) {
      return "--recursive takes them in";
    }
    Optional<ForeignFormat> format =
        kind.startsWith(".") ? ForeignFormat.of(Path.of("a" + kind)) : Optional.empty();
    return format.map(known -> known.title() + "; " + known.advice()).orElse("");
  }

  /** Returns the files that were left out, in one line; empty if there are none. */
  public Optional<String> leftOutText() {
    if (leftOut.isEmpty()) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    List<LeftOut> plain = new ArrayList<>();
    for (LeftOut files : leftOut) {
      if (files.reason().isEmpty()) {
        plain.add(files);
      } else {
        boolean isFolder = files.kind().equals(FOLDERS) && files.count() == 1;
        parts.add(
            String.format(
                "%s %s (%s)", files.count(), isFolder ? "folder" : files.kind(), files.reason()));
      }
    }
    int others = plain.stream().mapToInt(LeftOut::count).sum();
    if (others > 0) {
      String kinds = plain.stream().limit(MAX_KINDS).map(LeftOut::kind).collect(joining(", "));
      String more = plain.size() > MAX_KINDS ? ", …" : "";
      parts.add(
          String.format("%s other %s (%s%s)", others, others == 1 ? "file" : "files", kinds, more));
    }
    return Optional.of(String.join(", ", parts));
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {

    private final Path folder;
    private final Path output;
    private final Set<String> readable = FileNames.readable();
    private final List<Path> images = new ArrayList<>();
    private final TreeMap<String, Integer> counts = new TreeMap<>();
    private final List<IOException> failures = new ArrayList<>();

    Visitor(Path folder, Path output) {
      this.folder = folder;
      this.output = output;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      boolean isLeftOut =
          !directory.equals(folder)
              && (isHidden(directory)
                  || (Files.exists(output) && Files.isSameFile(directory, output)));
      return isLeftOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (isHidden(file)) {
        return FileVisitResult.CONTINUE;
      }
      String extension = FileNames.extension(file);
      if (attributes.isDirectory()) { // where folders are not looked through
        if (!Files.exists(output) || !Files.isSameFile(file, output)) {
          leaveOut(FOLDERS);
        }
      } else if (!readable.contains(extension)) {
        leaveOut(extension.isEmpty() ? NO_EXTENSION : "." + extension);
      } else if (attributes.isOther()) {
        leaveOut(PIPES);
      } else {
        images.add(file); // a link to nothing, too: it fails, where it would be missed otherwise
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      if (failure instanceof FileSystemLoopException) {
        leaveOut(LINKS);
      } else {
        failures.add(failure);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
      if (failure != null) {
        failures.add(failure);
      }
      return FileVisitResult.CONTINUE;
    }

    private void leaveOut(String kind) {
      counts.merge(kind, 1, Integer::sum);
    }

    private static boolean isHidden(Path file) {
      return String.valueOf(file.getFileName()).startsWith(".");
    }
  }
}
