// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.io.Resources;
import com.google.common.math.Quantiles;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The time and memory of {@code Upscaler.upscale}, beside those of the run of the network alone, of
 * OpenCV and of DJL.
 *
 * <p>Each side is a {@link InferenceWorker} in a process of its own; they take turns. See
 * docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.UpscaleComparison --sides raw,whole,sr4j
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.UpscaleComparison --sides sr4j,opencv,djl
 * }</pre>
 */
@Command(
    name = "UpscaleComparison",
    mixinStandardHelpOptions = true,
    description = "Compares Upscaler.upscale with the raw run of the same network and with peers.")
public final class UpscaleComparison implements Callable<Integer> {

  private static final int SCALE = 2;

  @Option(
      names = "--model",
      defaultValue = "embedded;vdsr",
      split = ";",
      description =
          "What to run: \"embedded\" for the default, the name of an embedded model, \"vdsr\" for"
              + " VDSR with drawn weights, a file, or a network to export untrained, x2; all of"
              + " luma; default: \"${DEFAULT-VALUE}\".")
  private List<String> models = List.of();

  @Option(
      names = "--sides",
      defaultValue = "raw,whole,sr4j",
      split = ",",
      description =
          "What to compare with the first of them: raw, the run of the network alone; sr4j; whole,"
              + " which is sr4j without tiles; raw-int8 and int8, which are raw and sr4j with the"
              + " int8 form; opencv; djl; default: ${DEFAULT-VALUE}.")
  private List<String> sides = List.of();

  @Option(
      names = "--size",
      defaultValue = "1024",
      description = "Width and height of the image; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of a call; default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Turns of each side; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--milliseconds",
      defaultValue = "2000",
      description = "Least length of a turn, which is at least one run; default: ${DEFAULT-VALUE}.")
  private long milliseconds;

  @Option(
      names = "--warm-up",
      defaultValue = "2000",
      description =
          "Milliseconds that a side runs before the timed turns, after its first run; default:"
              + " ${DEFAULT-VALUE}.")
  private long warmUp;

  @Option(
      names = "--processor-time",
      description =
          "Counts the processor time of a side, with one thread, instead of the time that passes:"
              + " for a machine that does other work, too.")
  private boolean isProcessorTime;

  private UpscaleComparison() {}

