// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableSet;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
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
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that tries the native libraries of a device in a process of its own, since they may end
 * the process that they do not like. A success is remembered in the cache.
 */
public final class ChildCheck {

  /** The answer of the program: a file, apart from the output of the libraries. */
  public static final class Answer {

    private static final String FILE = "sr4j.check.answer"; // a system property of the process

    private Answer() {}

    /**
     * Writes the answer and ends this process, at once: the libraries' own ends are no part of the
     * check, and some of them crash there.
     *
     * @param obstacle the reason why something does not work; empty if everything works
     */
    public static void give(String obstacle) throws IOException {
      Path file = Path.of(requireNonNull(System.getProperty(FILE), FILE));
      Files.writeString(file, obstacle.replaceAll("\\s*\\R\\s*", " "));
      Runtime.getRuntime().halt(0);
    }
  }

  private static final String ANSWER = "answer.txt"; // in the folder in which a program runs
  private static final Duration MAX_TIME = Duration.ofMinutes(2);

  private static final Logger logger = LoggerFactory.getLogger(ChildCheck.class);

  private final String subject;
  private final Class<?> program;
  private final ImmutableSet<Class<?>> classPath;
  private final Function<String, String> silence;

  /**
   * Prepares checks.
   *
   * @param subject what is tried, as messages say it: {@code WebGPU}
   * @param program the program, whose {@code main} ends in {@link Answer#give}
   * @param classPath a class of each jar that it needs beside its own, that of this class and ONNX
   *     Runtime's
   * @param silence tells from the output of a process that gave no answer what the sentence about
   *     it ends in: a part that begins with a comma or a colon, or nothing
   */
  public ChildCheck(
      String subject,
      Class<?> program,
      List<Class<?>> classPath,
      Function<String, String> silence) {
    this.subject = subject;
    this.program = program;
    this.classPath =
        ImmutableSet.<Class<?>>builder()
            .add(program, ChildCheck.class, OrtEnvironment.class)
            .addAll(classPath)
            .build();
    this.silence = silence;
  }

  /**
   * Runs the program, unless that has succeeded before.
   *
   * @param machine the driver, cards and libraries for which a success holds; empty if they cannot
   *     be told, so that nothing is remembered
   * @param natives the folder of ONNX Runtime's libraries
   * @param arguments those of the program
   * @throws ObstacleException if the libraries do not work
   * @throws CancellationException if the calling thread is interrupted
   */
  public void run(Optional<String> machine, Path natives, List<String> arguments)
      throws ObstacleException {
    Optional<Path> remembered = machine.flatMap(this::remembered);
    if (remembered.isPresent() && Files.isRegularFile(remembered.get())) {
      return;
    }
    List<String> command = new ArrayList<>();
    try {
      command.add(launcher().toString());
      command.addAll(
          List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
      command.add("-Donnxruntime.native.path=" + natives);
      command.add("-D" + Answer.FILE + "=" + ANSWER);
      command.addAll(List.of("-cp", jars(), program.getName()));
    } catch (IOException e) {
      logger.warn(
          "no process of its own tries {} before this one uses it: {}", subject, e.getMessage());
      return;
    }
    command.addAll(arguments);
    requireFine(command);
    remembered.ifPresent(this::remember);
  }

  private void requireFine(List<String> command) throws ObstacleException {
    try {
      Path folder = Files.createTempDirectory("sr4j-check-"); // also for the report of a crash
      try {
        Path output = folder.resolve("output.txt");
        run(command, folder, output);
        Path answer = folder.resolve(ANSWER);
        if (!Files.exists(answer)) {
          throw new ObstacleException(
              String.format(
                  "the process that tried %s ended without an answer%s",
                  subject, silence.apply(new String(Files.readAllBytes(output), UTF_8))));
        }
        String obstacle = Files.readString(answer);
        if (!obstacle.isEmpty()) {
          throw new ObstacleException(
              RuntimeMessages.explained(RuntimeMessages.inOneLine(obstacle)));
        }
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new ObstacleException(
          String.format(
              "the process that tries %s cannot be started: %s", subject, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while trying " + subject);
      cancelled.initCause(e);
      throw cancelled; // not an obstacle: the next caller tries again
    }
  }

  private void run(List<String> command, Path folder, Path output)
      throws IOException, InterruptedException, ObstacleException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(MAX_TIME.toSeconds(), TimeUnit.SECONDS)) {
        throw new ObstacleException(
            String.format(
                "the process that tried %s did not end within %s minutes",
                subject, MAX_TIME.toMinutes()));
      }
    } finally {
      process.destroyForcibly(); // which has no effect on one that has ended
    }
  }

  /** Returns the file that is there if a check of the same things has succeeded. */
  private Optional<Path> remembered(String machine) {
    String things = program.getName() + '\n' + machine;
    String hash = Hashing.sha256().hashString(things, UTF_8).toString().substring(0, 16);
    return CacheFolder.find().map(cache -> cache.resolve("works-" + hash));
  }

  private void remember(Path file) {
    try {
      Files.createDirectories(file.getParent());
      AtomicFile.writeDurably(file, out -> out.write((subject + " works\n").getBytes(UTF_8)));
    } catch (IOException e) {
      logger.debug("{} is not written; the next start tries {} again", file, subject, e);
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

  private String jars() throws IOException {
    List<String> path = new ArrayList<>();
    for (Class<?> type : classPath) {
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
