// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.ffmpeg.Encoder;
import io.github.sr4j.video.internal.ffmpeg.Ffmpeg;
import io.github.sr4j.video.internal.ffmpeg.FfmpegProcess;
import io.github.sr4j.video.internal.ffmpeg.NutPacket;
import io.github.sr4j.video.internal.ffmpeg.NutReader;
import io.github.sr4j.video.internal.ffmpeg.NutStream;
import io.github.sr4j.video.internal.ffmpeg.NutWriter;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import io.github.sr4j.video.internal.ffmpeg.SourceFilm;
import io.github.sr4j.video.internal.ffmpeg.SourceFilm.Orientation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The joining of encoded segments with everything else of the source into the target's container.
 */
final class Muxer implements Segments.Joiner {

  /** Tags of a stream that tell of its bytes, which are others now. */
  private static final List<String> STATISTICS =
      List.of(
          "BPS",
          "BPS-eng",
          "DURATION",
          "DURATION-eng",
          "NUMBER_OF_FRAMES",
          "NUMBER_OF_FRAMES-eng",
          "NUMBER_OF_BYTES",
          "NUMBER_OF_BYTES-eng",
          "_STATISTICS_WRITING_APP",
          "_STATISTICS_WRITING_APP-eng",
          "_STATISTICS_WRITING_DATE_UTC",
          "_STATISTICS_WRITING_DATE_UTC-eng",
          "_STATISTICS_TAGS",
          "_STATISTICS_TAGS-eng",
          "encoder",
          "alpha_mode");

  private static final List<String> TEXTS =
      List.of("subrip", "srt", "ass", "ssa", "webvtt", "text", "mov_text");

  private final Ffmpeg ffmpeg;
  private final Optional<SourceFilm> film; // frames of a program's own come from none
  private final Ratio timeBase;
  private final Ratio frameRate;
  private final long startSeconds;
  private final Path target;
  private final String container; // by its extension
  private final List<SourceFilm.Stream> kept = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Creates the joining.
   *
   * @param film whose other streams are copied
   * @param timeBase of the segments
   * @param frameRate as a hint
   * @param startSeconds how much later the segments' times are than the film's, beside their shift
   */
  Muxer(
      Ffmpeg ffmpeg,
      Optional<SourceFilm> film,
      Ratio timeBase,
      Ratio frameRate,
      long startSeconds,
      Path target,
      String container) {
    this.ffmpeg = ffmpeg;
    this.film = film;
    this.timeBase = timeBase;
    this.frameRate = frameRate;
    this.startSeconds = startSeconds;
    this.target = target;
    this.container = container;
    film.ifPresent(this::chooseStreams);
  }

