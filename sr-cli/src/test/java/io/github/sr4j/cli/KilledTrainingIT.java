// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.sr4j.spi.TrainingProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs in processes of their own, killed without notice, also while they write a checkpoint: as
 * they write one after every second step, a good part of their time is that.
 */
final class KilledTrainingIT {

  private static final int STEPS = 100;

  private static final String SETTINGS =
      """
      network: compact(features=8, layers=1)
      loss: l1 + 0.1*mse
      optimizer: adamw(weight_decay=0.01)
      learning-rate: 0.002
      schedule: plateau(patience=2, factor=0.7, warm_up=5%)
      clipping: norm(0.5)
      averaging: 0.95
      steps: 100
      batch: 2
      accumulate: 2
      patch: 12
      seed: 11
      validate-every: 2
      keep: 3
      """;

  @TempDir private Path folder;
  private Path config;
  private Path whole;
  private Duration trainingTime = Duration.ZERO;

  /** Trains without an interruption. */
  private void trainWhole(String engine, String precision) throws Exception {
    assumeTrue(
        TrainingProvider.all().stream().anyMatch(provider -> provider.name().equals(engine)),
        () -> engine + " is not on the class path: it is built with -P" + engine);
    Path images = Fixtures.images(folder.resolve("images"), 2);
    config = folder.resolve("config.yaml");
    String computation = "engine: " + engine + "\nprecision: " + precision + "\n";
    String paths = "data: " + images + "\nvalidate: " + images + "\n";
    Files.writeString(config, SETTINGS + computation + paths, UTF_8);
    whole = folder.resolve("whole");
    Child child = new Child(whole);
    Instant begin = child.awaitFirstStep();
    assertThat(child.awaitEnd()).isZero();
    trainingTime = Duration.between(begin, Instant.now());
  }

  @ParameterizedTest
  @CsvSource({"dl4j, fp32", "torch, bf16"})
  void runKilledThreeTimes_endsWithTheSameWeights(String engine, String precision)
      throws Exception {
    trainWhole(engine, precision);
    check(3);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"dl4j, fp32", "torch, fp32", "torch, bf16"})
  void runKilledTwentyTimes_endsWithTheSameWeights(String engine, String precision)
      throws Exception {
    trainWhole(engine, precision);
    check(20);
  }

  private void check(int kills) throws Exception {
    Path killed = folder.resolve("killed");
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    List<String> moments = new ArrayList<>();
    // The pieces add up to a third of the run on average, and cannot to more than two thirds.
    long longest = Math.max(1, trainingTime.toMillis() * 2 / 3 / kills);
    for (int kill = 0; kill < kills; kill++) {
      Child child = new Child(killed);
      if (kill % 4 != 3) { // every fourth may not even have begun to train
        child.awaitFirstStep();
      }
      Thread.sleep(random.nextLong(longest));
      child.kill();
      moments.add(names(killed));
    }
    Child last = new Child(killed);
    String description = String.format("seed %d, files after each kill: %s", seed, moments);
    assertThat(last.awaitEnd()).as("%s: %s", description, last.output()).isZero();

    assertThat(arrays(killed, "last.ckpt")).as(description).isEqualTo(arrays(whole, "last.ckpt"));
    assertThat(arrays(killed, "best.ckpt")).as(description).isEqualTo(arrays(whole, "best.ckpt"));
    assertThat(killed.resolve("model.onnx"))
        .as(description)
        .hasSameBinaryContentAs(whole.resolve("model.onnx"));
    assertThat(validations(killed)).as(description).isEqualTo(validations(whole));
    assertThat(validations(whole)).hasSize(STEPS / 2);
    assertThat(metrics(killed)).as(description).isEqualTo(metrics(whole)).hasSize(1 + STEPS);
    assertThat(names(killed)).as("nothing is left over").isEqualTo(names(whole));
  }

  /** Returns the arrays of a checkpoint, as text; its properties hold times, too. */
  private static Map<String, String> arrays(Path run, String name) throws IOException {
    Map<String, String> arrays = new TreeMap<>();
    try (ZipFile zip = new ZipFile(run.resolve(name).toFile())) {
      for (Enumeration<? extends ZipEntry> e = zip.entries(); e.hasMoreElements(); ) {
        ZipEntry entry = e.nextElement();
        if (entry.getName().endsWith(".npy")) {
          byte[] content = zip.getInputStream(entry).readAllBytes();
          arrays.put(entry.getName(), new String(content, ISO_8859_1));
        }
      }
    }
    assertThat(arrays).containsKey("average/conv1.weight.npy");
    return arrays;
  }

  private static JsonNode validations(Path run) throws IOException {
    return new JsonMapper().readTree(run.resolve("report.json").toFile()).get("validations");
  }

  /** Returns the columns of the metrics that are not times. */
  private static List<String> metrics(Path run) throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("metrics.csv"));
    List<String> columns = List.of(lines.get(0).split(",", -1));
    List<String> rows = new ArrayList<>();
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      rows.add(
          String.join(
              ",",
              cells[columns.indexOf("step")],
              cells[columns.indexOf("loss")],
              cells[columns.indexOf("learning_rate")],
              cells[columns.indexOf("psnr")]));
    }
    return rows;
  }

  private static String names(Path run) throws IOException {
    try (var files = Files.list(run)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.startsWith("events.out")) // one of each process
          .sorted()
          .toList()
          .toString();
    }
  }

  /** A process that trains, or goes on. */
  private final class Child {

    private final Process process;
    private final BufferedReader lines;
    private final StringBuilder text = new StringBuilder();

    Child(Path output) throws IOException {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-XX:TieredStopAtLevel=1", // most of its time is starting
                  "-Djava.awt.headless=true",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "train",
                  "--config",
                  config.toString(),
                  "--out",
                  output.toString(),
                  "--resume")
              .redirectErrorStream(true);
      builder.environment().put("OMP_WAIT_POLICY", "passive");
      process = builder.start();
      lines = process.inputReader(UTF_8);
    }

    /** Waits for the first step, or the end; returns when that was. */
    Instant awaitFirstStep() throws IOException {
      String line;
      while ((line = lines.readLine()) != null) {
        text.append(line).append('\n');
        if (line.startsWith("step ")) {
          break;
        }
      }
      return Instant.now();
    }

    int awaitEnd() throws IOException, InterruptedException {
      String line;
      while ((line = lines.readLine()) != null) {
        text.append(line).append('\n');
      }
      return process.waitFor();
    }

    /** Kills it as {@code kill -9} does. */
    void kill() throws InterruptedException {
      assertThat(process.isAlive()).as("still training: %s", text).isTrue();
      process.destroyForcibly().waitFor();
    }

    String output() {
      return text.toString();
    }
  }
}
