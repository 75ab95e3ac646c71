// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.ffmpeg.ColorTags;
import io.github.sr4j.video.internal.ffmpeg.Ffmpeg;
import io.github.sr4j.video.internal.ffmpeg.FfmpegProcess;
import io.github.sr4j.video.internal.ffmpeg.HdrMetadata;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutReader;
import io.github.sr4j.video.internal.ffmpeg.NutStream;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.ffmpeg.SourceFilm;
import io.github.sr4j.video.internal.pixels.ChromaLocation;
import io.github.sr4j.video.internal.pixels.FrameFormat;
import io.github.sr4j.video.internal.pixels.PixelFormat;
import io.github.sr4j.video.internal.pixels.YuvMatrix;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The frames of a film, decoded by FFmpeg. */
final class FilmInput implements FrameInput {

  private final Ffmpeg ffmpeg;
  private final SourceFilm film;
  private final VideoOptions options;
  private final boolean isTurned;
  private @Nullable Opened opened;

  /** A decoder that runs, and the kind of its frames. */
  private record Opened(FfmpegProcess decoder, NutReader reader, FrameFormat format) {}

  /**
   * Creates the input.
   *
   * @param isTurned whether frames are turned as the film is to be looked at
   */
  FilmInput(Ffmpeg ffmpeg, SourceFilm film, VideoOptions options, boolean isTurned) {
    this.ffmpeg = ffmpeg;
    this.film = film;
    this.options = options;
    this.isTurned = isTurned;
  }

  @Override
  public String name() {
    return film.file().toString();
  }

  @Override
  public void open() throws IOException {
    PixelFormat pixels = pixels();
    FfmpegProcess decoder = decode(pixels);
    try {
      NutReader reader = read(decoder);
      opened = new Opened(decoder, reader, format(pixels, reader.stream()));
    } catch (IOException | RuntimeException | Error e) {
      decoder.close();
      throw e;
    }
  }

  private Opened opened() {
    Opened known = opened;
    if (known == null) {
      throw new IllegalStateException("it is not open");
    }
    return known;
  }

  @Override
  public FrameFormat format() {
    return opened().format;
  }

  @Override
  public NutStream stream() {
    return opened().reader.stream();
  }

  @Override
  public HdrMetadata hdr() {
    return film.hdr();
  }

  @Override
  public Ratio frameRate() {
    return film.frameRate();
  }

  @Override
  public OptionalLong frames() {
    return film.frames();
  }

  @Override
  public Optional<NutPacket> next() throws IOException {
    FfmpegProcess decoder = opened().decoder;
    Optional<NutPacket> next;
    try {
      next = opened().reader.next();
    } catch (IOException e) {
      throw decoder.explained(e);
    }
    if (next.isEmpty()) {
      decoder.await();
    }
    if (decoder.errors() > 0 && !options.ignoresErrors()) {
      throw new IOException(
          String.format(
              "%s: FFmpeg finds an error in it: %s; if errors are to be ignored, it conceals them",
              film.file(), decoder.lastError()));
    }
    return next;
  }

