// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.math.Quantiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long a program waits for its first image: from {@code main} to the enlarged picture in a new
 * JVM, with the parts of it.
 *
 * <p>Starts {@link FirstImageWorker} many times, in turns with SR4J and with ONNX Runtime alone.
 * See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar io.github.sr4j.benchmarks.FirstImage
 * }</pre>
 */
@Command(
    name = "FirstImage",
    mixinStandardHelpOptions = true,
    description = "Measures the time from main to the first enlarged image in a new JVM.")
public final class FirstImage implements Callable<Integer> {

  @Option(
      names = "--size",
      defaultValue = "512",
      description = "Width and height of the image; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--rounds",
      defaultValue = "11",
      description = "JVMs of each kind; default: ${DEFAULT-VALUE}.")
  private int rounds;

  private FirstImage() {}

  /** Runs the benchmark and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new FirstImage()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    System.out.println(Machine.describe());
    List<double[]> ours = new ArrayList<>();
    List<double[]> raw = new ArrayList<>();
    for (int round = 0; round <= rounds; round++) {
      double[] first = run("sr4j");
      double[] second = run("raw");
      if (round > 0) { // the first reads the files into the system's cache
        ours.add(first);
        raw.add(second);
      }
    }
    System.out.println();
    System.out.println("| part | ms |");
    System.out.println("|---|---|");
    row("AWT, for an image in memory", median(ours, 0));
    row("ONNX Runtime alone: loading its library", median(raw, 0));
    row("ONNX Runtime alone: opening the session", median(raw, 1));
    row("the rest of opening", median(ours, 1) - median(raw, 0) - median(raw, 1));
    row("ONNX Runtime alone: first run", median(raw, 2));
    row("the rest of enlarging: pixels", median(ours, 2) - median(raw, 2));
    row("**from main to the picture**", median(ours, 3));
    return 0;
  }

  private double[] run(String kind) throws IOException {
    List<String> command =
        Libraries.java(
            Libraries.SR4J,
            FirstImageWorker.class.getName(),
            kind,
            Integer.toString(size),
            "/io/github/sr4j/onnx/models/fast-x2.onnx");
    try (WorkerProcess process = new WorkerProcess(kind, command)) {
      return process.answer().stream().mapToDouble(Double::parseDouble).toArray();
    }
  }

  private static void row(String part, double nanoseconds) {
    System.out.printf(Locale.ROOT, "| %s | %.0f |%n", part, nanoseconds / 1e6);
  }

  private static double median(List<double[]> runs, int part) {
    return Quantiles.median().compute(runs.stream().map(run -> run[part]).toList());
  }
}
