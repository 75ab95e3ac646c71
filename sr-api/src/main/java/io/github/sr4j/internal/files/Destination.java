// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.util.MemoryChannel;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.TemporaryFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** The place that an image is written to, once it is complete. Its text is its name in messages. */
abstract class Destination {

  /** The content to be written. */
  interface Content {

    /**
     * Writes the content.
     *
     * @param channel empty, to be written and read at any place
     * @param scratch a file for intermediate results
     */
    void writeTo(SeekableByteChannel channel, Scratch scratch) throws IOException;
  }

  /** A file for intermediate results, one after the other. The user closes the channels. */
  interface Scratch {

    /** Opens the file, empty, to be written and read. */
    SeekableByteChannel emptied() throws IOException;

    /** Opens the file to read what was written. */
    SeekableByteChannel written() throws IOException;
  }

  private record FileScratch(Path file) implements Scratch {

    @Override
    public SeekableByteChannel emptied() throws IOException {
      return Destination.emptied(file);
    }

    @Override
    public SeekableByteChannel written() throws IOException {
      return Files.newByteChannel(file);
    }
  }

  private static final class MemoryScratch implements Scratch {

    private MemoryChannel channel = MemoryChannel.empty();

    @Override
    public SeekableByteChannel emptied() {
      channel = MemoryChannel.empty();
      return channel;
    }

    @Override
    public SeekableByteChannel written() {
      return MemoryChannel.of(channel.toByteArray());
    }
  }

  /**
   * Refuses a place that cannot be written to, as far as can be seen before time is spent.
   *
   * @throws IOException if it cannot be written to
   */
  void check() throws IOException {}

  /** Returns the file that is written, if it is one. */
  Optional<Path> file() {
    return Optional.empty();
  }

  /**
   * Writes the content.
   *
   * @throws IOException if it cannot be written, or the content not be had
   * @throws CancellationException if the thread is interrupted meanwhile
   */
  abstract void write(Content content) throws IOException;

  private static void writeTo(Path file, Content content) throws IOException {
    Path intermediate = file.resolveSibling(file.getFileName() + ".frame");
    try (SeekableByteChannel channel = emptied(file)) {
      content.writeTo(channel, new FileScratch(intermediate));
    } finally {
      Files.deleteIfExists(intermediate);
    }
  }

  private static SeekableByteChannel emptied(Path path) throws IOException {
    return Files.newByteChannel(
        path,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** A file, which appears under its name once it is complete. */
  static final class OfFile extends Destination {

    private final Path file;

    OfFile(Path file) {
      this.file = file;
    }

    @Override
    void check() throws IOException {
      AtomicFile.check(file);
    }

    @Override
    Optional<Path> file() {
      return Optional.of(file);
    }

    @Override
    void write(Content content) throws IOException {
      boolean isLocal = file.getFileSystem() == FileSystems.getDefault();
      AtomicFile.write(
          file,
          written -> {
            if (isLocal) {
              writeTo(written, content);
              return file;
            }
            // Writers go back in the file, which an archive's file system may not allow.
            try (TemporaryFile local = TemporaryFile.create()) {
              writeTo(local.path(), content);
              return Files.copy(local.path(), written, StandardCopyOption.REPLACE_EXISTING);
            }
          });
    }

    @Override
    public String toString() {
      return file.toString();
    }
  }

  /** A stream, which gets the content of a temporary file once that is complete. */
  static final class OfStream extends Destination {

    private static final String NAME = "the output stream";

    private final OutputStream stream;

    OfStream(OutputStream stream) {
      this.stream = stream;
    }

    @Override
    void write(Content content) throws IOException {
      try (TemporaryFile local = TemporaryFile.create()) {
        write(local.path(), content);
      }
    }

    private void write(Path local, Content content) throws IOException {
      try {
        writeTo(local, content);
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted before writing " + NAME);
        }
        Files.copy(local, stream);
        stream.flush();
      } catch (IOException e) {
        throw AtomicFile.failure(NAME, local, e);
      }
    }

    @Override
    public String toString() {
      return NAME;
    }
  }

  /** An array of bytes. */
  static final class OfMemory extends Destination {

    private final MemoryChannel channel = MemoryChannel.empty();

    byte[] bytes() {
      return channel.toByteArray();
    }

    @Override
    void write(Content content) throws IOException {
      content.writeTo(channel, new MemoryScratch());
    }

    @Override
    public String toString() {
      return "the bytes of the result";
    }
  }
}
