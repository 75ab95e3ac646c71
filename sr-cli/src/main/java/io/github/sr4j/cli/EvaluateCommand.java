// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.ModelOptions;
import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import io.github.sr4j.training.EvaluationTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sr4j evaluate}: models on sets of images, in the figures of the papers. */
@Command(
    name = "evaluate",
    description =
        "Measure models on sets of high-resolution images: PSNR and SSIM by the protocol of the"
            + " papers, time, parameters and multiply-accumulates, beside bicubic enlargement.",
    footer = {
      "",
      "Examples:",
      "  sr4j evaluate --model fast-x2 --data Set5 --images",
      "  sr4j evaluate --model runs/a/model.onnx --model runs/b/model.onnx \\",
      "                --data Set5 --data Set14 --format markdown",
      "  sr4j evaluate --model srgan.onnx --data Set14 --border 4 \\",
      "                --measure \"lpips(lpips_alex.npz)\"",
      "  sr4j evaluate --model bicubic --scale 4 --data Set5"
    })
final class EvaluateCommand implements Callable<Integer> {

  private static final String BICUBIC = "bicubic";

  private enum Space {
    LUMA("luma"),
    LUMA_OF_RGB("luma-of-rgb"),
    RGB("rgb");

    private final String text;

    Space(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private enum Format {
    TEXT,
    MARKDOWN,
    JSON
  }

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      required = true,
      description = "An embedded model, an ONNX file, or bicubic. Can be repeated.")
  private List<String> models;

  @Mixin private ModelOptions options;

  @Option(
      names = "--passes",
      paramLabel = "N",
      description =
          "How often the model is run, each time on its own result: x2 in 2 passes is x4. Default:"
              + " 1.")
  private @Nullable Integer passes;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description =
          "The high-resolution images of a set: a folder, those in it included, a zip file, or a"
              + " list of files in a .txt. Can be repeated.")
  private List<Path> sets;

  @Option(
      names = "--low-res",
      paramLabel = "DIR",
      description =
          "The low-resolution images of a set, for each --data one. Default: made by bicubic"
              + " reduction.")
  private List<Path> lowRes = List.of();

  @Option(
      names = "--space",
      paramLabel = "NAME",
      defaultValue = "luma",
      description =
          "The compared channels: luma, for which luma networks enlarge Y alone; luma-of-rgb, for"
              + " which every network enlarges a colour image; or rgb. Default: ${DEFAULT-VALUE}.")
  private Space space;

  @Option(
      names = "--border",
      paramLabel = "N",
      description =
          "The pixels along each edge that are left out; 4 is SRGAN's. Default: as many as the"
              + " scale.")
  private @Nullable Integer border;

  @Option(
      names = "--measure",
      paramLabel = "TEXT",
      description =
          "A loss to measure besides, on the colours of the result, such as"
              + " \"lpips(lpips_alex.npz)\". Can be repeated.")
  private List<String> measures = List.of();

  @Option(names = "--images", description = "Show the figures of each image, too.")
  private boolean images;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "text, markdown or json, which has the figures of each image. Default: text.")
  private Format format;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the figures to a file, and not to the standard output.")
  private @Nullable Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    refuse(models.contains(BICUBIC) && options.scale == null, "--model bicubic needs --scale");
    refuse(
        !lowRes.isEmpty() && lowRes.size() != sets.size(),
        String.format(
            Locale.ROOT,
            "--low-res must be given as often as --data, %d times, but was %d times",
            sets.size(),
            lowRes.size()));
    if (output != null) {
      OutputFile.check(output, inputs());
      OutputFile.checkReplacesText(output);
    }
    List<EvaluationReport> reports = evaluate(evaluation());
    EvaluationTable table;
    try {
      table = new EvaluationTable(reports);
    } catch (IllegalArgumentException e) {
      throw new Failure("--model and --data: " + e.getMessage(), e);
    }
    String text = text(table);
    if (output != null) {
      AtomicFile.write(output, file -> Files.writeString(file, text));
    } else {
      PrintWriter out = spec.commandLine().getOut();
      out.print(text);
      out.flush();
    }
    return 0;
  }

  /** Returns the files and folders that are read, as far as the options name them. */
  private List<Path> inputs() {
    List<Path> inputs = new ArrayList<>(sets);
    inputs.addAll(lowRes);
    models.forEach(model -> inputs.add(Path.of(model)));
    return inputs;
  }

  private void refuse(boolean isWrong, String message) {
    if (isWrong) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private Evaluation evaluation() {
    Evaluation evaluation =
        switch (space) {
          case LUMA -> Evaluation.luma();
          case LUMA_OF_RGB -> Evaluation.lumaOfRgb();
          case RGB -> Evaluation.rgb();
        };
    if (border != null) {
      evaluation = evaluation.border(border);
    }
    for (String measure : measures) {
      evaluation = evaluation.measure(Losses.parse(measure));
    }
    return evaluation;
  }

  private List<EvaluationReport> evaluate(Evaluation evaluation) throws IOException, Failure {
    List<EvaluationReport> reports = new ArrayList<>();
    Set<Integer> bicubicScales = new HashSet<>();
    for (String model : models) {
      if (model.equals(BICUBIC)) {
        int scale = requireNonNull(options.scale); // as checked before
        if (bicubicScales.add(scale)) {
          reports.addAll(ofSets(evaluation, scale, null));
        }
        continue;
      }
      try (Upscaler upscaler = open(model)) {
        if (bicubicScales.add(upscaler.scale())) {
          reports.addAll(ofSets(evaluation, upscaler.scale(), null));
        }
        reports.addAll(ofSets(evaluation, upscaler.scale(), upscaler));
      }
    }
    return reports;
  }

  private Upscaler open(String model) throws Failure {
    Upscaler.Builder builder = options.builder(model);
    if (passes != null) {
      builder.passes(passes);
    }
    return builder.build();
  }

  /** Measures a model on each set, or bicubic enlargement if there is none. */
  private List<EvaluationReport> ofSets(
      Evaluation evaluation, int scale, @Nullable Upscaler upscaler) throws IOException {
    List<EvaluationReport> reports = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      Evaluation own = lowRes.isEmpty() ? evaluation : evaluation.lowRes(lowRes.get(i));
      reports.add(
          upscaler == null ? own.bicubic(scale, sets.get(i)) : own.of(upscaler, sets.get(i)));
    }
    return reports;
  }

  private String text(EvaluationTable table) {
    if (format == Format.JSON) {
      return table.toJson();
    }
    StringBuilder text = new StringBuilder();
    if (images) {
      String fence = format == Format.MARKDOWN ? "```\n" : "";
      for (EvaluationReport report : table.reports()) {
        text.append(fence).append(report.toText()).append(fence).append('\n');
      }
    }
    return text.append(format == Format.MARKDOWN ? table.toMarkdown() : table.toText()).toString();
  }
}
