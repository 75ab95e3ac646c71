// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;

import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.shared.util.FileNames;
import io.github.sr4j.shared.util.FileTimesListener;
import io.github.sr4j.shared.util.Reasons;
import java.awt.Dimension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * The enlarging of one image after another in a task. Each is copied to a folder for temporary
 * files of this machine, in which the result is made as well. What fails because of the image is
 * its outcome; the end of the task, and what has to do with the model, is thrown. Not thread-safe.
 */
final class RowUpscaler {

  private static final String UNNAMED = "the bytes";
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8; // of an array

  private final Upscaler upscaler;
  private final UpscaleOptions options;
  private final RemoteFiles files;
  private final Counters counters;
  private final TaskContext task;

  RowUpscaler(
      Upscaler upscaler,
      UpscaleOptions options,
      RemoteFiles files,
      Counters counters,
      TaskContext task) {
    this.upscaler = upscaler;
    this.options = options;
    this.files = files;
    this.counters = counters;
    this.task = task;
  }

  /** An image to be enlarged. */
  static final class Source {

    private final @Nullable String path;
    private final byte @Nullable [] content;

    private Source(@Nullable String path, byte @Nullable [] content) {
      this.path = path;
      this.content = content;
    }

    /** Returns the image in a file, or none if a row has no path. */
    static Source file(@Nullable String path) {
      return new Source(path, null);
    }

    /** Returns the image in the bytes of a file, or none if a row has no bytes. */
    static Source bytes(byte @Nullable [] content) {
      return new Source(null, content);
    }

    /** Returns the name in messages. */
    String shown() {
      return path == null ? UNNAMED : path;
    }

    void copyTo(Path local, RemoteFiles files) throws IOException {
      if (content != null) {
        Files.write(local, content);
      } else if (path != null) {
        files.read(new org.apache.hadoop.fs.Path(path), local);
      } else {
        throw new IOException("the row has no image");
      }
    }
  }

  /**
   * Enlarges an image.
   *
   * @param target the path of the file to write; empty if the bytes of the result are wanted
   */
  Row enlarge(Source source, Optional<String> target) {
    long start = System.nanoTime();
    try {
      return unlessThere(source, target, start);
    } catch (TaskKilledException e) {
      throw e;
    } catch (Exception e) {
      if (task.isInterrupted() || Thread.currentThread().isInterrupted()) {
        throw killed(e);
      }
      // Whatever is wrong with one image must not end the stage of all: it goes into the row.
      counters.failed().add(1);
      return Enlargement.failed(reason(e, source.shown()), seconds(start));
    }
  }

  /** Returns the outcome for an image that is to be written, of a row that does not say where. */
  Row withoutTarget(Source source) {
    counters.failed().add(1);
    return Enlargement.failed(source.shown() + ": the row has no target", 0);
  }

  private static TaskKilledException killed(Exception cause) {
    TaskKilledException killed = new TaskKilledException("while an image was being enlarged");
    killed.initCause(cause);
    return killed;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static String reason(Exception e, String source) {
    boolean saysAll =
        e instanceof SuperResolutionException
            || e instanceof IllegalArgumentException
            || e instanceof CancellationException; // of the timeout
    return saysAll && e.getMessage() != null ? e.getMessage() : source + ": " + Reasons.of(e);
  }

  private Row unlessThere(Source source, Optional<String> target, long start) throws IOException {
    Optional<org.apache.hadoop.fs.Path> remote = target.map(org.apache.hadoop.fs.Path::new);
    if (remote.isPresent() && options.skipsExisting() && files.exists(remote.get())) {
      counters.skipped().add(1);
      return Enlargement.skipped(seconds(start));
    }
    Path folder = Files.createTempDirectory("sr4j-spark-");
    try {
      return enlarge(source, remote, folder, start);
    } catch (SuperResolutionException | IllegalArgumentException | CancellationException e) {
      throw named(e, source, target, folder);
    } finally {
      deleteRecursively(folder, ALLOW_INSECURE);
    }
  }

  private Row enlarge(
      Source source, Optional<org.apache.hadoop.fs.Path> target, Path folder, long start)
      throws IOException {
    Path local = sourceIn(folder);
    Path result = resultIn(folder, target);
    long begin = System.nanoTime();
    source.copyTo(local, files);
    double transfer = seconds(begin);
    upscaler.upscale(local, result, options.listener(new Listener()));
    Dimension size = ImageFiles.size(result);
    begin = System.nanoTime();
    byte[] content = null;
    if (target.isPresent()) {
      files.write(result, target.get(), !options.skipsExisting());
    } else {
      content = bytes(result);
    }
    counters.transfer().add(transfer + seconds(begin));
    counters.megapixels().add((double) size.width * size.height / 1e6);
    counters.enlarged().add(1);
    return Enlargement.done(content, size, seconds(start));
  }

  private static Path sourceIn(Path folder) {
    return folder.resolve("source");
  }

  /** Returns the place of the result, with the extension that says its format. */
  private Path resultIn(Path folder, Optional<org.apache.hadoop.fs.Path> target) {
    String extension =
        target
            .map(path -> FileNames.extension(Path.of(path.getName())))
            .orElseGet(() -> options.output().orElseThrow().format());
    return folder.resolve(extension.isEmpty() ? "result" : "result." + extension);
  }

  private static byte[] bytes(Path result) throws IOException {
    if (Files.size(result) > MAX_BYTES) {
      throw new IOException(
          "the result has more bytes than a column can hold; name a column of targets for files");
    }
    return Files.readAllBytes(result);
  }

  /**
   * Returns a failure whose message names the files of the row instead of those of this machine.
   */
  private RuntimeException named(
      RuntimeException e, Source source, Optional<String> target, Path folder) {
    String message = String.valueOf(e.getMessage());
    String result =
        resultIn(folder, target.map(org.apache.hadoop.fs.Path::new)).toAbsolutePath().toString();
    String named =
        message
            .replace(result, target.orElse("the result"))
            .replace(sourceIn(folder).toAbsolutePath().toString(), source.shown());
    return named.equals(message) ? e : new SuperResolutionException(named, e);
  }

  /** Adds up times, and ends a task that Spark has killed. */
  private final class Listener implements FileTimesListener {

    @Override
    public void progressed(Progress progress) {
      if (task.isInterrupted()) {
        throw new TaskKilledException("while an image was being enlarged");
      }
    }

    @Override
    public void spent(Duration decoding, Duration network, Duration encoding) {
      counters.decode().add(Counters.seconds(decoding));
      counters.network().add(Counters.seconds(network));
      counters.encode().add(Counters.seconds(encoding));
    }
  }
}
