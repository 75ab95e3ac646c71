// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;
import io.github.sr4j.train.Losses;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
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
        start(
            LAUNCHER, "upscale", "--json", "--self-ensemble", input.toString(), output.toString());
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
  void libraries_areThoseOfTheProduct() throws Exception {
    try (Stream<Path> files = Files.list(LAUNCHER.resolveSibling("../lib"))) {
      List<String> names = files.map(file -> String.valueOf(file.getFileName())).toList();
      assertThat(names).anyMatch(name -> name.startsWith("sr-cli-"));
      assertThat(names)
          .noneMatch(name -> name.matches("(sr-examples|sr-testkit|junit|assertj|jazzer).*"));
    }
  }

  /** The loss of a plug-in. */
  public static final class PluggedInProvider implements LossProvider {

    @Override
    public String name() {
      return "plugged_in";
    }

    @Override
    public Loss create(Arguments arguments) {
      return Losses.l1();
    }
  }

  @Test
  void jarAmongTheLibraries_isFound() throws Exception {
    Path home = Files.createDirectory(folder.resolve("home"));
    Path launcher =
        Files.copy(LAUNCHER, Files.createDirectory(home.resolve("bin")).resolve("sr4j"));
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    Path libraries = Files.createDirectory(home.resolve("lib"));
    try (Stream<Path> files = Files.list(LAUNCHER.resolveSibling("../lib").toRealPath())) {
      for (Path file : files.toList()) {
        Files.createSymbolicLink(libraries.resolve(file.getFileName()), file);
      }
    }
    String type = PluggedInProvider.class.getName();
    String path = type.replace('.', '/') + ".class";
    OutputStream out = Files.newOutputStream(libraries.resolve("plug-in.jar"));
    try (JarOutputStream jar = new JarOutputStream(out);
        InputStream code = PluggedInProvider.class.getClassLoader().getResourceAsStream(path)) {
      jar.putNextEntry(new JarEntry(path));
      code.transferTo(jar);
      jar.putNextEntry(new JarEntry("META-INF/services/" + LossProvider.class.getName()));
      jar.write(type.getBytes(UTF_8));
    }
    Path images = Fixtures.images(folder.resolve("images"), 1);
    String output = folder.resolve("run").toString();

    String[] arguments = {"train", "--data", images.toString(), "--out", output, "--loss", "l3"};

    assertThat(run(launcher, arguments).err()).contains("\"l3\"", "plugged_in");
    assertThat(run(arguments).err()).contains("\"l3\"").doesNotContain("plugged_in");
  }

  @Test
  void version_isThatOfTheBuild() throws Exception {
    assertThat(run("--version").out()).matches("sr4j \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  private Result run(String... arguments) throws IOException, InterruptedException {
    return run(LAUNCHER, arguments);
  }

  private Result run(Path launcher, String... arguments) throws IOException, InterruptedException {
    Process process = start(launcher, arguments);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return new Result(
        process.exitValue(),
        Files.readString(folder.resolve("stdout")),
        Files.readString(folder.resolve("stderr")));
  }

  private Process start(Path launcher, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
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
