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
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.ffmpeg.SourceFilm;
import io.github.sr4j.video.internal.pixels.FrameDifference;
import io.github.sr4j.video.internal.pixels.FrameFormat;
import io.github.sr4j.video.internal.pixels.FrameScaler;
import io.github.sr4j.video.internal.pixels.PixelFormat;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** One call of {@link VideoUpscaler#upscale}. Not thread-safe. */
final class VideoRun {

  private static final double DEFAULT_RATE = 25; // of a folder of images, as FFmpeg has it

  private final Upscaler upscaler;
  private final Path target;
  private final VideoOptions options;
  private final VideoListener listener;
  private final List<String> notes = new ArrayList<>();
  private final long begin = System.nanoTime();

  VideoRun(Upscaler upscaler, Path target, VideoOptions options) {
    this.upscaler = upscaler;
    this.target = target.toAbsolutePath();
    this.options = options;
    this.listener = options.listener().orElse(progress -> {});
  }

  /** Enlarges a film, an animation or a folder of images. */
  VideoReport run(Path file) throws IOException {
    Path source = file.toAbsolutePath();
    String container = container();
    if (!Files.exists(source)) {
      throw new NoSuchFileException(source.toString());
    }
    checkArgument(
        !Files.exists(target) || !Files.isSameFile(source, target),
        "target must not be the source, but both were %s",
        target);
    Ffmpeg ffmpeg = Ffmpeg.find(options.ffmpeg());
    if (Files.isDirectory(source)) {
      return runFolder(ffmpeg, source, container);
    }
    refuseRate();
    Optional<AnimationFrames> animation =
        FileNames.extension(source).equals("webp")
            ? AnimationFrames.open(source)
            : Optional.empty();
    if (animation.isPresent()) {
      try (AnimationFrames frames = animation.get()) {
        List<String> plan =
            List.of(
                "source " + source,
                "bytes " + Files.size(source) + ", written " + Files.getLastModifiedTime(source));
        FrameSourceInput input =
            input(ffmpeg, frames, source.toString(), OptionalLong.of(frames.count()), plan, frames);
        return run(ffmpeg, input, joiner(ffmpeg, input, container, List.of()), container);
      }
    }
    return runFilm(ffmpeg, SourceFilm.probe(ffmpeg, source), container);
  }

  /** Enlarges frames of a program's own. */
  VideoReport run(FrameSource frames) throws IOException {
    String container = container();
    refuseRate();
    Ffmpeg ffmpeg = Ffmpeg.find(options.ffmpeg());
    List<String> plan = List.of("source of the program's own, " + frames.format());
    FrameSourceInput input =
        input(ffmpeg, frames, "the frames' source", OptionalLong.empty(), plan, () -> {});
    return run(ffmpeg, input, joiner(ffmpeg, input, container, List.of()), container);
  }

  private VideoReport runFolder(Ffmpeg ffmpeg, Path source, String container) throws IOException {
    Ratio rate = Ratio.ofFrameRate(options.frameRate().orElse(DEFAULT_RATE));
    FolderFrames images = new FolderFrames(source, rate);
    images.notes().forEach(this::note);
    List<String> names = images.names();
    FrameSourceInput input =
        input(
            ffmpeg,
            images,
            source.toString(),
            OptionalLong.of(names.size()),
            images.plan(),
            () -> {});
    return run(ffmpeg, input, joiner(ffmpeg, input, container, names), container);
  }

  private VideoReport runFilm(Ffmpeg ffmpeg, SourceFilm film, String container) throws IOException {
    refuseInterlaced(film);
    film.notes().forEach(this::note);
    if (film.isInterlaced()) {
      note("it is deinterlaced, a frame of two fields to one frame");
    }
    boolean isToImages = container.equals(Encoder.IMAGES);
    FilmInput input = new FilmInput(ffmpeg, film, options, isToImages);
    Segments.Joiner joiner =
        isToImages
            ? new PngFolder(target, film.timeBase(), List.of(), lost(film))
            : new Muxer(
                ffmpeg,
                Optional.of(film),
                film.timeBase(),
                film.frameRate(),
                input.startSeconds(),
                target,
                container);
    return run(ffmpeg, input, joiner, container);
  }

  /** Returns the extension of the target; {@link Encoder#IMAGES} for a folder. */
  private String container() {
    String extension = FileNames.extension(target);
    if (Files.isDirectory(target) || extension.isEmpty()) {
      return Encoder.IMAGES;
    }
    checkArgument(
        Encoder.CONTAINERS.contains(extension),
        "target must end in .mkv, .mp4, .m4v, .mov or .webm, or be a folder, but was %s",
        target);
    return extension;
  }

  private void refuseRate() {
    checkArgument(
        options.frameRate().isEmpty(),
        "frameRate is for a folder of images, but the source has times of its own");
  }

  private void refuseInterlaced(SourceFilm film) {
    if (film.isInterlaced() && !options.deinterlaces()) {
      throw new ImageFormatException(
          film.file()
              + ": is interlaced, and a network would take its combs for detail; deinterlace makes"
              + " whole frames of the fields first",
          null);
    }
  }

  private FrameSourceInput input(
      Ffmpeg ffmpeg,
      FrameSource frames,
      String name,
      OptionalLong count,
      List<String> plan,
      Closeable closed) {
    return new FrameSourceInput(ffmpeg, frames, name, count, plan, options.dropsAlpha(), closed);
  }

  /** Returns the joining of frames that come without other streams. */
  private Segments.Joiner joiner(
      Ffmpeg ffmpeg, FrameSourceInput input, String container, List<String> names) {
    return container.equals(Encoder.IMAGES)
        ? new PngFolder(target, input.timeBase(), names, List.of())
        : new Muxer(
            ffmpeg, Optional.empty(), input.timeBase(), input.frameRate(), 0, target, container);
  }

  /** Returns a clause on the streams of a film that images cannot hold, if there are any. */
  private static List<String> lost(SourceFilm film) {
    return film.others().isEmpty()
        ? List.of()
        : List.of("images hold the frames alone: its other streams are left out");
  }

  private VideoReport run(Ffmpeg ffmpeg, FrameInput input, Segments.Joiner joiner, String container)
      throws IOException {
    RunFolder folder = new RunFolder(target);
    folder.create(options.resumes());
    try (input) {
      joiner.check(folder.path());
      joiner.notes().forEach(this::note);
      input.open();
      refuseImagesWithoutMatrix(input, container);
      Encoded encoded = encode(ffmpeg, input, container, folder);
      long bytes = joiner.join(folder.path(), encoded.segments, encoded.frames, encoded.encoder);
      folder.delete();
      return new VideoReport(
          encoded.frames,
          encoded.framesBefore,
          encoded.framesRepeated,
          encoded.width,
          encoded.height,
          bytes,
          Duration.ofNanos(System.nanoTime() - begin),
          notes);
    } catch (IOException | RuntimeException | Error e) {
      if (Segments.complete(folder.path()) == 0) {
        folder.delete(); // there is nothing to continue
      }
      throw e;
    }
  }

  private static void refuseImagesWithoutMatrix(FrameInput input, String container) {
    FrameFormat format = input.format();
    boolean isYuv = format.pixels().kind() == PixelFormat.Kind.YUV;
    if (container.equals(Encoder.IMAGES) && isYuv && format.matrix().isEmpty()) {
      throw new ImageFormatException(
          input.name()
              + ": there is no linear matrix from its colours to those of images; write a film",
          null);
    }
  }

  private void note(String note) {
    notes.add(note);
    listener.noted(note);
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

  private Encoded encode(Ffmpeg ffmpeg, FrameInput input, String container, RunFolder folder)
      throws IOException {
    FrameScaler scaler = new FrameScaler(upscaler, input.format());
    NutPacket first =
        input.next().orElseThrow(() -> new IOException(input.name() + ": there is no frame in it"));
    // The size of the result, on which the encoder depends, is known once there is one.
    FrameScaler.Frame firstResult = scaler.scale(first.data());
    ColorTags tags = input.tags();
    Encoder encoder =
        Encoder.choose(
            ffmpeg,
            new EncoderRequest(
                container,
                scaler.format().pixels(),
                firstResult.width(),
                firstResult.height(),
                tags,
                input.hdr(),
                options.codec(),
                options.quality(),
                options.preset(),
                options.encoderArguments()));
    listener.chosen(encoder.description());
    encoder.notes().forEach(this::note);
    folder.agree(plan(ffmpeg, input, encoder, firstResult));
    int complete = Segments.complete(folder.path());
    long framesBefore = (long) complete * options.segmentFrames();
    Skipping frames = new Skipping(first, input, framesBefore);
    Segments.Setup setup =
        new Segments.Setup(
            ffmpeg,
            folder.path(),
            input.stream().sized(firstResult.width(), firstResult.height()),
            input.frameRate(),
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
                input.frames(),
                Duration.ofNanos(System.nanoTime() - begun),
                segments.bytes()));
      }
      count = segments.finish();
    } catch (IOException | RuntimeException | Error e) {
      input.close(); // so that the thread that reads from it ends
      throw e;
    }
    long frameCount = frames.count();
    if (frameCount <= framesBefore - options.segmentFrames()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: has %d frames, but the interrupted run had done %d",
              input.name(),
              frameCount,
              framesBefore));
    }
    input.notes().forEach(this::note);
    return new Encoded(
        encoder,
        count,
        frameCount,
        Math.min(frameCount, framesBefore), // the last segment has fewer frames
        repeated,
        firstResult.width(),
        firstResult.height());
  }

  /** Returns the lines that another run must have in common with this one to continue it. */
  private List<String> plan(
      Ffmpeg ffmpeg, FrameInput input, Encoder encoder, FrameScaler.Frame result)
      throws IOException {
    List<String> plan = new ArrayList<>(input.plan());
    plan.addAll(
        List.of(
            "model " + upscaler.info() + " " + upscaler.info().provenance(),
            "size " + result.width() + "x" + result.height(),
            "static " + options.staticTolerance(),
            "FFmpeg " + ffmpeg.version(),
            "encoder " + String.join(" ", encoder.options()),
            "frames of a segment " + options.segmentFrames()));
    return plan;
  }

  /** The frames of the input, without those that an earlier run has done. */
  private static final class Skipping {
    private final NutPacket first;
    private final FrameInput input;
    private final long skipped;
    private final AtomicLong count = new AtomicLong();

    Skipping(NutPacket first, FrameInput input, long skipped) {
      this.first = first;
      this.input = input;
      this.skipped = skipped;
    }

    /** Returns how many frames the input has given. */
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
      Optional<NutPacket> next = count.get() == 0 ? Optional.of(first) : input.next();
      if (next.isPresent()) {
        count.incrementAndGet();
      }
      return next;
    }
  }
}
