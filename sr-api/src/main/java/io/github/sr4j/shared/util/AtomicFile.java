// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.Sets;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The writing of a file that appears under its name once it is complete, and replaces one that was
 * there. On failure nothing is left and the old file is what it was.
 *
 * <p>The content is written to a temporary file in the same folder first. A temporary file that a
 * killed process left behind is removed by the next writing of the same target. A replaced file
 * keeps its permissions, owner and group; a new one follows the umask. A symbolic link is followed,
 * and the file that it names is written. A pipe or a device is written to, not replaced.
 *
 * <p>Safe for use by multiple threads.
 */
public final class AtomicFile {

  /**
   * The content of a file.
   *
   * @param <T> what writing it returns
   */
  @FunctionalInterface
  public interface Content<T> {

    /** Writes the content to an empty file, of the same extension as the target. */
    T writeTo(Path file) throws IOException;
  }

  private static final int MAX_LINKS = 40; // as Linux
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1; // none that is written

  private static final Set<PosixFilePermission> WRITE_PERMISSIONS =
      EnumSet.of(
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_WRITE);

  /** The temporary files beside the targets that this process writes. */
  private static final Set<Path> TEMPORARIES = ConcurrentHashMap.newKeySet();

  private static final int MANY_NAMES = 1000;
  private static final int PAUSE = 20; // times what listing a folder takes, before it is done again

  private static volatile @Nullable Listing lastListing;

  private record Listing(Path folder, int names, long end, long nanos) {}

  private AtomicFile() {}

  /**
   * Refuses a target that cannot be written, as far as can be seen without writing.
   *
   * @throws IOException if the target is a folder or write-protected, or there is no folder to
   *     write to; the message names the target
   */
  public static void check(Path target) throws IOException {
    checkFollowed(target, followed(target));
  }

