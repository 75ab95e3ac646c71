// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.PatchBatch;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The time of one step of training for each network, under L1 and Adam, on a batch of noise.
 *
 * <p>With one thread, it is the time that the processor spends on it, which other work on the
 * machine hardly changes. See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * OMP_NUM_THREADS=1 java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.TrainingSteps --batch 4
 * }</pre>
 */
@Command(
    name = "TrainingSteps",
    mixinStandardHelpOptions = true,
    description = "Measures a step of training of each network. Needs OMP_NUM_THREADS=1.")
public final class TrainingSteps implements Callable<Integer> {

  @Parameters(
      paramLabel = "NETWORK",
      description = "Networks, with arguments if they have any. Default: all, with defaults.")
  private List<String> networks = List.of();

  @Option(
      names = "--scale",
      defaultValue = "2",
      description = "The scale of the networks; default: ${DEFAULT-VALUE}.")
  private int scale;

  @Option(
      names = "--batch",
      defaultValue = "1",
      description = "Patches of a step, each of the network's own size; default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--steps",
      defaultValue = "3",
      description = "Steps, of which the fastest counts; default: ${DEFAULT-VALUE}.")
  private int steps;

  private TrainingSteps() {}

  /** Runs the benchmark and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new TrainingSteps()).execute(arguments));
  }

  @Override
  public Integer call() {
    if (!"1".equals(System.getenv("OMP_NUM_THREADS"))) {
      System.err.println("OMP_NUM_THREADS must be 1: the time of the calling thread is measured");
      return 2;
    }
    PrintStream out = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream())); // ND4J prints to it
    out.println(Machine.describe());
    out.println();
    out.println("| network | scale | batch | step |");
    out.println("|---|---|---|---|");
    TrainingProvider provider = TrainingProvider.forNetwork("srcnn");
    for (String network : networks.isEmpty() ? provider.networks() : networks) {
      try (TrainingSession session = provider.open(TrainingSetup.of(network, scale))) {
        int side = session.defaultPatchSize();
        out.printf(
            Locale.ROOT,
            "| `%s` | %d | %d of %dx%d | %.1f ms |%n",
            network,
            scale,
            batch,
            side,
            side,
            milliseconds(session, noise(session.info(), side)));
      }
    }
    return 0;
  }

  private double milliseconds(TrainingSession session, PatchBatch patches) {
    session.step(patches, 1e-4); // lays out the graph
    long least = Long.MAX_VALUE;
    for (int i = 0; i < steps; i++) {
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      session.step(patches, 1e-4);
      least =
          Math.min(least, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
    }
    return least / 1e6;
  }

  private PatchBatch noise(ModelInfo info, int side) {
    int largeSide = side * info.blockScale();
    BatchShape input = new BatchShape(batch, info.channels(), side, side);
    BatchShape target = new BatchShape(batch, info.channels(), largeSide, largeSide);
    SplittableRandom random = new SplittableRandom(1);
    return new PatchBatch(input, noise(input, random), target, noise(target, random));
  }

  private static float[] noise(BatchShape shape, SplittableRandom random) {
    float[] samples = new float[shape.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return samples;
  }
}
