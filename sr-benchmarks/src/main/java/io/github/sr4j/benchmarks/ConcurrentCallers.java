// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.math.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How many images a second one {@code Upscaler} makes for more and more threads that call it, and
 * how long each of them waits.
 *
 * <p>Runs {@link UpscaleBenchmark} in fresh JVMs, from few callers to many, several times over. See
 * docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.ConcurrentCallers
 * }</pre>
 */
@Command(
    name = "ConcurrentCallers",
    mixinStandardHelpOptions = true,
    description = "Measures the throughput of an Upscaler that many threads share, with JMH.")
public final class ConcurrentCallers implements Callable<Integer> {

  @Option(
      names = "--callers",
      defaultValue = "1,2,4,16,64",
      split = ",",
      description = "Numbers of calling threads; default: ${DEFAULT-VALUE}.")
  private List<Integer> callers = List.of();

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Width and height of the image; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of a call; default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "JVMs for each number of callers; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--milliseconds",
      defaultValue = "5000",
      description = "Time measured in a JVM, after as long of warm-up; default: ${DEFAULT-VALUE}.")
  private long milliseconds;

  private ConcurrentCallers() {}

  /** Runs the benchmark and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ConcurrentCallers()).execute(arguments));
  }

  @Override
  public Integer call() throws RunnerException {
    String machine = Machine.describe();
    ListMultimap<Integer, Statistics> results = ArrayListMultimap.create();
    for (int round = 0; round < rounds; round++) {
      for (int count : callers) {
        results.put(count, run(count));
      }
    }
    System.out.println();
    System.out.println(machine);
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "| callers | images/s of %dx%d | / %d caller | median ms | p99 ms |%n",
        size,
        size,
        callers.get(0));
    System.out.println("|---|---|---|---|---|");
    for (int count : callers) {
      List<Double> rates = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      List<Double> medians = new ArrayList<>();
      List<Double> slowest = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        Statistics times = results.get(count).get(round);
        rates.add(count * 1000 / times.getMean());
        ratios.add(
            rates.get(round)
                * results.get(callers.get(0)).get(round).getMean()
                / (1000 * callers.get(0)));
        medians.add(times.getPercentile(50));
        slowest.add(times.getPercentile(99));
      }
      System.out.printf(
          Locale.ROOT,
          "| %d | %.2f | %.3f | %.1f | %.1f |%n",
          count,
          median(rates),
          median(ratios),
          median(medians),
          median(slowest));
    }
    return 0;
  }

  /** Returns the milliseconds of calls in one JVM. */
  private Statistics run(int count) throws RunnerException {
    Runner runner =
        new Runner(
            new OptionsBuilder()
                .include(UpscaleBenchmark.class.getName() + "\\.upscale$")
                .param("size", Integer.toString(size))
                .param("threads", Integer.toString(threads))
                .threads(count)
                .forks(1)
                .jvmArgs(Machine.JVM_OPTIONS.toArray(new String[0]))
                .warmupIterations(1)
                .warmupTime(TimeValue.milliseconds(milliseconds))
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(milliseconds))
                .shouldFailOnError(true)
                .build());
    return runner.run().iterator().next().getPrimaryResult().getStatistics();
  }

  private static double median(List<Double> values) {
    return Quantiles.median().compute(values);
  }
}
