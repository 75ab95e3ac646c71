// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.pixels.FrameDifference;
import io.github.sr4j.video.internal.pixels.FrameScaler;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way through the network: one thread reads them, several enlarge them, and they
 * are taken in their order. A bounded number is on the way.
 */
final class FramePipeline implements AutoCloseable {

  /** Reads the next frame of a film; nothing after the last one. */
  interface Source {
    Optional<NutPacket> next() throws IOException;
  }

  /** Enlarges a frame; called by several threads. */
  interface Scaling {
    FrameScaler.Frame scale(byte[] frame);
  }

  /**
   * A frame of the result.
   *
   * @param time when it is shown
   * @param isRepeated whether it is the result of the frame before
   */
  record Result(long time, FrameScaler.Frame frame, boolean isRepeated) {}

  /** A frame on the way; without a frame, the end of the film. */
  private record Job(long time, @Nullable Future<FrameScaler.Frame> frame, boolean isRepeated) {}

  private final Source source;
  private final Scaling scaling;
  private final FrameDifference difference;
  private final int segmentFrames;
  private final ExecutorService workers;
  private final BlockingQueue<Job> jobs;
  private final Thread reader;

  FramePipeline(Source source, Scaling scaling, FrameDifference difference, VideoOptions options) {
    this.source = source;
    this.scaling = scaling;
    this.difference = difference;
    this.segmentFrames = options.segmentFrames();
    this.workers =
        Executors.newFixedThreadPool(
            options.framesInWork(),
            new ThreadFactoryBuilder().setNameFormat("sr4j-video-%d").setDaemon(true).build());
    this.jobs = new ArrayBlockingQueue<>(options.framesInWork());
    this.reader = new Thread(this::read, "sr4j-video-reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try {
      try {
        readAll();
      } catch (IOException | RuntimeException | Error e) { // a source of the host's own may fail so
        jobs.put(new Job(0, CompletableFuture.failedFuture(e), false));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void readAll() throws IOException, InterruptedException {
    byte[] reference = null; // the frame that the network saw last
    Future<FrameScaler.Frame> enlarged = null;
    long index = 0;
    for (Optional<NutPacket> next = source.next(); next.isPresent(); next = source.next()) {
      NutPacket packet = next.get();
      // A segment does not depend on the one before, which an earlier run may have encoded.
      boolean isRepeated =
          index++ % segmentFrames != 0
              && reference != null
              && enlarged != null
              && difference.isWithin(reference, packet.data());
      if (!isRepeated) {
        reference = packet.data();
        byte[] frame = reference;
        enlarged = workers.submit(() -> scaling.scale(frame));
      }
      jobs.put(new Job(packet.time(), enlarged, isRepeated));
    }
    jobs.put(new Job(0, null, false));
  }

  /**
   * Takes the next frame, or nothing after the last one.
   *
   * @throws IOException if the film could not be read
   * @throws CancellationException if the thread is interrupted
   */
  Optional<Result> next() throws IOException {
    try {
      Job job = jobs.take();
      return job.frame == null
          ? Optional.empty()
          : Optional.of(new Result(job.time, job.frame.get(), job.isRepeated));
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /** Returns the end of a call whose thread was interrupted, which it is again. */
  static CancellationException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    CancellationException cancelled = new CancellationException("interrupted in a film");
    cancelled.initCause(e);
    return cancelled;
  }

  private static IOException failure(@Nullable Throwable cause) {
    if (cause instanceof IOException failure) {
      return failure;
    }
    if (cause instanceof RuntimeException failure) {
      throw failure;
    }
    if (cause instanceof Error failure) {
      throw failure;
    }
    throw new IllegalStateException("a frame could not be enlarged", cause);
  }

  /** Ends the threads, once what they are reading ends. */
  @Override
  public void close() {
    reader.interrupt();
    workers.shutdownNow();
  }
}
