// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.shared.util.FileNames;
import io.github.sr4j.video.internal.ffmpeg.ColorTags;
import io.github.sr4j.video.internal.ffmpeg.Encoder;
import io.github.sr4j.video.internal.ffmpeg.EncoderRequest;
import io.github.sr4j.video.internal.ffmpeg.Ffmpeg;
import io.github.sr4j.video.internal.ffmpeg.FfmpegProcess;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutReader;
import io.github.sr4j.video.internal.ffmpeg.SourceFilm;
import io.github.sr4j.video.internal.pixels.ChromaLocation;
import io.github.sr4j.video.internal.pixels.FrameDifference;
import io.github.sr4j.video.internal.pixels.FrameFormat;
import io.github.sr4j.video.internal.pixels.FrameScaler;
import io.github.sr4j.video.internal.pixels.PixelFormat;
import io.github.sr4j.video.internal.pixels.YuvMatrix;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One call of {@link VideoUpscaler#upscale}. Not thread-safe. */
final class VideoRun {

  private final Upscaler upscaler;
  private final Path source;
  private final Path target;
  private final VideoOptions options;
  private final VideoListener listener;
  private final List<String> notes = new ArrayList<>();
  private final long begin = System.nanoTime();

  VideoRun(Upscaler upscaler, Path source, Path target, VideoOptions options) {
    this.upscaler = upscaler;
    this.source = source.toAbsolutePath();
    this.target = target.toAbsolutePath();
    this.options = options;
    this.listener = options.listener().orElse(progress -> {});
  }

  VideoReport run() throws IOException {
    String container = FileNames.extension(target);
    checkArgument(
        Encoder.CONTAINERS.contains(container),
        "target must end in .mkv, .mp4, .m4v, .mov or .webm, but was %s",
        target);
    if (!Files.exists(source)) {
      throw new NoSuchFileException(source.toString());
    }
    checkArgument(
        !Files.exists(target) || !Files.isSameFile(source, target),
        "target must not be the source, but both were %s",
        target);
    Ffmpeg ffmpeg = Ffmpeg.find(options.ffmpeg());
    SourceFilm film = SourceFilm.probe(ffmpeg, source);
    refuseInterlaced(film);
    film.notes().forEach(this::note);
    RunFolder folder = new RunFolder(target);
    folder.create(options.resumes());
    try {
      return run(ffmpeg, film, container, folder);
    } catch (IOException | RuntimeException | Error e) {
      if (Segments.complete(folder.path()) == 0) {
        folder.delete(); // there is nothing to continue
      }
      throw e;
    }
  }

  private VideoReport run(Ffmpeg ffmpeg, SourceFilm film, String container, RunFolder folder)
      throws IOException {
    Muxer muxer = new Muxer(ffmpeg, film, target, container);
    muxer.check(folder.path());
    muxer.notes().forEach(this::note);
    PixelFormat pixels = pixels(film);
    long startSeconds = startSeconds(film);
    try (FfmpegProcess decoder = decoder(ffmpeg, film, pixels, startSeconds);
        NutReader reader = reader(decoder, film)) {
      FrameScaler scaler = new FrameScaler(upscaler, format(film, pixels, reader));
      Encoded encoded = encode(ffmpeg, film, container, folder, decoder, reader, scaler);
      Path joined = RunFolder.partial(folder.path().resolve("joined." + container));
      muxer.join(
          folder.path(), encoded.segments, encoded.frames, startSeconds, encoded.encoder, joined);
      Files.move(joined, target, StandardCopyOption.ATOMIC_MOVE);
      folder.delete();
      return new VideoReport(
          encoded.frames,
          encoded.framesBefore,
          encoded.framesRepeated,
          encoded.width,
          encoded.height,
          Files.size(target),
          Duration.ofNanos(System.nanoTime() - begin),
          notes);
    }
  }

  private void note(String note) {
    notes.add(note);
    listener.noted(note);
  }

  private void refuseInterlaced(SourceFilm film) {
    if (film.isInterlaced() && !options.deinterlaces()) {
      throw new ImageFormatException(
          source
              + ": is interlaced, and a network would take its combs for detail; deinterlace makes"
              + " whole frames of the fields first",
          null);
    }
  }

  private PixelFormat pixels(SourceFilm film) {
    Optional<PixelFormat> planar = PixelFormat.planar(film.pixelFormat());
    if (planar.isEmpty()) {
      throw new ImageFormatException(
          String.format(
              "%s: frames in %s cannot be enlarged; convert them to a format of whole numbers in"
                  + " planes first",
              source, film.pixelFormat()),
          null);
    }
    PixelFormat pixels = planar.get();
    if (film.hasAlphaBeside() && pixels.kind() == PixelFormat.Kind.YUV) {
      pixels = PixelFormat.of(pixels.name().replaceFirst("^yuv4", "yuva4")).orElse(pixels);
    }
    return options.dropsAlpha() ? pixels.withoutAlpha() : pixels;
  }

  /** Returns the whole seconds by which time stamps must be later not to be negative. */
  private static long startSeconds(SourceFilm film) {
    if (film.start() >= 0) {
      return 0;
    }
    // Whole units of the time base, too, such as 1001/30000 of a second.
    long unit = Math.max(1, film.timeBase().numerator());
    long seconds = (long) Math.ceil(-film.start());
    return (seconds + unit - 1) / unit * unit;
  }

  private FfmpegProcess decoder(
      Ffmpeg ffmpeg, SourceFilm film, PixelFormat pixels, long startSeconds) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-copyts"));
    if (!options.ignoresErrors()) {
      arguments.add("-xerror");
    }
    if (startSeconds > 0) {
      arguments.addAll(List.of("-itsoffset", Long.toString(startSeconds)));
    }
    if (film.hasAlphaBeside()) {
      // FFmpeg's own decoders of VP8 and VP9 leave alpha out.
      String library = film.codec().equals("vp8") ? "libvpx" : "libvpx-vp9";
      arguments.addAll(List.of("-c:v", library));
    }
    arguments.addAll(
        List.of("-noautorotate", "-i", SourceFilm.inputName(source), "-map", "0:" + film.index()));
    if (film.isInterlaced()) {
      arguments.addAll(List.of("-vf", "bwdif=mode=send_frame:deint=all"));
      note("it is deinterlaced, a frame of two fields to one frame");
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
    return ffmpeg.start(arguments, source + ": decoding it");
  }

  private NutReader reader(FfmpegProcess decoder, SourceFilm film) throws IOException {
    decoder.endInput();
    try {
      return new NutReader(decoder.output(), film.timeBase());
    } catch (EOFException e) {
      throw decoder.explained(new IOException(source + ": there is no frame in it", e));
    }
  }

  private FrameFormat format(SourceFilm film, PixelFormat pixels, NutReader reader) {
    ColorTags tags = film.tags();
    boolean isFullRange =
        tags.range().isEmpty()
            ? pixels.isFullRange() || pixels.kind() != PixelFormat.Kind.YUV
            : tags.range().equals("pc");
    int height = reader.stream().height();
    String matrix = tags.matrix().isEmpty() ? YuvMatrix.assumed(height) : tags.matrix();
    return new FrameFormat(
        pixels,
        reader.stream().width(),
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

  /**
   * Returns the tags of the result. A film without a matrix gets the one that its size stands for,
   * since the size of the result may stand for another.
   */
  private ColorTags tags(SourceFilm film, FrameFormat format) {
    ColorTags tags = film.tags();
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

  /** The outcome of the encoding. */
  private record Encoded(
      Encoder encoder,
      int segments,
      long frames,
      long framesBefore,
      long framesRepeated,
      int width,
      int height) {}

  private Encoded encode(
      Ffmpeg ffmpeg,
      SourceFilm film,
      String container,
      RunFolder folder,
      FfmpegProcess decoder,
      NutReader reader,
      FrameScaler scaler)
      throws IOException {
    NutPacket first =
        reader
            .next()
            .orElseThrow(
                () -> decoder.explained(new IOException(source + ": there is no frame in it")));
    // The size of the result, on which the encoder depends, is known once there is one.
    FrameScaler.Frame firstResult = scaler.scale(first.data());
    ColorTags tags = tags(film, scaler.format());
    Encoder encoder =
        Encoder.choose(
            ffmpeg,
            new EncoderRequest(
                container,
                scaler.format().pixels(),
                firstResult.width(),
                firstResult.height(),
                tags,
                film.hdr(),
                options.codec(),
                options.quality(),
                options.preset(),
                options.encoderArguments()));
    listener.chosen(encoder.description());
    encoder.notes().forEach(this::note);
    folder.agree(plan(ffmpeg, film, encoder, firstResult));
    int complete = Segments.complete(folder.path());
    long framesBefore = (long) complete * options.segmentFrames();
    Skipping frames = new Skipping(first, reader, decoder, framesBefore, this::refuseErrors);
    Segments.Setup setup =
        new Segments.Setup(
            ffmpeg,
            folder.path(),
            reader.stream().sized(firstResult.width(), firstResult.height()),
            film.frameRate(),
            tags,
            encoder,
            options.segmentFrames(),
            target + ": encoding it");
    long begun = System.nanoTime();
    long done = framesBefore;
    long repeated = 0;
    int count;
    try (Segments segments = new Segments(setup, complete);
        FramePipeline pipeline =
            new FramePipeline(
                frames::next,
                // The first frame has been enlarged already.
                frame -> frame == first.data() ? firstResult : scaler.scale(frame),
                new FrameDifference(
                    scaler.format().pixels().sampleBytes(), options.staticTolerance()),
                options)) {
      for (Optional<FramePipeline.Result> next = pipeline.next();
          next.isPresent();
          next = pipeline.next()) {
        FramePipeline.Result result = next.get();
        segments.write(result.time(), result.frame().samples());
        done++;
        repeated += result.isRepeated() ? 1 : 0;
        listener.progressed(
            new VideoListener.Progress(
                done,
                framesBefore,
                film.frames(),
                Duration.ofNanos(System.nanoTime() - begun),
                segments.bytes()));
      }
      count = segments.finish();
    } catch (IOException | RuntimeException | Error e) {
      decoder.close(); // so that the thread that reads from it ends
      throw e;
    }
    long frameCount = frames.count();
    if (frameCount <= framesBefore - options.segmentFrames()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: has %d frames, but the interrupted run had done %d",
              source,
              frameCount,
              framesBefore));
    }
    if (decoder.errors() > 0) {
      note(
          String.format(
              Locale.ROOT,
              "FFmpeg had %d messages about errors in it, the last: %s",
              decoder.errors(),
              decoder.lastError()));
    }
    return new Encoded(
        encoder,
        count,
        frameCount,
        Math.min(frameCount, framesBefore), // the last segment has fewer frames
        repeated,
        firstResult.width(),
        firstResult.height());
  }

  private void refuseErrors(FfmpegProcess decoder) throws IOException {
    if (decoder.errors() > 0 && !options.ignoresErrors()) {
      throw new IOException(
          String.format(
              "%s: FFmpeg finds an error in it: %s; if errors are to be ignored, it conceals them",
              source, decoder.lastError()));
    }
  }

  /** Returns the lines that another run must have in common with this one to continue it. */
  private List<String> plan(
      Ffmpeg ffmpeg, SourceFilm film, Encoder encoder, FrameScaler.Frame result)
      throws IOException {
    return List.of(
        "source " + source,
        "bytes " + Files.size(source) + ", written " + Files.getLastModifiedTime(source),
        "stream " + film.index() + (options.deinterlaces() ? ", deinterlaced" : ""),
        "model " + upscaler.info() + " " + upscaler.info().provenance(),
        "size " + result.width() + "x" + result.height(),
        "static " + options.staticTolerance(),
        "FFmpeg " + ffmpeg.version(),
        "encoder " + String.join(" ", encoder.options()),
        "frames of a segment " + options.segmentFrames());
  }

  /** Looks for errors in a film. */
  private interface ErrorCheck {
    void check(FfmpegProcess decoder) throws IOException;
  }

  /** The frames of the decoder, without those that an earlier run has done. */
  private static final class Skipping {
    private final NutPacket first;
    private final NutReader reader;
    private final FfmpegProcess decoder;
    private final long skipped;
    private final ErrorCheck check;
    private final AtomicLong count = new AtomicLong();

    Skipping(
        NutPacket first, NutReader reader, FfmpegProcess decoder, long skipped, ErrorCheck check) {
      this.first = first;
      this.reader = reader;
      this.decoder = decoder;
      this.skipped = skipped;
      this.check = check;
    }

    /** Returns how many frames the decoder has given. */
    long count() {
      return count.get();
    }

    Optional<NutPacket> next() throws IOException {
      while (count.get() < skipped) {
        if (read().isEmpty()) {
          return Optional.empty();
        }
      }
      return read();
    }

    private Optional<NutPacket> read() throws IOException {
      Optional<NutPacket> next;
      try {
        next = count.get() == 0 ? Optional.of(first) : reader.next();
      } catch (IOException e) {
        throw decoder.explained(e);
      }
      if (next.isPresent()) {
        count.incrementAndGet();
      } else {
        decoder.await();
      }
      check.check(decoder);
      return next;
    }
  }
}
