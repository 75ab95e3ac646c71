// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
    endsAtOnce("upscale", "-", folder.resolve("out.png").toString());
  }

  @Test
  void processThatWaitsForAPipe_ends_andLeavesNothing() throws Exception {
    Path pipe = folder.resolve("pipe.png");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "mkfifo is needed");

    endsAtOnce("upscale", pipe.toString(), folder.resolve("out.png").toString());
  }

  private void endsAtOnce(String... arguments) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path printed = folder.resolve("printed");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Redirect.PIPE)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    try {
      awaitStandIn(process, temporary);

      process.destroy(); // SIGTERM

      assertThat(process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(printed).isEmptyFile();
      assertThat(temporary).isDirectoryNotContaining("glob:**/sr4j-*");
      assertThat(folder.resolve("out.png")).doesNotExist();
    } finally {
      process.destroyForcibly();
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
