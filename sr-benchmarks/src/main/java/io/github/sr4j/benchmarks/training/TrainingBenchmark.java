// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import static com.google.common.base.Preconditions.checkState;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.math.Quantiles;
import io.github.sr4j.benchmarks.Machine;
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
 * Steps of training per second: SR4J on each of its engines, LibTorch in a loop written for the
 * network, and PyTorch through DJL, on the CPU, with the same network, initial weights, batches,
 * loss and optimizer.
 *
 * <p>Each side has a process of its own, because two OpenMP runtimes in one would compete for the
 * cores; while one trains, the other waits for its turn. Rounds alternate, so that whatever else
 * the machine does meets both. See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.training.TrainingBenchmark
 * }</pre>
 */
@Command(
    name = "TrainingBenchmark",
    mixinStandardHelpOptions = true,
    description =
        "Compares the training steps per second of SR4J's engines, of LibTorch and of PyTorch"
            + " through DJL.")
public final class TrainingBenchmark implements Callable<Integer> {

  /** The behaviour of OpenMP's threads while they wait for work. */
  public enum WaitPolicy {
    PASSIVE,
    DEFAULT
  }

  // Engines that sum in different orders agree on the first loss to about 1e-6 of it.
  private static final double TOLERANCE = 1e-4;
  private static final double BF16_TOLERANCE = 0.03; // of eight bits, through twenty layers

  @Option(
      names = "--task",
      split = ",",
      defaultValue = "srcnn,compact",
      description = "What to train: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private List<TrainingTask> tasks = List.of();

  @Option(
      names = "--sides",
      split = ",",
      defaultValue = "dl4j,pytorch",
      description =
          "What is measured, by turns: dl4j, torch, torch-bf16, libtorch, libtorch-channels-last,"
              + " libtorch-bf16, pytorch. The others are compared with the first, which must be one"
              + " of SR4J's engines, as it draws the weights; default: ${DEFAULT-VALUE}.")
  private List<String> sides = List.of();

  @Option(
      names = "--wait-policy",
      split = ",",
      defaultValue = "passive,default",
      description = "OMP_WAIT_POLICY of all sides; default: ${DEFAULT-VALUE}, one after the other.")
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

  @Option(
      names = "--processor-time",
      description =
          "Divides by the processor time of a side, with one thread, instead of the time that"
              + " passes: for machines that do other work, too. Implies --threads 1.")
  private boolean isProcessorTime;

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
        rows.addAll(compare(task, policy));
      }
    }
    System.out.println();
    System.out.printf(
        "| network | batch | OMP_WAIT_POLICY | side | steps/s | %s / side | rounds from, to |%n",
        sides.get(0));
    System.out.println("|---|---|---|---|---|---|---|");
    rows.forEach(System.out::println);
    return 0;
  }

  private List<String> compare(TrainingTask task, WaitPolicy policy) throws IOException {
    System.out.printf("%n%s, OMP_WAIT_POLICY %s%n", task.network, text(policy));
    Path weights = Files.createTempFile("sr4j-benchmark", ".npz");
    List<Side> opened = new ArrayList<>();
    try {
      for (String side : sides) {
        opened.add(new Side(side, task, weights, policy, isProcessorTime ? 1 : threads));
      }
      return compare(task, policy, opened);
    } finally {
      for (Side side : opened) {
        side.close();
      }
      Files.delete(weights);
    }
  }

  private List<String> compare(TrainingTask task, WaitPolicy policy, List<Side> opened)
      throws IOException {
    Side first = opened.get(0);
    for (Side side : opened) {
      double difference = Math.abs(side.firstLoss - first.firstLoss);
      checkState(
          difference
              <= (side.name.endsWith("-bf16") ? BF16_TOLERANCE : TOLERANCE)
                  * Math.abs(first.firstLoss),
          "the first loss must be the same on all sides, but was %s of %s and %s of %s",
          first.firstLoss,
          first.name,
          side.firstLoss,
          side.name);
      side.train(milliseconds);
    }
    Duration before = cpuTime(opened);
    Duration trained = Duration.ZERO;
    for (int round = 0; round < rounds; round++) {
      for (Side side : opened) {
        Duration begin = side.cpuTime();
        double speed = side.train(milliseconds);
        Duration spent = side.cpuTime().minus(begin);
        side.speeds.add(isProcessorTime ? side.steps * 1e9 / spent.toNanos() : speed);
        trained = trained.plus(spent);
      }
    }
    Duration idle = cpuTime(opened).minus(before).minus(trained);
    List<String> rows = new ArrayList<>();
    for (Side side : opened) {
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        ratios.add(first.speeds.get(round) / side.speeds.get(round));
      }
      System.out.printf(
          Locale.ROOT,
          "  %s: loss first %.6g, last %.6g; steps/s %s%n",
          side.name,
          side.firstLoss,
          side.lastLoss,
          side.speeds.stream()
              .map(speed -> String.format(Locale.ROOT, "%.2f", speed))
              .collect(joining(", ")));
      rows.add(
          String.format(
              Locale.ROOT,
              "| `%s` x%d | %d of %dx%d | %s | `%s` | %.2f | %.3f | %.3f, %.3f |",
              task.network,
              TrainingTask.SCALE,
              task.images,
              task.patchSize,
              task.patchSize,
              text(policy),
              side.name,
              median(side.speeds),
              median(ratios),
              Collections.min(ratios),
              Collections.max(ratios)));
    }
    System.out.printf("  CPU time of the waiting sides: %d ms%n", idle.toMillis());
    return rows;
  }

  private static Duration cpuTime(List<Side> sides) {
    return sides.stream().map(Side::cpuTime).reduce(Duration.ZERO, Duration::plus);
  }

  private static String text(WaitPolicy policy) {
    return policy == WaitPolicy.PASSIVE ? "passive" : "not set";
  }

  private static double median(List<Double> values) {
    return Quantiles.median().compute(values);
  }

  /** A {@link TrainingWorker} in a process of its own. */
  private static final class Side implements AutoCloseable {

    final String name;
    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;
    final double firstLoss;
    double lastLoss;
    long steps; // of the last round
    final List<Double> speeds = new ArrayList<>(); // steps per second of each round

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
      steps = Long.parseLong(answer.get(0));
      return steps * 1e9 / Long.parseLong(answer.get(1));
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
