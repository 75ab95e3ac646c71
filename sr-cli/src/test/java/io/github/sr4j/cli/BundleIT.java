// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import io.github.sr4j.files.ImageFiles;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line with a Java runtime of its own, unpacked where there is no other Java. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class BundleIT {

  private static final Path SAMPLE = Path.of("..", "docs", "images", "sample.png").toAbsolutePath();

  @TempDir private static Path folder;

  private Path launcher = folder;

  @BeforeAll
  void unpack() throws Exception {
    Optional<Path> bundle = bundle();
    assumeTrue(bundle.isPresent(), "the bundle is built with -Pbundle only");
    run("tar", "-xzf", bundle.orElseThrow().toAbsolutePath().toString());
    try (Stream<Path> unpacked = Files.list(folder)) {
      launcher = unpacked.findFirst().orElseThrow().resolve("bin").resolve("sr4j");
    }
  }

  private static Optional<Path> bundle() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files.filter(file -> file.toString().endsWith("-with-java.tar.gz")).findFirst();
    }
  }

  @Test
  void upscale_enlargesTheSample() throws Exception {
    Path enlarged = folder.resolve("sample-x2.png");

    run(launcher.toString(), "upscale", SAMPLE.toString(), enlarged.toString());

    assertThat(ImageFiles.size(enlarged).width).isEqualTo(2 * ImageFiles.size(SAMPLE).width);
  }

  @Test
  void train_runs() throws Exception {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    String data = images.toString();
    String out = folder.resolve("run").toString();

    assertThat(
            run(
                launcher.toString(),
                "train",
                "--steps",
                "2",
                "--batch",
                "2",
                "--data",
                data,
                "--validate",
                data,
                "--out",
                out))
        .contains("parity");
  }

  /** Starts a program without JAVA_HOME, on a path with the tools of the shell and no Java. */
  private static String run(String... command) throws IOException, InterruptedException {
    Path tools = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-tools"));
    for (String tool : List.of("tar", "gzip", "sed", "head", "ls", "dirname")) {
      Path link = tools.resolve(tool);
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, onPath(tool));
      }
    }
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", tools.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", List.of(command), output).isZero();
    return output;
  }

  private static Path onPath(String tool) {
    return Splitter.on(File.pathSeparator)
        .splitToStream(System.getenv("PATH"))
        .map(entry -> Path.of(entry, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + tool + " on the PATH"));
  }
}
