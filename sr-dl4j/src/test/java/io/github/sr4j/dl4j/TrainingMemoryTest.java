// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Training takes no more memory after thousands of steps than after hundreds. */
@Tag("long")
final class TrainingMemoryTest {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int SETTLED = 500; // steps after which every buffer has its final size
  private static final int STEPS = 2500;

  /** One array of all gradients left behind by each of the 2,000 steps: what a leak would be. */
  private static final long LEAKED_KIB = (STEPS - SETTLED) * 11_780L * Float.BYTES / 1024;

  @Test
  void residentMemory_overTwoThousandSteps_isFlat() throws Exception {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident memory");
    // A process of its own, whose heap is resident from the start, so that what grows is native.
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xms256m",
                    "-Xmx256m",
                    "-XX:+AlwaysPreTouch",
                    "-Djava.awt.headless=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Caller.class.getName()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8)
            .lines()
            .filter(line -> line.startsWith("memory "))
            .toList();

    assertThat(process.waitFor()).isZero();
    assertThat(lines).hasSize(2);
    long[] settled = kib(lines.get(0));
    long[] end = kib(lines.get(1));
    assertThat(end[0] - settled[0])
        .as("growth of resident memory in KiB, %s", lines)
        .isLessThan(LEAKED_KIB / 4);
    assertThat(end[1] - settled[1])
        .as("growth of what ND4J says that it holds, %s", lines)
        .isLessThan(1024);
  }

  private static long[] kib(String line) {
    String[] words = line.split(" ", -1);
    return new long[] {Long.parseLong(words[1]), Long.parseLong(words[2])};
  }

  /** The process that trains, with all that keeps arrays from step to step. */
  static final class Caller {

    private Caller() {}

    public static void main(String[] arguments) throws IOException {
      TrainingSetup setup =
          TrainingSetup.of(
                  "compact(features=256, layers=0)", 2, Losses.l1().plus(Losses.mse().times(0.1)))
              .optimizer(Optimizer.parse("adamw"))
              .clipping(Clipping.parse("value(0.1)"))
              .averaging(0.99);
      Path file = Files.createTempFile("memory", ".ckpt");
      try (TrainingSession session = new Dl4jTrainingProvider().open(setup)) {
        for (int step = 1; step <= STEPS; step++) {
          session.step(List.of(Noise.batch(session, 1, 8), Noise.batch(session, 1, 8)), 1e-4);
          if (step % 100 == 0) {
            session.save(file, Map.of());
            session.snapshot().close();
          }
          if (step == SETTLED || step == STEPS) {
            System.gc();
            System.out.println("memory " + residentKib() + " " + Pointer.totalBytes() / 1024);
          }
        }
      } finally {
        Files.delete(file);
      }
    }

    private static String residentKib() throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .findFirst()
          .orElseThrow()
          .replaceAll("\\D", "");
    }
  }
}
