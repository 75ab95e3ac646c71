// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.webgpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import io.github.sr4j.onnx.shared.DeviceProbe;
import io.github.sr4j.onnx.shared.RuntimeMessages;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.CacheFolder;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run of {@link WebGpuCheck} in a process of its own: ONNX Runtime 1.28 crashes at the end of a
 * process in which Dawn has refused every card. A success is remembered in the cache.
 */
final class ChildCheck {

  private static final Duration MAX_TIME = Duration.ofMinutes(2);

  private static final Logger logger = LoggerFactory.getLogger(ChildCheck.class);

  private ChildCheck() {}

  /**
   * Tries WebGPU, unless that has succeeded before.
   *
   * @param natives the folder of ONNX Runtime's libraries
   * @param version the versions of driver and libraries, for which a success holds
   * @param loaded libraries in that folder to be loaded before
   * @throws ObstacleException if it does not work
   */
  static void run(Path natives, String version, ImmutableList<String> loaded)
      throws ObstacleException {
    Optional<Path> remembered =
        CacheFolder.find()
            .map(
                cache ->
                    cache.resolve(
                        "webgpu-works-"
                            + Hashing.sha256()
                                .hashString(version, UTF_8)
                                .toString()
                                .substring(0, 16)));
    if (remembered.isPresent() && Files.isRegularFile(remembered.get())) {
      return;
    }
    List<String> command = new ArrayList<>();
    try {
      command.add(launcher().toString());
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
      command.add("-Donnxruntime.native.path=" + natives);
      command.addAll(List.of("-cp", classPath(), WebGpuCheck.class.getName()));
    } catch (IOException e) {
      logger.warn(
          "WebGPU is not tried in a process of its own before this one uses it: {}",
          e.getMessage());
      return;
    }
    loaded.forEach(library -> command.add(natives.resolve(library).toString()));
    String output = output(command);
    String answer =
        output
            .lines()
            .filter(line -> line.startsWith(WebGpuCheck.ANSWER))
            .reduce((first, last) -> last)
            .map(line -> line.substring(WebGpuCheck.ANSWER.length()))
            .orElseThrow(
                () ->
                    new ObstacleException(
                        "the process that tried WebGPU ended without an answer: "
                            + RuntimeMessages.inOneLine(output)));
    if (!answer.equals(WebGpuCheck.FINE)) {
      throw new ObstacleException(RuntimeMessages.explained(RuntimeMessages.inOneLine(answer)));
    }
    remembered.ifPresent(ChildCheck::remember);
  }

  private static String output(List<String> command) throws ObstacleException {
    try {
      Path file = Files.createTempFile("sr4j-webgpu-check", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(MAX_TIME.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new ObstacleException(
              "the process that tried WebGPU did not end within "
                  + MAX_TIME.toMinutes()
                  + " minutes");
        }
        return Files.readString(file, UTF_8);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new ObstacleException(
          "the process that tries WebGPU cannot be started: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ObstacleException("interrupted while trying WebGPU");
    }
  }

  private static void remember(Path file) {
    try {
      Files.createDirectories(file.getParent());
      AtomicFile.writeDurably(file, out -> out.write("WebGPU works\n".getBytes(UTF_8)));
    } catch (IOException e) {
      logger.debug("{} is not written; the next start checks WebGPU again", file, e);
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

  private static String classPath() throws IOException {
    List<String> path = new ArrayList<>();
    for (Class<?> type : List.of(WebGpuCheck.class, DeviceProbe.class, OrtEnvironment.class)) {
      CodeSource source = type.getProtectionDomain().getCodeSource();
      if (source == null) {
        throw new IOException("the place of " + type.getSimpleName() + " is unknown");
      }
      try {
        URI place = source.getLocation().toURI();
        if (!"file".equals(place.getScheme())) {
          throw new IOException(place + " is a jar within a jar");
        }
        path.add(Path.of(place).toString());
      } catch (URISyntaxException e) {
        throw new IOException(source.getLocation() + " is no file", e);
      }
    }
    return String.join(File.pathSeparator, path);
  }
}
