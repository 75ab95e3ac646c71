// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
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
    BufferedImage enlarged = AwtImages.read(output);
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
  void version_isThatOfTheBuild() throws Exception {
    assertThat(run("--version").out()).matches("sr4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  private Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.PIPE)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
