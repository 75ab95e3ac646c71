// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.shared.images.ImageReading;
import io.github.sr4j.video.internal.pixels.ImageKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The frames of an animated WebP, which FFmpeg does not decode, with their times. Not thread-safe.
 */
final class AnimationFrames implements FrameSource, Closeable {

  private static final long UNITS = 1000; // in a second, as WebP counts

  private final Path file;
  private final ImageReading reading;
  private final ImageKind kind;
  private final Format format;
  private int next;
  private long time;
  private boolean isClosed;

  private AnimationFrames(Path file, ImageReading reading) throws IOException {
    this.file = file;
    this.reading = reading;
    this.kind = ImageKind.of(reading.model());
    this.format = new Format(kind.pixels().name(), reading.width(), reading.height(), 1, UNITS);
  }

  /** Opens a file if it is an animation. */
  static Optional<AnimationFrames> open(Path file) throws IOException {
    ImageReading reading = ImageReading.open(file);
    try {
      if (reading.frames() > 0) {
        return Optional.of(new AnimationFrames(file, reading));
      }
    } catch (IOException | RuntimeException | Error e) {
      try (reading) {
        throw e;
      }
    }
    reading.close();
    return Optional.empty();
  }

  /** Returns how many frames there are. */
  int count() {
    return reading.frames();
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public Optional<Frame> next() throws IOException {
    if (next == reading.frames()) {
      return Optional.empty();
    }
    String name = String.format(Locale.ROOT, "%s: frame %d", file, next + 1);
    byte[] samples = IteratedImages.frame(reading.read(next), kind, format, name);
    Frame frame = new Frame(time, samples);
    // Players show a frame of no time for a moment, too.
    time += Math.max(1, Math.round(UNITS * reading.seconds(next)));
    next++;
    return Optional.of(frame);
  }

  @Override
  public synchronized void close() throws IOException {
    if (isClosed) {
      return; // a channel refuses to be closed twice
    }
    isClosed = true;
    reading.close();
  }
}
