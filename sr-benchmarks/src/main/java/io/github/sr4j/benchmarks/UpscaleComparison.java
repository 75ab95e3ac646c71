// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.math.Quantiles;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much longer {@code Upscaler.upscale} takes than the run of the network inside it.
 *
 * <p>Runs the two methods of {@link UpscaleBenchmark} in fresh JVMs, alternating, and prints
 * medians. See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.UpscaleComparison
 * }</pre>
 */
@Command(
    name = "UpscaleComparison",
    mixinStandardHelpOptions = true,
    description = "Compares Upscaler.upscale with the raw run of the same network, with JMH.")
public final class UpscaleComparison implements Callable<Integer> {

  private static final int SCALE = 2;

  @Option(
      names = "--model",
      defaultValue = "embedded;srcnn(kernels=9-5-5)",
      split = ";",
      description =
          "What to run: \"embedded\" for the default, the name of an embedded model, a file, or a"
              + " network to export untrained, x2; default: \"${DEFAULT-VALUE}\".")
  private List<String> models = List.of();

  @Option(
      names = "--size",
      defaultValue = "512",
      description = "Width and height of the image; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of a call; default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "JVMs for each of the two; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description = "Timed iterations in a JVM; default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--milliseconds",
      defaultValue = "2000",
      description =
          "Length of an iteration, of which three come before the timed ones; default:"
              + " ${DEFAULT-VALUE}.")
  private long milliseconds;

  private UpscaleComparison() {}

  /** Runs the comparison and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new UpscaleComparison()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    String machine = Machine.describe();
    List<String> rows = new ArrayList<>();
    for (String model : models) {
      rows.add(compare(model));
    }
    System.out.println();
    System.out.println(machine);
    System.out.println();
    System.out.println(
        "| model | image | threads | upscale ms | raw run ms | upscale / raw | rounds from, to |");
    System.out.println("|---|---|---|---|---|---|---|");
    rows.forEach(System.out::println);
    return 0;
  }

  private String compare(String model) throws IOException, RunnerException {
    if (model.equals("embedded")) {
      return measure(embeddedNames().get(0), model);
    }
    if (model.endsWith(".onnx") || embeddedNames().contains(model)) {
      return measure(model, model);
    }
    Path file = Files.createTempFile("sr4j-benchmark", ".onnx");
    try (TrainingSession session =
        TrainingProvider.forNetwork(model).open(model, SCALE, Losses.mse(), "adam", 1)) {
      ModelExport.export(session, file, Map.of());
      return measure(file.toString(), model);
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> embeddedNames() {
    return UpscalerProvider.all().stream()
        .flatMap(provider -> provider.embeddedModels().stream())
        .filter(embedded -> embedded.scale() == SCALE)
        .map(UpscalerProvider.EmbeddedModel::name)
        .toList();
  }

  private String measure(String model, String label) throws RunnerException {
    List<Double> upscale = new ArrayList<>();
    List<Double> rawRun = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      upscale.add(run("upscale", model));
      rawRun.add(run("rawRun", model));
      ratios.add(upscale.get(round) / rawRun.get(round));
    }
    return String.format(
        Locale.ROOT,
        "| `%s` | %dx%d | %d | %.2f | %.2f | %.3f | %.3f, %.3f |",
        label,
        size,
        size,
        threads,
        median(upscale),
        median(rawRun),
        median(ratios),
        Collections.min(ratios),
        Collections.max(ratios));
  }

  /** Returns the milliseconds that JMH finds in one JVM. */
  private double run(String method, String model) throws RunnerException {
    Runner runner =
        new Runner(
            new OptionsBuilder()
                .include(UpscaleBenchmark.class.getName() + "\\." + method + "$")
                .param("model", model)
                .param("size", Integer.toString(size))
                .param("threads", Integer.toString(threads))
                .forks(1)
                .jvmArgs(Machine.JVM_OPTIONS.toArray(new String[0]))
                .warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(milliseconds))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(milliseconds))
                .shouldFailOnError(true)
                .build());
    return runner.run().iterator().next().getPrimaryResult().getScore();
  }

  private static double median(List<Double> values) {
    return Quantiles.median().compute(values);
  }
}
