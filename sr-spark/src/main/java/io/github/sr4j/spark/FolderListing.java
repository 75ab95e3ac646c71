// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import io.github.sr4j.shared.util.FileNames;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The images of a folder and of the folders in it, each with its target in another folder, and what
 * that folder has already.
 *
 * @param missing the images whose target is not there, in the order of their paths
 * @param present the number of images whose target is there
 */
record FolderListing(List<ImageFile> missing, int present) {

  /**
   * Lists the images of a folder.
   *
   * @param format the extension of the targets; null for that of each image
   * @param isReplacing whether targets that are there count as missing
   * @throws IOException if a folder cannot be listed, or the input is none or the output
   */
  static FolderListing of(
      RemoteFiles files, Path input, Path output, @Nullable String format, boolean isReplacing)
      throws IOException {
    FileSystem from = files.fileSystem(input);
    FileSystem to = files.fileSystem(output);
    Path source = from.makeQualified(input);
    Path target = to.makeQualified(output);
    if (source.equals(target)) {
      throw new IOException(
          output + ": is the folder of the images to enlarge; choose another one");
    }
    if (!from.getFileStatus(source).isDirectory()) {
      throw new IOException(input + ": must be a folder, but is a file");
    }
    Set<String> readable = FileNames.readable();
    List<FileStatus> images = new ArrayList<>();
    list(
        from,
        source,
        target,
        file -> {
          if (readable.contains(extension(file.getPath().getName()))) {
            images.add(file);
          }
        });
    images.sort(Comparator.comparing(image -> image.getPath().toString()));
    Map<String, Integer> uses = new HashMap<>();
    for (FileStatus image : images) {
      uses.merge(inFormat(relative(source, image.getPath()), format, ""), 1, Integer::sum);
    }
    Set<String> there = new HashSet<>();
    if (!isReplacing) {
      try {
        list(to, target, null, file -> there.add(file.getPath().toString()));
      } catch (FileNotFoundException e) { // nothing is there
        there.clear();
      }
    }
    List<ImageFile> missing = new ArrayList<>();
    for (FileStatus image : images) {
      String name = relative(source, image.getPath());
      String extension = extension(name);
      boolean isOnly =
          uses.getOrDefault(inFormat(name, format, ""), 0) == 1 || extension.equals(format);
      // a.gif and a.webp become a.gif.png and a.webp.png.
      String place =
          new Path(target, inFormat(name, format, isOnly ? "" : "." + extension)).toString();
      if (!there.contains(place)) {
        missing.add(new ImageFile(image.getPath().toString(), place, image.getLen(), 0));
      }
    }
    return new FolderListing(missing, images.size() - missing.size());
  }

  private interface Visitor {
    void visit(FileStatus file);
  }

  /** Goes through the files of a folder, without what is hidden, and without another folder. */
  private static void list(FileSystem files, Path folder, @Nullable Path without, Visitor visitor)
      throws IOException {
    List<Path> folders = new ArrayList<>(List.of(folder));
    while (!folders.isEmpty()) {
      for (FileStatus each : files.listStatus(folders.remove(folders.size() - 1))) {
        if (isHidden(each.getPath().getName()) || each.getPath().equals(without)) {
          continue;
        }
        if (each.isDirectory()) {
          folders.add(each.getPath());
        } else {
          visitor.visit(each);
        }
      }
    }
  }

  /**
   * Deletes the temporary files that tasks which were killed have left beside targets.
   *
   * @return how many there were
   */
  static int deleteTemporaries(RemoteFiles files, List<ImageFile> images) throws IOException {
    Map<Path, Set<String>> prefixes = new HashMap<>();
    for (ImageFile image : images) {
      Path target = new Path(image.target());
      prefixes
          .computeIfAbsent(target.getParent(), folder -> new HashSet<>())
          .add(RemoteFiles.prefix(target.getName()));
    }
    int deleted = 0;
    for (Map.Entry<Path, Set<String>> folder : prefixes.entrySet()) {
      deleted += deleteTemporaries(files, folder.getKey(), folder.getValue()::contains);
    }
    return deleted;
  }

  private static int deleteTemporaries(RemoteFiles files, Path folder, Predicate<String> isOfTarget)
      throws IOException {
    FileSystem system = files.fileSystem(folder);
    FileStatus[] all;
    try {
      all = system.listStatus(folder, path -> RemoteFiles.isTemporary(path.getName()));
    } catch (FileNotFoundException e) {
      return 0;
    }
    int deleted = 0;
    for (FileStatus file : all) {
      if (isOfTarget.test(RemoteFiles.prefixOf(file.getPath().getName()))
          && system.delete(file.getPath(), false)) {
        deleted++;
      }
    }
    return deleted;
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  private static String relative(Path folder, Path file) {
    return folder.toUri().relativize(file.toUri()).getPath();
  }

  private static String inFormat(String name, @Nullable String format, String more) {
    return format == null ? name : name.substring(0, name.lastIndexOf('.')) + more + "." + format;
  }

  private static String extension(String name) {
    return FileNames.extension(java.nio.file.Path.of(name));
  }
}
