// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.Model;
import io.github.sr4j.cli.options.Declarations;
import io.github.sr4j.cli.options.ModelOptions;
import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.training.Quantization;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j quantize}: a model whose network computes in 8 bits. */
@Command(
    name = "quantize",
    description =
        "Write a model whose network computes in whole numbers of 8 bits, for processors with"
            + " instructions for them, and tell what it loses.",
    footer = {
      "",
      "Examples:",
      "  sr4j quantize quality-x2 --data photos --out quality-x2-int8.onnx",
      "  sr4j quantize model.onnx --data photos --validate Set5 --max-loss 0.05 --out"
          + " model-int8.onnx"
    })
final class QuantizeCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "NAME|FILE",
      description = "An embedded model, an ONNX file or weights of other programs.")
  private String model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "IMAGES",
      description =
          "Images like those that the model is for, on patches of which the steps of the numbers"
              + " are chosen: a folder, a .zip file or a .txt list.")
  private Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE.onnx",
      description = "The model to write.")
  private Path out;

  @Option(
      names = "--validate",
      paramLabel = "IMAGES",
      description = "Images to measure both models on, besides the patches.")
  private @Nullable Path validate;

  @Option(
      names = "--max-loss",
      paramLabel = "DB",
      description =
          "The PSNR that may be lost, in dB, on the patches and on the images to validate on, or"
              + " nothing is written. Default: 0.1.")
  private @Nullable Double maxLoss;

  @Option(
      names = "--scale",
      paramLabel = "N",
      description = "How many times as wide and high images become, if the model does not show it.")
  private @Nullable Integer scale;

  @Mixin private Declarations declarations;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    if (!String.valueOf(out.getFileName()).endsWith(".onnx")) {
      throw new Failure(out + ": the name of the model to write must end in .onnx");
    }
    Model source = requireNonNull(declarations.on(ModelOptions.model(model), scale));
    List<Path> inputs = new ArrayList<>(List.of(data));
    source.file().ifPresent(inputs::add);
    OutputFile.check(out, inputs);
    Quantization quantization = Quantization.defaults();
    if (maxLoss != null) {
      quantization = quantization.maxLoss(maxLoss);
    }
    if (validate != null) {
      quantization = quantization.validate(validate);
    }
    Quantization.Report report = quantization.quantize(source, data, out);
    PrintWriter printed = spec.commandLine().getOut();
    printed.printf(Locale.ROOT, "%s: %s, %d bytes%n", out, report.quantization(), report.bytes());
    for (Quantization.Loss loss : report.losses()) {
      printed.printf(
          Locale.ROOT,
          "%s: %.3f dB, %.3f dB in float (%+.3f)%n",
          loss.images(),
          loss.quantizedPsnr(),
          loss.psnr(),
          -loss.decibels());
    }
    return 0;
  }
}
