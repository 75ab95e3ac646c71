// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.cli.Main;
import io.github.sr4j.spi.UpscalerProvider;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of the command line that wait for a pipe, and are told to end. */
final class InterruptionTest {

  /** A second, and what a busy machine takes to end a virtual machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir private Path folder;

  @BeforeEach
  void needsSignals() {
    assumeTrue(
        !System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows"),
        "processes are not told to end there, but are ended");
  }

  @Test
  void processThatWaitsForTheStandardInput_ends_andLeavesNothing() throws Exception {
    assertThat(endsAtOnce("upscale", "-", folder.resolve("out.png").toString())).isEmpty();
  }

  @Test
  void processThatWaitsForAPipe_ends_andLeavesNothing() throws Exception {
    Path pipe = folder.resolve("pipe.png");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "mkfifo is needed");

    assertThat(endsAtOnce("upscale", pipe.toString(), folder.resolve("out.png").toString()))
        .isEmpty();
  }

  /** As the native code of a backend, which looks after no interrupt. */
  @Test
  void processThatOpensAModel_ends_andLeavesNothing() throws Exception {
    Path model = Files.write(folder.resolve("net." + StuckProvider.EXTENSION), new byte[] {1});

    assertThat(endsAtOnce("inspect", model.toString())).isEmpty();
  }

  @Test
  void processWhoseModelTakesTooLong_saysSo_andEnds() throws Exception {
    Path model = Files.write(folder.resolve("net." + StuckProvider.EXTENSION), new byte[] {1});
    Process process = start("inspect", model.toString(), "--max-opening-time", "1s");
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(folder.resolve("printed"))
          .content()
          .contains("must open within 1 seconds")
          .contains("--max-opening-time allows more");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void jsonReport_isPrinted_whereTheWorkDoesNotStop() throws Exception {
    Path model = Files.write(folder.resolve("net." + StuckProvider.EXTENSION), new byte[] {1});
    Path image = folder.resolve("image.png");
    ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", image.toFile());

    String printed =
        endsAtOnce(
            "upscale",
            image.toString(),
            folder.resolve("out.png").toString(),
            "--model",
            model.toString(),
            "--json");

    assertThat(printed).isEqualToIgnoringNewLines("{\"error\":\"interrupted\",\"files\":[]}");
  }

  /** Returns the output of the process. */
  private String endsAtOnce(String... arguments) throws Exception {
    Process process = start(arguments);
    Path temporary = folder.resolve("tmp");
    try {
      awaitStandIn(process, temporary);

      process.destroy(); // SIGTERM

      assertThat(process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(temporary).isDirectoryNotContaining("glob:**/sr4j-*.png");
      assertThat(folder.resolve("out.png")).doesNotExist();
      return Files.readString(folder.resolve("printed"));
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start(String... arguments) throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path services = Files.createDirectories(folder.resolve("plugin/META-INF/services"));
    Files.writeString(
        services.resolve(UpscalerProvider.class.getName()), StuckProvider.class.getName());
    Path printed = folder.resolve("printed");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path")
                    + File.pathSeparator
                    + folder.resolve("plugin"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectInput(Redirect.PIPE)
        .redirectErrorStream(true)
        .redirectOutput(printed.toFile())
        .start();
  }

  /** A backend that opens nothing, for ever. */
  public static final class StuckProvider implements UpscalerProvider {

    static final String EXTENSION = "stuck";

    /** Creates the provider. */
    public StuckProvider() {}

    @Override
    public String name() {
      return EXTENSION;
    }

    @Override
    public Set<String> modelExtensions() {
      return Set.of(EXTENSION);
    }

    @Override
    public List<Model.Card> embeddedModels() {
      return List.of();
    }

    @Override
    public Device.Report probe(Device device) {
      return new Device.Report(device, Device.cpu(), "");
    }

    @Override
    public BlockUpscaler open(Model model, Device device, int threads) {
      try {
        Files.createTempFile("sr4j-", ".opening");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      while (true) {
        Uninterruptibles.sleepUninterruptibly(Duration.ofDays(1));
      }
    }
  }

  /** Waits until the process has a file for what it is to read, which it then waits for. */
  private static void awaitStandIn(Process process, Path temporary)
      throws IOException, InterruptedException {
    boolean isThere = false;
    while (!isThere) {
      assertThat(process.waitFor(50, TimeUnit.MILLISECONDS)).as("has ended").isFalse();
      try (Stream<Path> files = Files.list(temporary)) {
        isThere = files.anyMatch(file -> file.getFileName().toString().startsWith("sr4j-"));
      }
    }
  }
}