  /** Runs the comparison and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new UpscaleComparison()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    System.out.println(Machine.describe());
    List<String> rows = new ArrayList<>();
    for (String model : models) {
      Path folder = Files.createTempDirectory("sr4j-benchmark");
      try {
        Path file = folder.resolve("model.onnx");
        write(model, file);
        rows.addAll(compare(model, model.endsWith(".onnx") ? Path.of(model) : file));
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
    System.out.println();
    System.out.printf(
        "| model | result | threads | side | ms | side / %s | rounds from, to | peak MiB | as %s"
            + " |%n",
        sides.get(0), "sr4j");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    rows.forEach(System.out::println);
    return 0;
  }

  private static void write(String model, Path file) throws IOException {
    Optional<Model.Card> card =
        UpscalerProvider.all().stream()
            .flatMap(provider -> provider.embeddedModels().stream())
            .filter(embedded -> embedded.scale() == SCALE)
            .filter(embedded -> model.equals("embedded") || model.equals(embedded.name()))
            .findFirst();
    if (card.isPresent()) {
      Files.write(file, resource(card.get().name()));
      Files.write(InferenceTask.int8(file), resource(card.get().int8().orElseThrow().name()));
    } else if (model.equals("vdsr")) {
      VdsrFile.write(file);
    } else if (!model.endsWith(".onnx")) {
      try (TrainingSession session =
          TrainingProvider.forNetwork(model).open(TrainingSetup.of(model, SCALE, Losses.l1()))) {
        ModelExport.export(session, file, Map.of());
      }
    }
  }

  private static byte[] resource(String name) throws IOException {
    return Resources.toByteArray(
        Resources.getResource("io/github/sr4j/onnx/models/" + name + ".onnx"));
  }

  private List<String> compare(String label, Path file) throws IOException {
    System.out.printf("%n%s%n", label);
    List<Side> processes = new ArrayList<>();
    try {
      InferenceTask task = task(file);
      for (String name : sides) {
        processes.add(new Side(name, task, isProcessorTime));
      }
      for (Side side : processes) {
        if (warmUp > 0) {
          side.turn(warmUp);
          side.times.clear();
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (Side side : processes) {
          side.turn(milliseconds);
          System.out.printf(
              Locale.ROOT, "  %s %.1f ms", side.name, side.times.get(side.times.size() - 1));
        }
        System.out.println();
      }
      for (Side side : processes) {
        side.process.ask(InferenceWorker.PICTURE);
      }
      List<String> rows = new ArrayList<>();
      for (Side side : processes) {
        rows.add(row(label, task, side, processes));
      }
      return rows;
    } finally {
      for (Side side : processes) {
        side.close();
      }
    }
  }

  private InferenceTask task(Path file) {
    try (Upscaler upscaler =
        Upscaler.builder().model(Model.file(file)).device(Device.cpu()).build()) {
      ModelInfo info = upscaler.info();
      checkState(info.channels() == 1, "%s must be a network of luma", file);
      return new InferenceTask(
          file, info.scale(), info.isPreupscaled(), size, isProcessorTime ? 1 : threads);
    }
  }

  private static String row(String label, InferenceTask task, Side side, List<Side> processes)
      throws IOException {
    Side reference = processes.get(0);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < side.times.size(); round++) {
      ratios.add(side.times.get(round) / reference.times.get(round));
    }
    int result = task.size() * task.scale();
    return String.format(
        Locale.ROOT,
        "| `%s` | %dx%d | %d | %s | %.1f | %.3f | %.3f, %.3f | %d | %s |",
        label,
        result,
        result,
        task.threads(),
        side.name,
        median(side.times),
        median(ratios),
        Collections.min(ratios),
        Collections.max(ratios),
        side.peakKib / 1024,
        agreement(side, processes));
  }

  /** Says how close the picture of a side is to that of SR4J. */
  private static String agreement(Side side, List<Side> processes) throws IOException {
    for (Side other : processes) {
      if (other.name.equals("sr4j") && other != side && Files.size(side.picture) > 0) {
        double decibels =
            Metrics.psnr(
                AwtImages.toFloat(ImageFiles.read(side.picture)),
                AwtImages.toFloat(ImageFiles.read(other.picture)));
        return String.format(Locale.ROOT, "%.1f dB", decibels);
      }
    }
    return "";
  }

  private static double median(List<Double> values) {
    return Quantiles.median().compute(values);
  }

  /** An {@link InferenceWorker} in a process of its own. */
  private static final class Side implements AutoCloseable {

    final String name;
    final Path picture;
    final List<Double> times = new ArrayList<>(); // milliseconds of a run, by turns
    long peakKib;
    private final boolean isProcessorTime;
    private final WorkerProcess process;

    Side(String name, InferenceTask task, boolean isProcessorTime) throws IOException {
      this.name = name;
      this.isProcessorTime = isProcessorTime;
      this.picture = Files.createTempFile("sr4j-benchmark", ".bmp");
      String[] arguments =
          ImmutableList.<String>builder()
              .add(InferenceWorker.class.getName(), name)
              .add(task.arguments())
              .add(picture.toString())
              .build()
              .toArray(new String[0]);
      List<String> command =
          switch (name) {
            case "opencv" -> Libraries.openCv(arguments);
            case "djl" -> Libraries.java(Libraries.DJL, arguments);
            default -> Libraries.java(Libraries.SR4J, arguments);
          };
      this.process = new WorkerProcess(name, command);
      peakKib = Long.parseLong(process.answer().get(0));
    }

    void turn(long milliseconds) throws IOException {
      List<String> answer = process.ask(Long.toString(milliseconds));
      long nanoseconds = Long.parseLong(answer.get(isProcessorTime ? 3 : 1));
      times.add(nanoseconds / 1e6 / Long.parseLong(answer.get(0)));
      peakKib = Long.parseLong(answer.get(2));
    }

    @Override
    public void close() throws IOException {
      process.close();
      Files.delete(picture);
    }
  }
}
