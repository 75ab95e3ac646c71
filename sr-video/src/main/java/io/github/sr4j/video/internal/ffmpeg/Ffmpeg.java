// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.github.sr4j.BackendNotFoundException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The programs {@code ffmpeg} and {@code ffprobe} of one installation. Immutable. */
public final class Ffmpeg {

  private static final Pattern VERSION = Pattern.compile("ffmpeg version (\\S+).*");
  private static final Pattern RELEASE = Pattern.compile("n?(\\d{1,4})\\.(\\d{1,4}).*");
  private static final int MIN_MAJOR = 5;
  private static final int MIN_MINOR = 1; // the first with -fps_mode
  private static final boolean IS_WINDOWS = File.separatorChar == '\\';

  private final Path program;
  private final Path probe;
  private final Map<String, String> environment;
  private final String version;

  private Ffmpeg(Path program, Path probe, Map<String, String> environment) throws IOException {
    this.program = program;
    this.probe = probe;
    this.environment = Map.copyOf(environment);
    this.version = readVersion();
    requireRecent();
  }

  /**
   * Finds the programs: where they are said to be, else on the {@code PATH}, else in the jar of
   * {@code org.bytedeco:ffmpeg} on the class path.
   *
   * @param chosen the program {@code ffmpeg}, or the folder of both programs
   * @throws BackendNotFoundException if there are none, or they are too old
   */
  public static Ffmpeg find(Optional<Path> chosen) throws IOException {
    return find(chosen, System.getenv("PATH"), EmbeddedFfmpeg::unpack);
  }

  /** Looks for programs on the class path. */
  interface Embedded {
    Optional<Path> folder() throws IOException;
  }

  static Ffmpeg find(Optional<Path> chosen, @Nullable String path, Embedded embedded)
      throws IOException {
    if (chosen.isPresent()) {
      return at(chosen.get(), path);
    }
    Optional<Path> program = onPath("ffmpeg", path);
    if (program.isPresent()) {
      return of(program.get(), path);
    }
    Optional<Path> unpacked = embedded.folder();
    if (unpacked.isPresent()) {
      return at(unpacked.get(), path);
    }
    throw new BackendNotFoundException(
        "no FFmpeg is on the PATH or the class path; install it (apt-get install ffmpeg, brew install ffmpeg,"
            + " winget install ffmpeg), name its program ffmpeg, or add org.bytedeco:ffmpeg with the"
            + " classifier of the platform",
        null);
  }

  private static Ffmpeg at(Path chosen, @Nullable String path) throws IOException {
    Path program = Files.isDirectory(chosen) ? chosen.resolve(fileName("ffmpeg")) : chosen;
    if (!Files.isExecutable(program)) {
      throw new BackendNotFoundException(
          chosen + ": there is no program ffmpeg; name the program or its folder", null);
    }
    return of(program, path);
  }

  private static Ffmpeg of(Path program, @Nullable String path) throws IOException {
    Path beside = program.resolveSibling(fileName("ffprobe"));
    Optional<Path> probe =
        Files.isExecutable(beside) ? Optional.of(beside) : onPath("ffprobe", path);
    return new Ffmpeg(
        program,
        probe.orElseThrow(
            () ->
                new BackendNotFoundException(
                    program + ": there is no program ffprobe beside it or on the PATH", null)),
        Map.of());
  }

  private static Optional<Path> onPath(String name, @Nullable String path) {
    for (String folder : Splitter.on(File.pathSeparatorChar).split(path == null ? "" : path)) {
      try {
        Path program = Path.of(folder, fileName(name));
        if (!folder.isEmpty() && Files.isRegularFile(program) && Files.isExecutable(program)) {
          return Optional.of(program);
        }
      } catch (InvalidPathException e) {
        // Passed over, as shells do.
      }
    }
    return Optional.empty();
  }

  private static String fileName(String program) {
    return IS_WINDOWS ? program + ".exe" : program;
  }

  /** Returns the version that it tells, such as {@code "7.1"}. */
  public String version() {
    return version;
  }

  /** Returns the program {@code ffmpeg}. */
  public Path program() {
    return program;
  }

  /** Returns whether it is of that release or a newer one; builds between releases are. */
  public boolean isAtLeast(int major, int minor) {
    Matcher release = RELEASE.matcher(version);
    if (!release.matches()) {
      return true;
    }
    int ownMajor = Integer.parseInt(release.group(1));
    return ownMajor > major || (ownMajor == major && Integer.parseInt(release.group(2)) >= minor);
  }

  private void requireRecent() {
    if (!isAtLeast(MIN_MAJOR, MIN_MINOR)) {
      throw new BackendNotFoundException(
          String.format(
              "%s: must be of version %s.%s or newer, but is %s",
              program, MIN_MAJOR, MIN_MINOR, version),
          null);
    }
  }

  private String readVersion() throws IOException {
    String text = print(program, List.of("-version"), program + ": telling its version");
    Matcher matcher = VERSION.matcher(text.lines().findFirst().orElse(""));
    if (!matcher.matches()) {
      throw new IOException(program + ": does not tell a version, as FFmpeg does");
    }
    return matcher.group(1);
  }

  /**
   * Starts {@code ffmpeg}.
   *
   * @param task what messages say that it does
   */
  public FfmpegProcess start(List<String> arguments, String task) throws IOException {
    List<String> all = new ArrayList<>(List.of("-nostdin", "-hide_banner", "-y", "-v", "error"));
    all.addAll(arguments);
    return start(program, all, task);
  }

  /**
   * Returns a stream of raw frames as FFmpeg writes it: with its tag for the pixel format.
   *
   * @param pixelFormat by FFmpeg's name
   */
  public NutStream rawStream(String pixelFormat, Ratio timeBase) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-f", "lavfi", "-i", "color=size=16x16"));
    arguments.addAll(List.of("-frames:v", "1", "-pix_fmt", pixelFormat));
    arguments.addAll(List.of("-c:v", "rawvideo", "-f", "nut", "pipe:1"));
    try (FfmpegProcess process = start(arguments, "ffmpeg: making a frame in " + pixelFormat)) {
      process.endInput();
      try (NutReader reader = new NutReader(process.output(), timeBase)) {
        return reader.stream();
      } catch (IOException e) {
        throw process.explained(e);
      }
    }
  }

  /** Runs {@code ffmpeg} and returns what it prints. */
  String print(List<String> arguments, String task) throws IOException {
    List<String> all = new ArrayList<>(List.of("-hide_banner"));
    all.addAll(arguments);
    return print(program, all, task);
  }

  /** Runs {@code ffprobe} and returns what it prints. */
  String probe(List<String> arguments, String task) throws IOException {
    List<String> all = new ArrayList<>(List.of("-hide_banner", "-v", "error"));
    all.addAll(arguments);
    return print(probe, all, task);
  }

  private String print(Path executable, List<String> arguments, String task) throws IOException {
    try (FfmpegProcess process = start(executable, arguments, task)) {
      process.input().close();
      String printed = new String(process.output().readAllBytes(), UTF_8);
      process.await();
      return printed;
    }
  }

  private FfmpegProcess start(Path executable, List<String> arguments, String task)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return FfmpegProcess.start(builder, task);
  }
}
