// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.graph.Noise;
import io.github.sr4j.train.Losses;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The standard output belongs to the host: a training writes nothing to it. */
final class StandardOutputTest {

  /** The process that trains. */
  static final class Caller {

    private Caller() {}

    public static void main(String[] arguments) {
      train();
    }
  }

  private static void train() {
    TrainingSetup setup = TrainingSetup.of("compact(features=4, layers=1)", 2, Losses.l1());
    try (TrainingSession session = new Dl4jTrainingProvider().open(setup)) {
      for (int step = 1; step <= 2; step++) {
        session.step(List.of(Noise.batch(session, 1, 8)), 0.001);
      }
    }
  }

  @Test
  void training_writesNothing(@TempDir Path folder) throws Exception {
    assertThat(run(folder, System.getProperty("java.class.path"))).isEmpty();
  }

  /** Without a binding of SLF4J, which says so itself, on the standard error. */
  @Test
  void trainingWithoutLogging_writesNothing_andComplainsOfNothing(@TempDir Path folder)
      throws Exception {
    String withoutLogging =
        Splitter.on(File.pathSeparatorChar)
            .splitToStream(System.getProperty("java.class.path"))
            .filter(entry -> !entry.contains("slf4j-simple"))
            .collect(Collectors.joining(File.pathSeparator));

    assertThat(run(folder, withoutLogging)).isEmpty();
    assertThat(Files.readAllLines(folder.resolve("err")))
        .allSatisfy(line -> assertThat(line).containsAnyOf("SLF4J", "WARNING"));
  }

  private static String run(Path folder, String classPath)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Djava.awt.headless=true",
                    // ND4J's jar has settings of slf4j-simple, which send its log there.
                    "-Dorg.slf4j.simpleLogger.logFile=System.err",
                    "-cp",
                    classPath,
                    Caller.class.getName()))
            .redirectError(Redirect.to(folder.resolve("err").toFile()))
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
    return output;
  }

  @Test
  void whatOtherThreadsWriteMeanwhile_isKept() throws InterruptedException {
    train(); // so that what ND4J logs when it is loaded is not in between
    PrintStream before = System.out;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    AtomicBoolean done = new AtomicBoolean();
    int[] lines = {0};
    Thread host =
        new Thread(
            () -> {
              while (!done.get()) {
                System.out.print("line\n");
                lines[0]++;
              }
            });
    System.setOut(new PrintStream(written, false, UTF_8));
    try {
      PrintStream own = System.out;
      host.start();
      train();
      done.set(true);
      host.join();
      assertThat(System.out).isSameAs(own);
    } finally {
      done.set(true);
      System.setOut(before);
    }
    assertThat(written.toString(UTF_8).lines().filter("line"::equals).count()).isEqualTo(lines[0]);
  }
}
