// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Films made by FFmpeg, and what FFmpeg tells of films; tests skip where it is not there. */
final class Clips {

  private static final boolean IS_THERE = isThere();

  private Clips() {}

  private static boolean isThere() {
    try {
      return new ProcessBuilder("ffmpeg", "-version")
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Skips a test where FFmpeg is not on the PATH. */
  static void assumeFfmpeg() {
    assumeTrue(IS_THERE, "FFmpeg is not on the PATH");
  }

  /** Makes a film, with arguments that are separated by spaces. */
  static Path make(Path file, String arguments) throws IOException {
    return make(file, arguments.split(" "));
  }

  /** Makes a film. */
  static Path make(Path file, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-y", "-v", "error"));
    command.addAll(List.of(arguments));
    command.add(file.toString());
    run(command);
    return file;
  }

  /** Returns a line for each frame of a film: its bytes and their hash, without its time. */
  static List<String> frames(Path film) throws IOException {
    return run(List.of(
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-noautorotate",
            "-i",
            film.toString(),
            "-map",
            "0:v:0",
            "-fps_mode",
            "passthrough",
            "-f",
            "framemd5",
            "-"))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceAll("^[^,]*,[^,]*,[^,]*,[^,]*,", "").strip())
        .toList();
  }

  /** Returns the hashes of the packets of all streams of a kind, such as {@code a}. */
  static List<String> hashes(Path film, String kind) throws IOException {
    return run(List.of(
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-i",
            film.toString(),
            "-map",
            "0:" + kind,
            "-c",
            "copy",
            "-f",
            "streamhash",
            "-"))
        .lines()
        .toList();
  }

  /** Returns entries of a film as ffprobe prints them, a line each. */
  static List<String> probe(Path film, String streams, String entries) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries"));
    command.add(entries);
    if (!streams.isEmpty()) {
      command.addAll(List.of("-select_streams", streams));
    }
    command.add(film.toString());
    return run(command)
        .lines()
        .map(line -> line.replaceAll(",+$", ""))
        .filter(line -> !line.isEmpty()) // of side data
        .toList();
  }

  private static String run(List<String> command) throws IOException {
    Path errors = Files.createTempFile("sr4j-test-", ".txt");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + Files.readString(errors));
      }
      return printed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      Files.deleteIfExists(errors);
    }
  }
}
