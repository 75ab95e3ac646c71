// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The class paths of the processes in which something is measured: each only what it needs, as in a
 * program that uses nothing else. OpenCV's also could not be together with ND4J's, for they need
 * different versions of JavaCPP.
 */
final class Libraries {

  /** The class path of a program that enlarges images with SR4J. */
  static final ImmutableList<String> SR4J =
      ImmutableList.of(
          "sr-api",
          "sr-onnx",
          "sr-networks",
          "onnxruntime",
          "guava",
          "failureaccess",
          "slf4j-api",
          "slf4j-simple",
          "jspecify");

  /** The class path of a program that uses DJL with ONNX Runtime. */
  static final ImmutableList<String> DJL =
      ImmutableList.of(
          "api",
          "onnxruntime-engine",
          "onnxruntime",
          "gson",
          "jna",
          "commons-compress",
          "commons-io",
          "commons-codec",
          "commons-lang3",
          "slf4j-api",
          "slf4j-simple");

  private Libraries() {}

  /** Returns the command of a process with some artifacts of this module's folder {@code lib}. */
  static ImmutableList<String> java(List<String> artifacts, String... mainAndArguments) {
    Path lib = target().resolve("lib");
    ImmutableList.Builder<Path> jars = ImmutableList.builder();
    for (String artifact : artifacts) {
      ImmutableList<Path> matches =
          files(lib).stream()
              .filter(
                  jar -> jar.getFileName().toString().matches(artifact + "-[0-9][\\w.-]*\\.jar"))
              // ND4J's copy of Guava has the name of the original.
              .filter(jar -> !jar.getFileName().toString().endsWith("-M2.1.jar"))
              .collect(ImmutableList.toImmutableList());
      checkState(
          matches.size() == 1,
          "%s must hold %s once, but holds %s; build it anew with clean",
          lib,
          artifact,
          matches);
      jars.addAll(matches);
    }
    return command(jars.build(), mainAndArguments);
  }

  /** Returns the command of a process with OpenCV. */
  static ImmutableList<String> openCv(String... mainAndArguments) {
    return command(files(target().resolve("opencv")), mainAndArguments);
  }

  private static ImmutableList<String> command(List<Path> jars, String... mainAndArguments) {
    // The folder of classes and not the jar, whose manifest would bring in everything.
    ImmutableList<String> classPath =
        Stream.concat(Stream.of(target().resolve("classes")), jars.stream())
            .map(Path::toString)
            .collect(ImmutableList.toImmutableList());
    return ImmutableList.<String>builder()
        .add(Path.of(System.getProperty("java.home"), "bin", "java").toString())
        .addAll(Machine.JVM_OPTIONS)
        // DJL: no download of natives, no telemetry.
        .add("-Dai.djl.offline=true", "-DOPT_OUT_TRACKING=true")
        .add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
        .add("-cp", String.join(File.pathSeparator, classPath))
        .add(mainAndArguments)
        .build();
  }

  /** Returns the folder of what the build made. */
  private static Path target() {
    try {
      Path code =
          Path.of(Libraries.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.resolveSibling("");
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the benchmarks must be run from files", e);
    }
  }

  private static ImmutableList<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw new IllegalStateException(
          folder + " must be a folder of jars; docs/benchmarks.md says how to build it", e);
    }
  }
}
