// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.ffmpeg.ColorTags;
import io.github.sr4j.video.internal.ffmpeg.Encoder;
import io.github.sr4j.video.internal.ffmpeg.Ffmpeg;
import io.github.sr4j.video.internal.ffmpeg.FfmpegProcess;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutStream;
import io.github.sr4j.video.internal.ffmpeg.NutWriter;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The encoding of a film in segments of the same number of frames, each by a process of its own, so
 * that a segment's bytes do not depend on when an earlier run was interrupted. While a segment is
 * begun, the one before is completed. Not thread-safe.
 */
final class Segments implements AutoCloseable {

  /** By how much time stamps are later in segments: NUT has no negative ones for decoding. */
  private static final long SHIFT_SECONDS = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Setup setup;
  private final ExecutorService completion;
  private int index;
  private int framesInSegment;
  private @Nullable FfmpegProcess process;
  private @Nullable NutWriter writer;
  private @Nullable Future<?> completing; // the segment before
  private @Nullable FfmpegProcess processBefore;
  private long completeBytes;

  /**
   * The encoding of segments.
   *
   * @param folder for the files
   * @param stream of the raw frames
   * @param frameRate as a hint for the encoder
   * @param tags the meaning of the frames' numbers
   * @param frames of a segment
   * @param task what messages say that it does
   */
  record Setup(
      Ffmpeg ffmpeg,
      Path folder,
      NutStream stream,
      Ratio frameRate,
      ColorTags tags,
      Encoder encoder,
      int frames,
      String task) {}

  /** Makes the result of segments. */
  interface Joiner {

    /** Returns a clause for each part of the source that the result leaves out or changes. */
    List<String> notes();

    /**
     * Looks whether the result can be written, before time is spent.
     *
     * @throws ImageFormatException if it cannot hold what it is to hold
     */
    void check(Path folder) throws IOException;

    /**
     * Puts the result under its name.
     *
     * @param folder of the segments
     * @param count of them
     * @param frames of all of them
     * @return the bytes of the result
     */
    long join(Path folder, int count, long frames, Encoder encoder) throws IOException;
  }

  /**
   * Continues after the segments that are there.
   *
   * @param complete the number of them
   */
  Segments(Setup setup, int complete) throws IOException {
    this.setup = setup;
    this.index = complete;
    this.completion =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "sr4j-video-segments");
              thread.setDaemon(true);
              return thread;
            });
    for (int i = 0; i < complete; i++) {
      completeBytes += Files.size(file(setup.folder, i));
    }
  }

  /** Returns the file of a segment. */
  static Path file(Path folder, int index) {
    return folder.resolve(String.format(Locale.ROOT, "%06d.nut", index));
  }

  /** Returns how many complete segments are in a folder. */
  static int complete(Path folder) {
    int count = 0;
    while (Files.isRegularFile(file(folder, count))) {
      count++;
    }
    return count;
  }

  /** Returns by how much later time stamps are in segments, in units of a time base. */
  static long shift(Ratio timeBase) {
    return SHIFT_SECONDS * timeBase.denominator() / timeBase.numerator() + 1;
  }

  private static Path partial(Path folder, int index) {
    return RunFolder.partial(file(folder, index));
  }

  /** Encodes the next frame. */
  void write(long time, byte[] samples) throws IOException {
    if (writer == null) {
      begin();
    }
    FfmpegProcess encoding = process;
    NutWriter frames = writer;
    if (encoding == null || frames == null) {
      throw new IllegalStateException("there is no encoder");
    }
    try {
      frames.write(new NutPacket(time + shift(setup.stream.timeBase()), true, samples));
    } catch (IOException e) {
      encoding.endInput();
      throw encoding.explained(e);
    }
    framesInSegment++;
    if (framesInSegment == setup.frames) {
      end();
    }
  }

  private void begin() throws IOException {
    List<String> arguments = new ArrayList<>(setup.tags.options());
    arguments.addAll(List.of("-copyts", "-f", "nut", "-i", "pipe:0", "-map", "0:v:0"));
    arguments.addAll(List.of("-map_metadata", "-1"));
    arguments.addAll(setup.encoder.options());
    arguments.addAll(
        List.of(
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            setup.stream.timeBase().numerator() + ":" + setup.stream.timeBase().denominator(),
            "-f",
            "nut",
            "file:" + partial(setup.folder, index)));
    FfmpegProcess started = setup.ffmpeg.start(arguments, setup.task);
    process = started;
    try {
      writer = new NutWriter(started.input(), setup.stream, setup.frameRate);
    } catch (IOException e) {
      started.endInput();
      throw started.explained(e);
    }
  }

  private void end() throws IOException {
    FfmpegProcess ending = process;
    NutWriter last = writer;
    if (ending == null || last == null) {
      return;
    }
    awaitCompletion();
    int segment = index;
    processBefore = ending;
    completing =
        completion.submit(
            () -> {
              complete(ending, last, segment);
              return null;
            });
    process = null;
    writer = null;
    index++;
    framesInSegment = 0;
  }

  private void complete(FfmpegProcess ending, NutWriter last, int segment) throws IOException {
    try {
      last.close();
    } catch (IOException e) {
      throw ending.explained(e);
    }
    ending.awaitFile();
    Path partial = partial(setup.folder, segment);
    Path file = file(setup.folder, segment);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitCompletion() throws IOException {
    Future<?> waited = completing;
    FfmpegProcess waitedProcess = processBefore;
    if (waited == null || waitedProcess == null) {
      return;
    }
    try {
      waited.get();
    } catch (InterruptedException e) {
      throw FramePipeline.interrupted(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("a segment could not be completed", e.getCause());
    }
    waitedProcess.close();
    completeBytes += Files.size(file(setup.folder, index - 1));
    completing = null;
    processBefore = null;
  }

  /**
   * Completes the last segment.
   *
   * @return the number of segments
   */
  int finish() throws IOException {
    end();
    awaitCompletion();
    return index;
  }

  /** Returns the bytes of what is encoded so far. */
  long bytes() {
    long bytes = completeBytes;
    for (int i = Math.max(0, index - 1); i <= index; i++) {
      try {
        bytes += Files.size(partial(setup.folder, i));
      } catch (IOException e) {
        // It is complete, or not begun.
      }
    }
    return bytes;
  }

  /**
   * Ends the segment in work, which another run begins again, and completes the one before, unless
   * its encoder hangs.
   */
  @Override
  public void close() {
    FfmpegProcess unfinished = process;
    if (unfinished != null) {
      unfinished.close();
    }
    completion.shutdown();
    if (!Uninterruptibles.awaitTerminationUninterruptibly(completion, PATIENCE)) {
      completion.shutdownNow();
    }
    FfmpegProcess before = processBefore;
    if (before != null) {
      before.close();
    }
  }
}
