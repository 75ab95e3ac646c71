// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.Upscaler;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sr4j evaluate}: PSNR and SSIM of a model on a folder. */
@Command(
    name = "evaluate",
    description =
        "Measure a model on a folder of high-resolution images: PSNR and SSIM of the luma, beside"
            + " bicubic enlargement, by the protocol of the papers.",
    footer = {
      "",
      "Examples:",
      "  sr4j evaluate --model compact-x2 --data Set5",
      "  sr4j evaluate --model bicubic --scale 4 --data Set5 --json bicubic.json"
    })
final class EvaluateCommand implements Callable<Integer> {

  private static final String BICUBIC = "bicubic";

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      required = true,
      description = "An embedded model, an ONNX file, or bicubic.")
  private String model;

  @Mixin private ModelOptions options;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "The high-resolution images; folders in it are searched too.")
  private Path data;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to a file as well.")
  private @Nullable Path json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    EvaluationReport report = evaluate();
    if (json != null) {
      report.writeJson(json);
    }
    spec.commandLine().getOut().print(report.toText());
    spec.commandLine().getOut().flush();
    return 0;
  }

  private EvaluationReport evaluate() throws IOException, Failure {
    if (model.equals(BICUBIC)) {
      if (options.scale == null) {
        throw new ParameterException(spec.commandLine(), "--model bicubic needs --scale");
      }
      return Evaluation.bicubic(options.scale, data);
    }
    try (Upscaler upscaler = options.open(model)) {
      return Evaluation.of(upscaler, data);
    }
  }
}
