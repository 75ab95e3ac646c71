// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job's jar, as spark-submit runs it: on the class path of Spark alone. */
final class SubmitIT {

  private static final Path JOB = Path.of(System.getProperty("sr4j.job"));

  @TempDir Path folder;

  @Test
  void job_enlargesOnSparkAlone() throws Exception {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, 61, 47, 1)), photos.resolve("a.png"));
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            spark(),
            "org.apache.spark.deploy.SparkSubmit",
            "--master",
            "local[1]",
            "--conf",
            "spark.ui.enabled=false",
            JOB.toString(),
            "--input",
            photos.toString(),
            "--output",
            folder.resolve("large").toString(),
            "--scale",
            "4"));

    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();

    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log)).contains("sr4j-spark: 1 images enlarged, 0 failed");
    try (Upscaler upscaler = Upscaler.builder().scale(4).threads(1).build()) {
      upscaler.upscale(photos.resolve("a.png"), folder.resolve("expected.png"));
    }
    assertThat(folder.resolve("large/a.png"))
        .hasSameBinaryContentAs(folder.resolve("expected.png"));
  }

  @Test
  void job_holdsNothingOfTheCluster() throws IOException {
    try (JarFile jar = new JarFile(JOB.toFile())) {
      List<String> names = jar.stream().map(entry -> entry.getName()).toList();

      assertThat(names)
          .contains("io/github/sr4j/spark/SuperResolutionJob.class")
          .anyMatch(name -> name.startsWith("ai/onnxruntime/native/linux-x64/"))
          .anyMatch(name -> name.startsWith("ai/onnxruntime/native/linux-aarch64/"))
          .noneMatch(name -> name.matches("(org/(apache|slf4j)|scala|com/google/common)/.*"));
    }
  }

  /** Returns the jars of this class path without those that the job has to bring. */
  private static String spark() {
    return Splitter.on(File.pathSeparatorChar)
        .splitToStream(System.getProperty("java.class.path"))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(
            entry ->
                !Path.of(entry)
                    .getFileName()
                    .toString()
                    .matches("(sr-|onnxruntime|picocli|imageio-|common-|junit|assertj).*"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