  private static void checkFollowed(Path target, Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(target.toString(), null, "is a folder");
    }
    Path folder = file.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          target.toString(), null, String.format("there is no folder %s", folder));
    }
    if (isWriteProtected(file)) {
      throw new FileSystemException(
          target.toString(),
          null,
          "is write-protected; change its permissions or choose another name");
    }
  }

  /** Returns whether a path is that of a pipe, a device or a socket. */
  public static boolean isSpecial(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
  }

  /** Returns whether nobody may write to a file, which does not keep a superuser from doing it. */
  private static boolean isWriteProtected(Path file) throws IOException {
    if (!Files.exists(file) || isSpecial(file)) {
      return false;
    }
    if (!Files.isWritable(file)) {
      return true;
    }
    Set<String> views = file.getFileSystem().supportedFileAttributeViews();
    if (views.contains("posix")) {
      return Files.getPosixFilePermissions(file).stream().noneMatch(WRITE_PERMISSIONS::contains);
    }
    return views.contains("dos")
        && Files.readAttributes(file, DosFileAttributes.class).isReadOnly();
  }

  /**
   * Returns the absolute path of the file that a path leads to, which need not exist. A link may
   * lead to something without a path, as {@code /dev/stdout} to a pipe.
   */
  private static Path followed(Path target) throws IOException {
    Path file = target.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(file) && !isSpecial(file); links++) {
      if (links == MAX_LINKS) {
        throw new FileSystemException(
            target.toString(), null, "is a symbolic link that leads to itself");
      }
      file = file.resolveSibling(Files.readSymbolicLink(file));
    }
    return file;
  }

  /** The content of a file, as a stream of bytes. */
  @FunctionalInterface
  public interface Bytes {

    /** Writes the content. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file that a power failure does not leave empty under its name: its bytes are on the
   * disk before it gets the name.
   *
   * @throws IOException if the file cannot be written; the message names the target and the reason
   * @throws CancellationException if the thread is interrupted meanwhile
   */
  public static void writeDurably(Path target, Bytes content) throws IOException {
    write(
        target,
        temporary -> {
          try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            content.writeTo(Channels.newOutputStream(channel));
            channel.force(true);
          }
          return target;
        });
  }

  /**
   * Writes a file.
   *
   * @return what the content returns
   * @throws IOException if the file cannot be written; the message names the target and the reason
   * @throws CancellationException if the thread is interrupted meanwhile
   */
  public static <T> T write(Path target, Content<T> content) throws IOException {
    if (TEMPORARIES.contains(target)) {
      return content.writeTo(target); // part of a writing that replaces its target at the end
    }
    Path file = followed(target);
    checkFollowed(target, file);
    if (isSpecial(file)) {
      return writeSpecial(target, file, content);
    }
    @Nullable Path temporary = null;
    try {
      removeLeftovers(file);
      temporary = unusedName(file);
      TEMPORARIES.add(temporary);
      @Nullable FileChannel locked = create(temporary);
      T result;
      boolean isAdopted;
      try {
        isAdopted = adopt(file, temporary);
        result = content.writeTo(temporary);
      } finally {
        if (locked != null) {
          locked.close();
        }
      }
      replace(file, temporary, isAdopted);
      return result;
    } catch (IOException e) {
      throw failure(target.toString(), temporary, e);
    } finally {
      if (temporary != null) {
        Files.deleteIfExists(temporary);
        TEMPORARIES.remove(temporary);
      }
    }
  }

  private static <T> T writeSpecial(Path target, Path file, Content<T> content) throws IOException {
    try (TemporaryFile temporary = TemporaryFile.create(extension(file))) {
      try {
        T result = content.writeTo(temporary.path());
        copyTo(file, temporary.path());
        return result;
      } catch (IOException e) {
        throw failure(target.toString(), temporary.path(), e);
      }
    }
  }

  /**
   * Deletes the temporary files of this process. For its end: writings and readings that are not
   * over by then fail.
   */
  public static void deleteTemporaries() {
    for (Path temporary : Sets.union(TEMPORARIES, TemporaryFile.ALL)) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        // The next writing of the target tries again.
      }
    }
  }

  /**
   * Returns the failure of writing to a target by way of a temporary file: as it is if it names
   * another file, else with the name of the target.
   *
   * @throws CancellationException if the thread is interrupted, which it still is afterwards
   */
  public static IOException failure(String target, @Nullable Path temporary, IOException e) {
    if (e instanceof FileSystemException other
        && !Thread.currentThread().isInterrupted()
        && temporary != null
        && other.getFile() != null
        && other.getReason() != null
        && !other.getFile().equals(temporary.toString())) {
      return other; // about another file, which it names
    }
    return failure(target, "cannot be written", e);
  }

  /**
   * Returns the failure of reading or writing with the name of what is read or written, and the
   * reason.
   *
   * @param failed what has failed, such as "cannot be written"
   * @throws CancellationException if the thread is interrupted, which it still is afterwards
   */
  public static IOException failure(String name, String failed, IOException e) {
    if (Thread.currentThread().isInterrupted()) { // which closes channels
      CancellationException cancelled =
          new CancellationException("interrupted while writing " + name);
      cancelled.initCause(e);
      throw cancelled;
    }
    return new Failed(name, failed, e);
  }

  /** Says that a file cannot be written or read, and why. */
  private static final class Failed extends FileSystemException {

    private static final long serialVersionUID = 1L;

    Failed(String name, String failed, IOException cause) {
      super(name, null, failed + ": " + Reasons.of(cause));
      initCause(cause);
    }
  }

  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot);
  }

  /** Returns the prefix of the names of a file's temporary files; short for any name. */
  private static String prefix(Path file) {
    String name = String.valueOf(file.getFileName());
    return ".sr4j-" + Hashing.sha256().hashString(name, UTF_8).toString().substring(0, 16) + "-";
  }

  /** Not of {@link Files#createTempFile}: what that makes only the owner may read. */
  private static Path unusedName(Path file) {
    String name =
        prefix(file)
            + Long.toHexString(ProcessHandle.current().pid())
            + "-"
            + Integer.toHexString(ThreadLocalRandom.current().nextInt())
            + extension(file);
    return file.resolveSibling(name);
  }

  /**
   * Creates a temporary file and locks it, so that processes that cannot see this one, as from
   * another container, do not take it for a leftover. The lock ends when the content closes the
   * file; file systems without locks do without.
   */
  private static @Nullable FileChannel create(Path temporary) throws IOException {
    if (temporary.getFileSystem() != FileSystems.getDefault()) {
      Files.createFile(temporary); // of an archive, in which only this process writes
      return null;
    }
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (IOException e) {
      // no locks here
    }
    return channel;
  }

  /**
   * Gives a temporary file the permissions, owner and group of the file that it is to replace, but
   * lets this process write to it.
   *
   * @return whether that was possible: only a superuser may give files away
   */
  private static boolean adopt(Path file, Path temporary) throws IOException {
    @Nullable PosixFileAttributes old = posix(file);
    if (old == null) {
      return true;
    }
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    PosixFileAttributes own = view.readAttributes();
    Set<PosixFilePermission> permissions =
        EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    permissions.addAll(old.permissions());
    try {
      if (!own.group().equals(old.group())) {
        view.setGroup(old.group());
      }
      if (!own.owner().equals(old.owner())) {
        view.setOwner(old.owner());
      }
    } catch (FileSystemException e) {
      return false;
    } finally {
      view.setPermissions(permissions);
    }
    return true;
  }

  private static @Nullable PosixFileAttributes posix(Path file) throws IOException {
    return Files.exists(file)
            && file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.readAttributes(file, PosixFileAttributes.class)
        : null;
  }

  private static void replace(Path file, Path temporary, boolean isAdopted) throws IOException {
    if (!isAdopted) {
      overwrite(file, temporary);
      return;
    }
    @Nullable PosixFileAttributes old = posix(file);
    if (old != null) {
      Files.setPosixFilePermissions(temporary, old.permissions());
    }
    try {
      // Not all file systems replace a file when they only move.
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Copies a complete file over one that belongs to someone else and is to stay theirs. */
  private static void overwrite(Path file, Path complete) throws IOException {
    long more = Files.size(complete) - Files.size(file);
    if (Files.getFileStore(file).getUsableSpace() < more) {
      throw new IOException("No space left on device");
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      Files.copy(complete, out);
    }
  }

  /** Writes a file to a pipe or device, whose reader may let it wait. */
  private static void copyTo(Path special, Path complete) throws IOException {
    Interruptible.call(
        () -> {
          try (OutputStream out = Files.newOutputStream(special, StandardOpenOption.WRITE)) {
            return Files.copy(complete, out);
          }
        });
  }

  /** Removes the temporary files of a target that were left by processes which have ended. */
  private static void removeLeftovers(Path file) {
    Path folder = file.resolveSibling("");
    @Nullable Listing last = lastListing;
    long begin = System.nanoTime();
    if (last != null
        && last.folder().equals(folder)
        && last.names() > MANY_NAMES
        && begin - last.end() < PAUSE * last.nanos()) {
      return; // or the folder would be listed for each of the very many files written to it
    }
    String prefix = prefix(file);
    int names = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path leftover : all) {
        names++;
        boolean isOfTarget = String.valueOf(leftover.getFileName()).startsWith(prefix);
        if (isOfTarget && !isInUse(leftover, prefix)) {
          Files.deleteIfExists(leftover);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // They stay, hidden, where the folder may be written to but not listed.
    }
    long end = System.nanoTime();
    lastListing = new Listing(folder, names, end, end - begin);
  }

  private static boolean isInUse(Path temporary, String prefix) throws IOException {
    if (TEMPORARIES.contains(temporary)) {
      return true;
    }
    String name = String.valueOf(temporary.getFileName());
    long pid;
    try {
      pid = Long.parseLong(name.substring(prefix.length(), name.lastIndexOf('-')), 16);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return true; // not of ours
    }
    Instant written = Files.getLastModifiedTime(temporary).toInstant();
    boolean hasWriter =
        pid != ProcessHandle.current().pid()
            && ProcessHandle.of(pid).map(process -> mayHaveWritten(process, written)).orElse(false);
    return hasWriter || isLocked(temporary);
  }

  /** Whether a process was there when a file was written: numbers of processes come again. */
  private static boolean mayHaveWritten(ProcessHandle process, Instant written) {
    return process
        .info()
        .startInstant()
        .map(start -> start.minus(CLOCK_TOLERANCE).isBefore(written))
        .orElse(true);
  }

  private static boolean isLocked(Path file) throws IOException {
    if (file.getFileSystem() != FileSystems.getDefault()) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false)) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true; // by this process, through another class loader
    }
  }
}
