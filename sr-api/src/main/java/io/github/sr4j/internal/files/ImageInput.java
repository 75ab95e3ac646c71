// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.util.MemoryChannel;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.TemporaryFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an image to be read, any number of times: of a file, of an array, or of a stream,
 * which is copied to a temporary file until this is closed. Its text is its name in messages.
 */
public final class ImageInput implements AutoCloseable {

  private static final String STREAM = "the stream";

  private final String name;
  private final @Nullable Path file; // null if the bytes are in memory
  private final byte[] bytes; // none if they are in a file
  private final @Nullable TemporaryFile copy; // of a stream, which is the file

  private ImageInput(String name, @Nullable Path file, byte[] bytes, @Nullable TemporaryFile copy) {
    this.name = name;
    this.file = file;
    this.bytes = bytes;
    this.copy = copy;
  }

  /** Returns the bytes of a file. */
  public static ImageInput of(Path file) {
    return new ImageInput(file.toString(), file, new byte[0], null);
  }

  /** Returns the bytes of an array, which must not change meanwhile. */
  public static ImageInput of(byte[] bytes) {
    return new ImageInput("the bytes", null, bytes, null);
  }

  /** Reads a stream as {@link #of(InputStream, Runnable)} does, for as long as it takes. */
  public static ImageInput of(InputStream stream) throws IOException {
    return of(stream, () -> {});
  }

  /**
   * Reads a stream to its end into a temporary file. The stream is not closed.
   *
   * @param check is run before each read; what it throws ends the reading
   * @throws IOException if the stream cannot be read, or the temporary file not be written
   * @throws CancellationException if the thread is interrupted, which it still is afterwards
   */
  public static ImageInput of(InputStream stream, Runnable check) throws IOException {
    TemporaryFile copy = TemporaryFile.create();
    Path file = copy.path();
    ImageInput input = new ImageInput(STREAM, file, new byte[0], copy);
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        byte[] part = new byte[1 << 16];
        for (int count = read(stream, part, check); count >= 0; ) {
          write(out, part, count, file);
          count = read(stream, part, check);
        }
      }
      return input;
    } catch (Throwable e) { // also an error of the stream's
      try (input) {
        throw e;
      }
    }
  }

  private static int read(InputStream stream, byte[] part, Runnable check) throws IOException {
    check.run();
    if (Thread.currentThread().isInterrupted()) {
      throw cancelled(null);
    }
    try {
      return stream.read(part);
    } catch (IOException e) {
      boolean isInterrupt =
          e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
      if (isInterrupt || Thread.currentThread().isInterrupted()) {
        Thread.currentThread().interrupt(); // which the former has cleared
        throw cancelled(e);
      }
      throw AtomicFile.failure(STREAM, "cannot be read", e);
    }
  }

  private static CancellationException cancelled(@Nullable IOException cause) {
    CancellationException cancelled =
        new CancellationException("interrupted while reading " + STREAM);
    cancelled.initCause(cause);
    return cancelled;
  }

  private static void write(OutputStream out, byte[] part, int count, Path file)
      throws IOException {
    try {
      out.write(part, 0, count);
    } catch (IOException e) {
      throw AtomicFile.failure(STREAM, "cannot be copied to the temporary file " + file, e);
    }
  }

  /** Returns the file that the bytes are in, unless it is a temporary one. */
  Optional<Path> file() {
    return copy != null ? Optional.empty() : Optional.ofNullable(file);
  }

  /**
   * Refuses what is no file, and one that could be read but once.
   *
   * @throws IOException if it is a folder, a pipe or a device
   */
  void check() throws IOException {
    if (file == null) {
      return;
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(name, null, "is a folder, not an image");
    }
    if (AtomicFile.isSpecial(file)) { // opening it might wait for ever, and it can be read but once
      throw new FileSystemException(
          name, null, "is a pipe or device, not a file; copy what it gives into a file");
    }
  }

  /**
   * Opens the bytes from their begin on.
   *
   * @throws NoSuchFileException if there is no such file
   */
  InputStream stream() throws IOException {
    try {
      return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw named(e);
    }
  }

  /**
   * Opens the bytes for random access.
   *
   * @throws NoSuchFileException if there is no such file
   */
  SeekableByteChannel channel() throws IOException {
    try {
      return file == null ? MemoryChannel.of(bytes) : Files.newByteChannel(file);
    } catch (NoSuchFileException e) {
      throw named(e);
    }
  }

  private NoSuchFileException named(NoSuchFileException e) {
    NoSuchFileException named = new NoSuchFileException(name, null, "no such file");
    named.initCause(e);
    return named;
  }

  /** Returns the number of bytes. */
  long size() throws IOException {
    return file == null ? bytes.length : Files.size(file);
  }

  /** Deletes the temporary file, if there is one. */
  @Override
  public void close() throws IOException {
    if (copy != null) {
      copy.close();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