  private void chooseStreams(SourceFilm source) {
    for (SourceFilm.Stream stream : source.others()) {
      boolean isData = !List.of("audio", "video", "subtitle", "attachment").contains(stream.type());
      if (isData && !container.equals("mov")) {
        notes.add(
            String.format(
                Locale.ROOT,
                "stream %d is left out, which .%s cannot hold: %s %s",
                stream.index(),
                container,
                stream.type(),
                stream.codec()));
      } else {
        kept.add(stream);
      }
    }
    for (SourceFilm.Stream stream : kept) {
      String codec = subtitleCodec(stream);
      if (!codec.equals("copy")) {
        notes.add(
            String.format(
                Locale.ROOT,
                "the subtitles of stream %d become %s instead of %s",
                stream.index(),
                codec,
                stream.codec()));
      }
    }
    if (source.orientation().isMirrored() && !ffmpeg.isAtLeast(6, 0)) {
      notes.add("that it is to be mirrored is left out: FFmpeg sets it from version 6.0 on");
    }
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  private boolean isOfMpeg4() {
    return List.of("mp4", "m4v", "mov").contains(container);
  }

  private String format() {
    return switch (container) {
      case "mkv" -> "matroska";
      case "m4v" -> "mp4";
      default -> container;
    };
  }

  /**
   * Returns the codec of a stream in the target: as it is, unless the container has other texts.
   */
  private String subtitleCodec(SourceFilm.Stream stream) {
    if (!stream.type().equals("subtitle") || !TEXTS.contains(stream.codec())) {
      return "copy";
    }
    if (isOfMpeg4()) {
      return stream.codec().equals("mov_text") ? "copy" : "mov_text";
    }
    if (container.equals("webm")) {
      return stream.codec().equals("webvtt") ? "copy" : "webvtt";
    }
    return stream.codec().equals("mov_text") ? "subrip" : "copy";
  }

  /**
   * Tries whether the container can hold the streams beside the video, before time is spent.
   *
   * @throws ImageFormatException if it cannot
   */
  @Override
  public void check(Path folder) throws IOException {
    if (kept.isEmpty()) {
      return;
    }
    Path source = film.orElseThrow().file();
    Path trial = folder.resolve("trial." + container);
    List<String> arguments = new ArrayList<>(List.of("-i", SourceFilm.inputName(source)));
    for (SourceFilm.Stream stream : kept) {
      arguments.addAll(List.of("-map", "0:" + stream.index()));
    }
    addCodecs(arguments, 0);
    arguments.addAll(List.of("-t", "0.1", "-f", format(), "file:" + trial));
    try (FfmpegProcess process =
        ffmpeg.start(arguments, target + ": copying the other streams of " + source)) {
      process.endInput();
      if (process.status() != 0) {
        throw new ImageFormatException(
            String.format(
                "%s: .%s cannot hold all streams of %s: %s; .mkv holds most",
                target, container, source, String.join("; ", process.lastErrors())),
            null);
      }
    } finally {
      Files.deleteIfExists(trial);
    }
  }

  private void addCodecs(List<String> arguments, int first) {
    arguments.addAll(List.of("-c", "copy"));
    for (int i = 0; i < kept.size(); i++) {
      String codec = subtitleCodec(kept.get(i));
      if (!codec.equals("copy")) {
        arguments.addAll(List.of("-c:" + (first + i), codec));
      }
    }
  }

  @Override
  public long join(Path folder, int count, long frames, Encoder encoder) throws IOException {
    Path joined = RunFolder.partial(folder.resolve("joined." + container));
    String task = target + ": joining the segments";
    try (NutReader first = segment(folder, 0);
        FfmpegProcess process = ffmpeg.start(arguments(first.stream(), encoder, joined), task)) {
      long written;
      try {
        NutWriter writer = new NutWriter(process.input(), first.stream(), frameRate);
        try (writer) {
          written = copy(first, first.stream(), writer);
          for (int i = 1; i < count; i++) {
            try (NutReader next = segment(folder, i)) {
              written += copy(next, first.stream(), writer);
            }
          }
        }
      } catch (IOException e) {
        process.endInput();
        throw process.explained(e);
      }
      process.awaitFile();
      if (written < frames) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s: %s has encoded %d of %d frames only",
                target,
                encoder.name(),
                written,
                frames));
      }
    }
    Files.move(joined, target, StandardCopyOption.ATOMIC_MOVE);
    return Files.size(target);
  }

  private NutReader segment(Path folder, int index) throws IOException {
    InputStream in = Files.newInputStream(Segments.file(folder, index));
    return new NutReader(in, timeBase);
  }

  private long copy(NutReader from, NutStream expected, NutWriter to) throws IOException {
    boolean isContinued =
        from.stream().codecTag() == expected.codecTag()
            && from.stream().codecData().equals(expected.codecData());
    if (!isContinued) {
      throw new IOException(target + ": a segment in it was encoded in another way than the first");
    }
    long shift = Segments.shift(expected.timeBase());
    long count = 0;
    for (Optional<NutPacket> next = from.next(); next.isPresent(); next = from.next()) {
      NutPacket packet = next.get();
      to.write(packet.at(packet.time() - shift));
      count++;
    }
    return count;
  }

  private List<String> arguments(NutStream stream, Encoder encoder, Path file) {
    List<String> arguments = new ArrayList<>(List.of("-copyts"));
    film.ifPresent(source -> addRotation(source.orientation(), arguments));
    if (startSeconds > 0) {
      arguments.addAll(List.of("-itsoffset", "-" + startSeconds));
    }
    arguments.addAll(List.of("-f", "nut", "-i", "pipe:0"));
    film.ifPresent(source -> arguments.addAll(List.of("-i", SourceFilm.inputName(source.file()))));
    arguments.addAll(List.of("-map", "0:v:0"));
    film.ifPresent(source -> addRest(source, arguments));
    if (film.isEmpty()) {
      arguments.addAll(List.of("-c", "copy"));
    }
    arguments.addAll(encoder.tags().options());
    if (isOfMpeg4()) {
      Ratio timeBase = stream.timeBase();
      if (timeBase.numerator() == 1) {
        arguments.addAll(List.of("-video_track_timescale", Long.toString(timeBase.denominator())));
      }
      if (encoder.name().equals("libx265")) {
        arguments.addAll(List.of("-tag:v:0", "hvc1")); // which players of Apple ask for
      }
    }
    arguments.addAll(List.of("-f", format(), "file:" + file));
    return arguments;
  }

  /** Adds what is copied from the source: other streams, tags, chapters and dispositions. */
  private void addRest(SourceFilm source, List<String> arguments) {
    for (SourceFilm.Stream other : kept) {
      arguments.addAll(List.of("-map", "1:" + other.index()));
    }
    arguments.addAll(List.of("-map_metadata", "1", "-map_chapters", "1"));
    arguments.addAll(List.of("-map_metadata:s:0", "1:s:" + source.index()));
    for (int i = 0; i < kept.size(); i++) {
      arguments.addAll(List.of("-map_metadata:s:" + (i + 1), "1:s:" + kept.get(i).index()));
    }
    addCodecs(arguments, 1);
    for (String tag : STATISTICS) {
      arguments.addAll(List.of("-metadata:s:0", tag + "="));
    }
    Orientation orientation = source.orientation();
    if (orientation.degrees() != 0 && !ffmpeg.isAtLeast(6, 0)) {
      long degrees = Math.floorMod(Math.round(orientation.degrees()), 360L);
      arguments.addAll(List.of("-metadata:s:0", "rotate=" + degrees));
    }
    arguments.addAll(List.of("-disposition:0", source.dispositions()));
  }

  private void addRotation(Orientation orientation, List<String> arguments) {
    if (!ffmpeg.isAtLeast(6, 0) || orientation.equals(Orientation.UPRIGHT)) {
      return;
    }
    arguments.addAll(List.of("-display_rotation", Double.toString(orientation.degrees())));
    if (orientation.isMirrored()) {
      arguments.add("-display_hflip");
    }
  }
}
