// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.video.internal.ffmpeg.ColorTags;
import io.github.sr4j.video.internal.ffmpeg.Ffmpeg;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutStream;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.pixels.ChromaLocation;
import io.github.sr4j.video.internal.pixels.FrameFormat;
import io.github.sr4j.video.internal.pixels.PixelFormat;
import io.github.sr4j.video.internal.pixels.YuvMatrix;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The frames of a {@link FrameSource}. */
final class FrameSourceInput implements FrameInput {

  private static final double MAX_RATE = 240; // a finer unit of time tells no rate

  private final Ffmpeg ffmpeg;
  private final FrameSource source;
  private final String name;
  private final OptionalLong frames;
  private final List<String> plan;
  private final Closeable closed;
  private final FrameSource.Format declared;
  private final PixelFormat given;
  private final FrameFormat format; // without alpha if it is dropped
  private final Ratio timeBase;
  private @Nullable NutStream stream;
  private long timeBefore = -1;

  /**
   * Creates the input.
   *
   * @param name in messages
   * @param frames how many there are, if that is known
   * @param plan the lines by which a run tells whether the source is the same
   * @param closed with this
   * @throws IllegalArgumentException if the format's samples do not lie in planes
   */
  FrameSourceInput(
      Ffmpeg ffmpeg,
      FrameSource source,
      String name,
      OptionalLong frames,
      List<String> plan,
      boolean dropsAlpha,
      Closeable closed) {
    this.ffmpeg = ffmpeg;
    this.source = source;
    this.name = name;
    this.frames = frames;
    this.plan = plan;
    this.closed = closed;
    this.declared = source.format();
    Optional<PixelFormat> pixels = PixelFormat.of(declared.pixelFormat());
    checkArgument(
        pixels.isPresent(),
        "pixelFormat must be one with samples in planes, such as yuv420p, gbrp or gray, but was %s",
        declared.pixelFormat());
    this.given = pixels.orElseThrow();
    PixelFormat kept = dropsAlpha ? given.withoutAlpha() : given;
    boolean isYuv = kept.kind() == PixelFormat.Kind.YUV;
    this.format =
        new FrameFormat(
            kept,
            declared.width(),
            declared.height(),
            kept.isFullRange() || !isYuv,
            ChromaLocation.LEFT,
            isYuv ? YuvMatrix.of(YuvMatrix.assumed(declared.height())) : Optional.empty());
    this.timeBase = new Ratio(declared.timeNumerator(), declared.timeDenominator());
  }

  /** Returns the unit of the frames' times. */
  Ratio timeBase() {
    return timeBase;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void open() throws IOException {
    stream =
        ffmpeg
            .rawStream(format.pixels().name(), timeBase)
            .sized(declared.width(), declared.height());
  }

  @Override
  public FrameFormat format() {
    return format;
  }

  @Override
  public NutStream stream() {
    NutStream opened = stream;
    if (opened == null) {
      throw new IllegalStateException("it is not open");
    }
    return opened;
  }

  @Override
  public ColorTags tags() {
    return switch (format.pixels().kind()) {
      case YUV ->
          new ColorTags(
              format.isFullRange() ? "pc" : "tv",
              YuvMatrix.assumed(declared.height()),
              "",
              "",
              "left");
      case GRAY -> new ColorTags("pc", "", "", "", "");
      case RGB -> new ColorTags("", "", "", "", "");
    };
  }

  @Override
  public Ratio frameRate() {
    Ratio rate = timeBase.inverse();
    return rate.toDouble() <= MAX_RATE ? rate : Ratio.UNKNOWN;
  }

  @Override
  public OptionalLong frames() {
    return frames;
  }

  @Override
  public Optional<NutPacket> next() throws IOException {
    Optional<FrameSource.Frame> next = source.next();
    if (next.isEmpty()) {
      return Optional.empty();
    }
    FrameSource.Frame frame = next.get();
    byte[] samples = frame.samples();
    long bytes = given.frameBytes(declared.width(), declared.height());
    checkArgument(
        samples.length == bytes,
        "samples must be %s bytes for %s of %sx%s (width x height), but were %s",
        bytes,
        given,
        declared.width(),
        declared.height(),
        samples.length);
    checkArgument(
        frame.time() > timeBefore,
        "time must be later than %s, but was %s",
        timeBefore,
        frame.time());
    timeBefore = frame.time();
    // Alpha is the last plane.
    byte[] kept =
        samples.length == format.frameBytes()
            ? samples
            : Arrays.copyOf(samples, (int) format.frameBytes());
    return Optional.of(new NutPacket(frame.time(), true, kept));
  }

  @Override
  public List<String> plan() {
    return plan;
  }

  @Override
  public void close() throws IOException {
    closed.close();
  }
}
