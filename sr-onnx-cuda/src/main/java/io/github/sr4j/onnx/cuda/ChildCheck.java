// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.sun.jna.Native;
import io.github.sr4j.onnx.shared.DeviceProbe;
import io.github.sr4j.onnx.shared.RuntimeMessages;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.CacheFolder;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run of {@link LibraryCheck} in a process of its own. A success is remembered in the cache,
 * for the same driver, cards and files.
 */
final class ChildCheck {

  private static final Duration MAX_TIME = Duration.ofMinutes(2);

  /** The name of a library in what a process said before it ended. */
  private static final Pattern LIBRARY =
      Pattern.compile("lib(?:cu|nv|onnx)[\\w+-]*(?:\\.so(?:\\.\\d+)*)|(?:cu|nv)\\w*64_\\d+\\.dll");

  private static final Logger logger = LoggerFactory.getLogger(ChildCheck.class);

  private final Driver driver;
  private final Libraries libraries;
  private final Path natives;
  private final Class<?> program;

  /**
   * Prepares a check.
   *
   * @param natives the folder of ONNX Runtime's own libraries
   * @param program the program that runs it: {@link LibraryCheck}
   */
  ChildCheck(Driver driver, Libraries libraries, Path natives, Class<?> program) {
    this.driver = driver;
    this.libraries = libraries;
    this.natives = natives;
    this.program = program;
  }

  /**
   * Checks the libraries on a card, unless that has succeeded before.
   *
   * @throws ObstacleException if they do not work
   * @throws CancellationException if the calling thread is interrupted
   */
  void run(int card) throws ObstacleException {
    Optional<Path> remembered = remembered(card);
    if (remembered.isPresent() && Files.isRegularFile(remembered.get())) {
      return;
    }
    List<String> command = new ArrayList<>();
    try {
      command.add(launcher().toString());
      command.addAll(
          List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
      command.add("-Donnxruntime.native.path=" + natives);
      command.addAll(List.of("-cp", classPath(), program.getName()));
    } catch (IOException e) {
      logger.warn(
          "CUDA's libraries are not tried in a process of their own before this one loads them: {}",
          e.getMessage());
      return;
    }
    command.add(Integer.toString(card));
    libraries.files().forEach(file -> command.add(file.toString()));
    String output = output(command);
    Optional<String> line =
        output.lines().filter(each -> each.startsWith("sr4j-cuda: ")).reduce((a, b) -> b);
    if (!line.equals(Optional.of(LibraryCheck.FINE))) {
      throw new ObstacleException(
          line.map(each -> each.substring(LibraryCheck.OBSTACLE.length()))
              .map(RuntimeMessages::inOneLine)
              .map(RuntimeMessages::explained)
              .orElseGet(() -> ended(output)));
    }
    remembered.ifPresent(ChildCheck::remember);
  }

  /** Returns why a process ended without an answer, by the last library that it spoke of. */
  static String ended(String output) {
    Matcher matcher = LIBRARY.matcher(output);
    String last = "";
    while (matcher.find()) {
      last = matcher.group();
    }
    return last.isEmpty()
        ? "the process that tried CUDA's libraries ended without an answer"
        : "the process that tried CUDA's libraries ended without an answer, after a message about "
            + last;
  }

  private static String output(List<String> command) throws ObstacleException {
    try {
      Path folder = Files.createTempDirectory("sr4j-cuda-check-"); // also for the report of a crash
      Path file = folder.resolve("output.txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
        try {
          process.getOutputStream().close();
          if (!process.waitFor(MAX_TIME.toSeconds(), TimeUnit.SECONDS)) {
            throw new ObstacleException(
                "the process that tried CUDA's libraries did not end within "
                    + MAX_TIME.toMinutes()
                    + " minutes");
          }
        } finally {
          process.destroyForcibly(); // which has no effect on one that has ended
        }
        return Files.readString(file, UTF_8);
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new ObstacleException(
          "the process that tries CUDA's libraries cannot be started: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while trying CUDA's libraries");
      cancelled.initCause(e);
      throw cancelled; // not an obstacle: the next caller tries again
    }
  }

  /** Returns the file that is there if a check of the same things has succeeded. */
  private Optional<Path> remembered(int card) {
    StringBuilder things = new StringBuilder().append(driver.cudaVersion()).append(' ');
    Driver.Card checked = driver.cards().get(card);
    things.append(checked.name()).append(' ').append(checked.capability()).append('\n');
    List<Path> files = new ArrayList<>(libraries.files());
    files.add(natives);
    for (Path file : files) {
      try {
        things.append(file).append(' ').append(Files.size(file)).append(' ');
        things.append(Files.getLastModifiedTime(file).toMillis()).append('\n');
      } catch (IOException e) {
        return Optional.empty(); // so that it is checked
      }
    }
    String hash = Hashing.sha256().hashString(things, UTF_8).toString().substring(0, 16);
    return CacheFolder.find().map(cache -> cache.resolve("cuda-works-" + hash));
  }

  private static void remember(Path file) {
    try {
      Files.createDirectories(file.getParent());
      AtomicFile.writeDurably(file, out -> out.write("CUDA works\n".getBytes(UTF_8)));
    } catch (IOException e) {
      logger.debug("{} is not written; the next start checks CUDA again", file, e);
    }
  }

  private static Path launcher() throws IOException {
    Path bin = Path.of(System.getProperty("java.home"), "bin");
    for (String name : List.of("java", "java.exe")) {
      if (Files.isRegularFile(bin.resolve(name))) {
        return bin.resolve(name);
      }
    }
    throw new IOException("this Java has no launcher in " + bin);
  }

  private String classPath() throws IOException {
    List<String> path = new ArrayList<>();
    for (Class<?> type :
        List.of(
            program, LibraryCheck.class, DeviceProbe.class, OrtEnvironment.class, Native.class)) {
      CodeSource source = type.getProtectionDomain().getCodeSource();
      if (source == null) {
        throw new IOException("the place of " + type.getSimpleName() + " is unknown");
      }
      try {
        URI place = source.getLocation().toURI();
        if (!"file".equals(place.getScheme())) {
          throw new IOException(place + " is a jar within a jar");
        }
        path.add(Path.of(place).toAbsolutePath().toString());
      } catch (URISyntaxException | FileSystemNotFoundException e) {
        throw new IOException(source.getLocation() + " is no file", e);
      }
    }
    return String.join(File.pathSeparator, path);
  }
}