  @Override
  public List<String> notes() {
    FfmpegProcess decoder = opened().decoder;
    if (decoder.errors() == 0) {
      return List.of();
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "FFmpeg had %d messages about errors in it, the last: %s",
            decoder.errors(),
            decoder.lastError()));
  }

  @Override
  public List<String> plan() throws IOException {
    return List.of(
        "source " + film.file(),
        "bytes " + Files.size(film.file()) + ", written " + Files.getLastModifiedTime(film.file()),
        "stream " + film.index() + (options.deinterlaces() ? ", deinterlaced" : ""));
  }

  @Override
  public void close() throws IOException {
    Opened known = opened;
    if (known != null) {
      known.decoder.close();
      known.reader.close();
    }
  }

  /**
   * Returns the whole seconds by which frames are later than in the film, lest times be negative.
   */
  long startSeconds() {
    if (film.start() >= 0) {
      return 0;
    }
    // Whole units of the time base, too, such as 1001/30000 of a second.
    long unit = Math.max(1, film.timeBase().numerator());
    long seconds = (long) Math.ceil(-film.start());
    return (seconds + unit - 1) / unit * unit;
  }

  /**
   * Returns the tags of the result. A film without a matrix gets the one that its size stands for,
   * since the size of the result may stand for another.
   */
  @Override
  public ColorTags tags() {
    ColorTags tags = film.tags();
    FrameFormat format = format();
    if (format.pixels().kind() != PixelFormat.Kind.YUV) {
      return tags;
    }
    return new ColorTags(
        format.isFullRange() ? "pc" : "tv",
        tags.matrix().isEmpty() ? YuvMatrix.assumed(format.height()) : tags.matrix(),
        tags.primaries(),
        tags.transfer(),
        tags.chroma());
  }

  private PixelFormat pixels() {
    Optional<PixelFormat> planar = PixelFormat.planar(film.pixelFormat());
    if (planar.isEmpty()) {
      throw new ImageFormatException(
          String.format(
              "%s: frames in %s cannot be enlarged; convert them to a format of whole numbers in"
                  + " planes first",
              film.file(), film.pixelFormat()),
          null);
    }
    PixelFormat pixels = planar.get();
    if (film.hasAlphaBeside() && pixels.kind() == PixelFormat.Kind.YUV) {
      pixels = PixelFormat.of(pixels.name().replaceFirst("^yuv4", "yuva4")).orElse(pixels);
    }
    return options.dropsAlpha() ? pixels.withoutAlpha() : pixels;
  }

  private FfmpegProcess decode(PixelFormat pixels) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-copyts"));
    if (!options.ignoresErrors()) {
      arguments.add("-xerror");
    }
    long later = startSeconds();
    if (later > 0) {
      arguments.addAll(List.of("-itsoffset", Long.toString(later)));
    }
    if (film.hasAlphaBeside()) {
      // FFmpeg's own decoders of VP8 and VP9 leave alpha out.
      String library = film.codec().equals("vp8") ? "libvpx" : "libvpx-vp9";
      arguments.addAll(List.of("-c:v", library));
    }
    if (!isTurned) {
      arguments.add("-noautorotate");
    }
    arguments.addAll(List.of("-i", SourceFilm.inputName(film.file()), "-map", "0:" + film.index()));
    if (film.isInterlaced()) {
      arguments.addAll(List.of("-vf", "bwdif=mode=send_frame:deint=all"));
    }
    arguments.addAll(
        List.of(
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            film.timeBase().numerator() + ":" + film.timeBase().denominator(),
            "-c:v",
            "rawvideo",
            "-pix_fmt",
            pixels.name(),
            "-f",
            "nut",
            "pipe:1"));
    return ffmpeg.start(arguments, film.file() + ": decoding it");
  }

  private NutReader read(FfmpegProcess decoder) throws IOException {
    decoder.endInput();
    try {
      return new NutReader(decoder.output(), film.timeBase());
    } catch (EOFException e) {
      throw decoder.explained(new IOException(film.file() + ": there is no frame in it", e));
    }
  }

  private FrameFormat format(PixelFormat pixels, NutStream stream) {
    ColorTags tags = film.tags();
    boolean isFullRange =
        tags.range().isEmpty()
            ? pixels.isFullRange() || pixels.kind() != PixelFormat.Kind.YUV
            : tags.range().equals("pc");
    int height = stream.height();
    String matrix = tags.matrix().isEmpty() ? YuvMatrix.assumed(height) : tags.matrix();
    return new FrameFormat(
        pixels,
        stream.width(),
        height,
        isFullRange,
        chroma(tags.chroma()),
        pixels.kind() == PixelFormat.Kind.YUV ? YuvMatrix.of(matrix) : Optional.empty());
  }

  private static ChromaLocation chroma(String tag) {
    for (ChromaLocation location : ChromaLocation.values()) {
      if (location.name().toLowerCase(Locale.ROOT).equals(tag)) {
        return location;
      }
    }
    return ChromaLocation.LEFT;
  }
}
