// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command line as {@code package} leaves it: the launcher, its class path and its JVM options.
 */
final class LauncherIT {

  private static final Path LAUNCHER = Path.of("target", "sr4j", "bin", "sr4j").toAbsolutePath();

  @TempDir private Path folder;

  private record Result(int status, String out, String err) {}

  @BeforeEach
  void needsAShell() {
    assumeTrue(
        !System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows"),
        "the launcher is a shell script");
  }

  @Test
  void upscale_writesTheEnlargedImage_andNothingElseOnTheTerminal() throws Exception {
    Path input = Fixtures.image(folder.resolve("in.png"), 33, 21);
    Path output = folder.resolve("out.png");

    Result done = run("upscale", input.toString(), output.toString());

    assertThat(done.err()).isEmpty();
    assertThat(done.status()).isZero();
    assertThat(done.out().lines()).hasSize(1);
    BufferedImage enlarged = ImageFiles.read(output);
    assertThat(enlarged.getWidth()).isEqualTo(66);
    assertThat(enlarged.getHeight()).isEqualTo(42);
  }

  @Test
  void train_keepsTheEnginesQuiet() throws Exception {
    Path images = Fixtures.images(folder.resolve("images"), 1);
    Path output = folder.resolve("run");

    Result done =
        run(
            "train",
            "--data",
            images.toString(),
            "--validate",
            images.toString(),
            "--out",
            output.toString(),
            "--steps",
            "2",
            "--batch",
            "2");

    assertThat(done.err()).isEmpty();
    assertThat(done.status()).isZero();
    assertThat(done.out())
        .contains("step 2", "PSNR", "parity")
        .doesNotContain("\r", "ifferentiated");
    assertThat(output).isDirectoryContaining("glob:**/model.onnx");
  }

  @Test
  void failure_isOneLineAndAStatus() throws Exception {
    Result missing = run("upscale", "absent.png", folder.resolve("out.png").toString());
    assertThat(missing.err().lines()).singleElement().asString().contains("absent.png");
    assertThat(missing.status()).isEqualTo(1);

    Result usage = run("upscale");
    assertThat(usage.err().lines()).singleElement().asString().contains("INPUT");
    assertThat(usage.status()).isEqualTo(2);
  }

  @Test
  void json_isAllOfTheStandardOutput() throws Exception {
    Path input = Fixtures.image(folder.resolve("in.png"), 33, 21);
    Path output = folder.resolve("out.png");

    Result done = run("upscale", "--json", input.toString(), output.toString());

    assertThat(done.err()).isEmpty();
    assertThat(new JsonMapper().readTree(done.out()).get("files").get(0).get("target").asText())
        .isEqualTo(output.toString());
  }

  /** As Ctrl-C does; SIGINT itself is ignored where the tests were started in the background. */
  @Test
  void signal_stopsWithinATile_andLeavesNothingButTheReport() throws Exception {
    Path input = Fixtures.image(folder.resolve("in.png"), 1500, 1500);
    Path outputs = Files.createDirectory(folder.resolve("outputs"));
    Path output = outputs.resolve("out.png");

    Process process =
        start("upscale", "--json", "--self-ensemble", input.toString(), output.toString());
    awaitWork(process);
    process.destroy(); // SIGTERM

    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
    assertThat(folder.resolve("stderr")).isEmptyFile();
    assertThat(folder.resolve("stdout")).content().contains("\"error\":\"interrupted\"");
    assertThat(outputs).isEmptyDirectory();
  }

  /** Waits until it has used more processor time than it needs to start. */
  private static void awaitWork(Process process) throws InterruptedException {
    Duration starting = Duration.ofSeconds(3);
    while (process.info().totalCpuDuration().orElse(starting).compareTo(starting) < 0) {
      assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).as("has ended").isFalse();
    }
  }

  @Test
  void version_isThatOfTheBuild() throws Exception {
    assertThat(run("--version").out()).matches("sr4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  private Result run(String... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return new Result(
        process.exitValue(),
        Files.readString(folder.resolve("stdout")),
        Files.readString(folder.resolve("stderr")));
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.PIPE)
            .redirectOutput(folder.resolve("stdout").toFile())
            .redirectError(folder.resolve("stderr").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.start();
  }
}
