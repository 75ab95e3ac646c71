// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files of any file system that Hadoop knows. A file appears under its name once it is
 * complete. Attempts of tasks that write the same file at the same time write temporary files of
 * their own beside it; the first one that is complete gets the name.
 */
final class RemoteFiles {

  private static final String PREFIX = ".sr4j-"; // hidden from listings of Hadoop, too

  private final Configuration configuration;

  RemoteFiles(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Returns the file system of a path; of the local one, that which leaves no checksums behind. */
  FileSystem fileSystem(Path path) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
  }

  boolean exists(Path path) throws IOException {
    return fileSystem(path).exists(path);
  }

  /** Copies a file to this machine. */
  void read(Path source, java.nio.file.Path local) throws IOException {
    try (InputStream in = fileSystem(source).open(source)) {
      Files.copy(in, local);
    }
  }

  /**
   * Copies a file of this machine to where it is asked for, with the folders around it.
   *
   * @param isReplacing whether a file of that name is replaced; otherwise it stays, as another
   *     attempt has written it
   */
  void write(java.nio.file.Path local, Path target, boolean isReplacing) throws IOException {
    FileSystem files = fileSystem(target);
    Path temporary =
        new Path(target.getParent(), prefix(target.getName()) + UUID.randomUUID() + ".tmp");
    boolean isMoved = false;
    try {
      try (OutputStream out = files.create(temporary, /* overwrite= */ false)) {
        Files.copy(local, out);
      }
      isMoved = move(files, temporary, target);
      if (!isMoved && isReplacing) {
        files.delete(target, false);
        isMoved = move(files, temporary, target);
      }
      if (!isMoved && !files.exists(target)) {
        throw new IOException(target + ": the file system refuses to rename " + temporary);
      }
    } finally {
      if (!isMoved) {
        files.delete(temporary, false);
      }
    }
  }

  /** Gives a file another name; returns false where there is a file of that name. */
  private static boolean move(FileSystem files, Path from, Path to) throws IOException {
    try {
      return files.rename(from, to);
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /** Returns the beginning of the names of the temporary files for a file. */
  static String prefix(String name) {
    return PREFIX + Hashing.sha256().hashString(name, UTF_8).toString().substring(0, 16) + "-";
  }

  static boolean isTemporary(String name) {
    return name.startsWith(PREFIX);
  }

  /** Returns the beginning of the name of a temporary file that tells which file it is for. */
  static String prefixOf(String temporary) {
    return temporary.substring(0, temporary.indexOf('-', PREFIX.length()) + 1);
  }
}
