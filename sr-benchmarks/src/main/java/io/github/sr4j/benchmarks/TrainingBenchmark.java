// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.math.Quantiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Steps of training per second: SR4J against PyTorch through DJL, on the CPU, with the same
 * network, initial weights, batches, loss and optimizer.
 *
 * <p>Each side has a process of its own, because two OpenMP runtimes in one would compete for the
 * cores; while one trains, the other waits for its turn. Rounds alternate, so that whatever else
 * the machine does meets both. See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.TrainingBenchmark
 * }</pre>
 */
@Command(
    name = "TrainingBenchmark",
    mixinStandardHelpOptions = true,
    description = "Compares the training steps per second of SR4J and of PyTorch through DJL.")
public final class TrainingBenchmark implements Callable<Integer> {

  /** The behaviour of OpenMP's threads while they wait for work. */
  enum WaitPolicy {
    PASSIVE,
    DEFAULT
  }

  // Engines that sum in different orders agree on the first loss to about 1e-6 of it.
  private static final double TOLERANCE = 1e-4;

  @Option(
      names = "--task",
      split = ",",
      defaultValue = "srcnn,compact",
      description = "What to train: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private List<TrainingTask> tasks = List.of();

  @Option(
      names = "--wait-policy",
      split = ",",
      defaultValue = "passive,default",
      description =
          "OMP_WAIT_POLICY of both sides; default: ${DEFAULT-VALUE}, one after the other.")
  private List<WaitPolicy> waitPolicies = List.of();

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of each side (OMP_NUM_THREADS); default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Timed rounds of each side; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--milliseconds",
      defaultValue = "10000",
      description = "Length of a round, and of the warm-up; default: ${DEFAULT-VALUE}.")
  private long milliseconds;

  private TrainingBenchmark() {}

  /** Runs the comparison and prints a table in Markdown. */
  public static void main(String[] arguments) {
    CommandLine command =
        new CommandLine(new TrainingBenchmark()).setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(command.execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    System.out.println(Machine.describe());
    List<String> rows = new ArrayList<>();
    for (TrainingTask task : tasks) {
      for (WaitPolicy policy : waitPolicies) {
        rows.add(compare(task, policy));
      }
    }
    System.out.println();
    System.out.println(
        "| network | batch | OMP_WAIT_POLICY | SR4J steps/s | PyTorch steps/s | SR4J / PyTorch |"
            + " rounds from, to |");
    System.out.println("|---|---|---|---|---|---|---|");
    rows.forEach(System.out::println);
    return 0;
  }

  private String compare(TrainingTask task, WaitPolicy policy) throws IOException {
    System.out.printf("%n%s, OMP_WAIT_POLICY %s%n", task.network, text(policy));
    Path weights = Files.createTempFile("sr4j-benchmark", ".npz");
    try (Side sr4j = new Side("sr4j", task, weights, policy, threads);
        Side pytorch = new Side("pytorch", task, weights, policy, threads)) {
      double difference = Math.abs(sr4j.firstLoss - pytorch.firstLoss);
      checkState(
          difference <= TOLERANCE * Math.abs(sr4j.firstLoss),
          "the first loss must be the same on both sides, but was %s and %s",
          sr4j.firstLoss,
          pytorch.firstLoss);
      sr4j.train(milliseconds);
      pytorch.train(milliseconds);
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      Duration idle = Duration.ZERO;
      for (int round = 0; round < rounds; round++) {
        Duration before = pytorch.cpuTime();
        ours.add(sr4j.train(milliseconds));
        idle = idle.plus(pytorch.cpuTime()).minus(before);
        before = sr4j.cpuTime();
        theirs.add(pytorch.train(milliseconds));
        idle = idle.plus(sr4j.cpuTime()).minus(before);
        ratios.add(ours.get(round) / theirs.get(round));
        System.out.printf(
            Locale.ROOT,
            "  round %d: SR4J %.2f, PyTorch %.2f steps/s, ratio %.3f%n",
            round + 1,
            ours.get(round),
            theirs.get(round),
            ratios.get(round));
      }
      System.out.printf(
          Locale.ROOT,
          "  loss: first %.6g and %.6g, last %.6g and %.6g; CPU time of the waiting side: %d ms%n",
          sr4j.firstLoss,
          pytorch.firstLoss,
          sr4j.lastLoss,
          pytorch.lastLoss,
          idle.toMillis());
      return String.format(
          Locale.ROOT,
          "| `%s` x%d | %d of %dx%d | %s | %.2f | %.2f | %.3f | %.3f, %.3f |",
          task.network,
          TrainingTask.SCALE,
          task.images,
          task.patchSize,
          task.patchSize,
          text(policy),
          median(ours),
          median(theirs),
          median(ratios),
          Collections.min(ratios),
          Collections.max(ratios));
    } finally {
      Files.delete(weights);
    }
  }

  private static String text(WaitPolicy policy) {
    return policy == WaitPolicy.PASSIVE ? "passive" : "not set";
  }

  private static double median(List<Double> values) {
    return Quantiles.median().compute(values);
  }

  /** A {@link TrainingWorker} in a process of its own. */
  private static final class Side implements AutoCloseable {

    private final String name;
    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;
    final double firstLoss;
    double lastLoss;

    Side(String name, TrainingTask task, Path weights, WaitPolicy policy, int threads)
        throws IOException {
      this.name = name;
      ProcessBuilder builder =
          new ProcessBuilder(
              ImmutableList.<String>builder()
                  .add(Path.of(System.getProperty("java.home"), "bin", "java").toString())
                  .addAll(Machine.JVM_OPTIONS)
                  // DJL: no download of natives, no telemetry.
                  .add("-Dai.djl.offline=true", "-DOPT_OUT_TRACKING=true")
                  .add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
                  .add("-cp", System.getProperty("java.class.path"))
                  .add(TrainingWorker.class.getName(), name, task.name(), weights.toString())
                  .build());
      Map<String, String> environment = builder.environment();
      environment.put("OMP_NUM_THREADS", Integer.toString(threads));
      environment.remove("OMP_WAIT_POLICY");
      if (policy == WaitPolicy.PASSIVE) {
        environment.put("OMP_WAIT_POLICY", "passive");
      }
      this.process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      this.requests = process.outputWriter(StandardCharsets.UTF_8);
      this.answers =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      try {
        this.firstLoss = Double.parseDouble(answer().get(0));
      } catch (IOException | RuntimeException e) {
        process.destroy();
        throw e;
      }
    }

    /** Trains for a while and returns the steps per second. */
    double train(long milliseconds) throws IOException {
      requests.write(milliseconds + "\n");
      requests.flush();
      List<String> answer = answer();
      lastLoss = Double.parseDouble(answer.get(2));
      return Long.parseLong(answer.get(0)) * 1e9 / Long.parseLong(answer.get(1));
    }

    Duration cpuTime() {
      return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private List<String> answer() throws IOException {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(TrainingWorker.ANSWER)) {
          return Splitter.on(' ').splitToList(line.substring(TrainingWorker.ANSWER.length()));
        }
        System.err.println(name + ": " + line);
      }
      throw new IllegalStateException("the process of " + name + " ended; its output says why");
    }

    @Override
    public void close() throws IOException {
      requests.close(); // the worker ends where its input ends
      answers.transferTo(Writer.nullWriter()); // until it has
    }
  }
}
