// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.video;

import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.ModelOptions;
import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.cli.terminal.Interruption;
import io.github.sr4j.cli.terminal.Terminal;
import io.github.sr4j.video.VideoOptions;
import io.github.sr4j.video.VideoReport;
import io.github.sr4j.video.VideoUpscaler;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j video}: a film through a model, with the programs of FFmpeg. */
@Command(
    name = "video",
    description = "Enlarge a film, with the programs of FFmpeg.",
    footer = {
      "",
      "Examples:",
      "  sr4j video clip.mp4 clip-x2.mkv",
      "  sr4j video --resume clip.mp4 clip-x2.mkv",
      "  sr4j video --codec libx265 --quality 16 --preset slow clip.mov clip-x2.mp4",
      "  sr4j video --codec ffv1 clip.mkv archive.mkv",
      "  sr4j video frames/ large/",
      "  sr4j video --fps 24 frames/ film.mp4"
    })
public final class VideoCommand implements Callable<Integer> {

  /** A word of the arguments for FFmpeg, or several in quotes. */
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

  @Parameters(
      index = "0",
      paramLabel = "INPUT",
      description =
          "A film that FFmpeg reads, an animated GIF, PNG or WebP, or a folder of numbered images.")
  private Path input;

  @Parameters(
      index = "1",
      paramLabel = "OUTPUT",
      description =
          "The film to write: .mkv, which holds everything, .mp4, .m4v, .mov or .webm; or, without"
              + " an extension, the folder for a PNG of each frame.")
  private Path output;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "An embedded model or an ONNX file. Default: the fast embedded model for the scale.")
  private @Nullable String model;

  @Mixin private ModelOptions options;

  @Option(
      names = "--codec",
      paramLabel = "NAME",
      description =
          "The encoder, as FFmpeg calls it: libx264, libx265, libsvtav1, libvpx-vp9, ffv1 and"
              + " others. Default: one that suits the frames and the container, which is printed.")
  private @Nullable String codec;

  @Option(
      names = "--quality",
      paramLabel = "N",
      description =
          "The quality, as the encoder counts it; of most, less is better. Default: 18 for H.264,"
              + " 20 for HEVC, 24 for AV1 and VP9.")
  private @Nullable Double quality;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "The preset, as the encoder calls it, such as slow for x264 and x265.")
  private @Nullable String preset;

  @Option(
      names = "--ffmpeg-args",
      paramLabel = "TEXT",
      description = "Further arguments of FFmpeg for the encoder, such as --ffmpeg-args=\"-g 48\".")
  private @Nullable String ffmpegArguments;

  @Option(
      names = "--ffmpeg",
      paramLabel = "PATH",
      description =
          "FFmpeg's program, or the folder that it is in with ffprobe. Default: that of the PATH, or of a jar.")
  private @Nullable Path ffmpeg;

  @Option(
      names = "--fps",
      paramLabel = "N",
      description =
          "Frames in a second of a folder of images; 23.976, 29.97 and 59.94 stand for multiples of"
              + " 1000/1001. Default: 25.")
  private @Nullable Double framesPerSecond;

  @Option(
      names = "--resume",
      description = "Go on where a run was interrupted, with the segments beside OUTPUT.")
  private boolean resume;

  @Option(
      names = "--deinterlace",
      description = "Make whole frames of the fields of an interlaced film, which is refused else.")
  private boolean deinterlace;

  @Option(
      names = "--ignore-errors",
      description =
          "Go on where the film is damaged, with what FFmpeg makes of it; the errors are counted.")
  private boolean ignoreErrors;

  @Option(names = "--no-alpha", description = "Leave the film's alpha out.")
  private boolean noAlpha;

  @Option(
      names = "--static",
      paramLabel = "N",
      description =
          "The difference of samples up to which a frame counts as a repetition of the one before,"
              + " and is not enlarged again. Default: 0, the same frame.")
  private @Nullable Integer staticTolerance;

  @Option(
      names = "--segment",
      paramLabel = "N",
      description = "The frames of a segment: an interruption loses the one in work. Default: 250.")
  private @Nullable Integer segment;

  @Option(names = "--quiet", description = "Print nothing but errors.")
  private boolean quiet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (!Files.exists(input)) {
      throw new NoSuchFileException(input.toString());
    }
    OutputFile.checkOrFolder(output, List.of(input));
    Interruption interruption = Interruption.ofThisThread();
    PrintWriter out = quiet ? new PrintWriter(Writer.nullWriter()) : spec.commandLine().getOut();
    try (interruption;
        VideoProgress progress = new VideoProgress(out, !quiet && Terminal.isPresent());
        Upscaler upscaler = open()) {
      VideoReport report =
          new VideoUpscaler(upscaler).upscale(input, output, videoOptions().listener(progress));
      progress.print(text(report, upscaler));
    }
    return 0;
  }

  private Upscaler open() throws Failure {
    Upscaler.Builder builder = options.builder(model);
    if (model == null) {
      builder.quality(Model.Quality.FAST);
    }
    return builder.build();
  }

  private VideoOptions videoOptions() {
    VideoOptions chosen = VideoOptions.defaults();
    if (ffmpeg != null) {
      chosen = chosen.ffmpeg(ffmpeg);
    }
    if (codec != null) {
      chosen = chosen.codec(codec);
    }
    if (quality != null) {
      chosen = chosen.quality(quality);
    }
    if (preset != null) {
      chosen = chosen.preset(preset);
    }
    if (ffmpegArguments != null) {
      chosen = chosen.encoderArguments(words(ffmpegArguments));
    }
    if (framesPerSecond != null) {
      chosen = chosen.frameRate(framesPerSecond);
    }
    if (staticTolerance != null) {
      chosen = chosen.staticTolerance(staticTolerance);
    }
    if (segment != null) {
      chosen = chosen.segmentFrames(segment);
    }
    chosen = resume ? chosen.resume() : chosen;
    chosen = deinterlace ? chosen.deinterlace() : chosen;
    chosen = ignoreErrors ? chosen.ignoreErrors() : chosen;
    return noAlpha ? chosen.dropAlpha() : chosen;
  }

  private static List<String> words(String text) {
    return WORD.matcher(text)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : unquoted(word))
        .toList();
  }

  private static String unquoted(MatchResult word) {
    return word.group(2) != null ? word.group(2) : word.group(3);
  }

  private String text(VideoReport report, Upscaler upscaler) {
    double seconds = report.elapsed().toMillis() / 1e3;
    return String.format(
        Locale.ROOT,
        "%s: %d frames of %dx%d%s by %s on %s in %.1f s, %s",
        output,
        report.frames(),
        report.width(),
        report.height(),
        report.framesRepeated() > 0 ? ", " + report.framesRepeated() + " of them repeated," : "",
        upscaler.info().name(),
        upscaler.device().actual(),
        seconds,
        VideoProgress.megabytes(report.bytes()));
  }
}
