// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.networks.architectures.ForeignNetwork;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j convert}: weights of another program, as an ONNX model. */
@Command(
    name = "convert",
    description =
        "Write the network of a PyTorch, safetensors, NumPy or Keras file as an ONNX model, and"
            + " check that the model computes what the network does. Its architecture is recognised"
            + " by its weights; nothing in the file is executed.",
    footer = {
      "",
      "Examples:",
      "  sr4j convert realesr-animevideov3.pth realesr-animevideov3.onnx",
      "  sr4j convert carn_m.pth carn_m_x3.onnx --scale 3"
    })
final class ConvertCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The weights: .pth, .pt, .ckpt, .safetensors, .npz, .h5 or .onnx.")
  private Path weights;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .onnx file to write.")
  private Path output;

  @Option(
      names = "--scale",
      paramLabel = "N",
      description =
          "How many times as wide and high images become, for weights that serve several scales.")
  private @Nullable Integer scale;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    if (!String.valueOf(output.getFileName()).endsWith(".onnx")) {
      throw new Failure(output + ": the name of the model to write must end in .onnx");
    }
    OutputFile.check(output, List.of(weights));
    ForeignNetwork foreign =
        ForeignNetwork.of(
            WeightFile.read(weights), scale == null ? OptionalInt.empty() : OptionalInt.of(scale));
    double parity = ModelExport.export(foreign.network(), output, Map.of());
    spec.commandLine()
        .getOut()
        .println(
            String.format(
                Locale.ROOT,
                "%s: %s as %s x%d, %d parameters, parity %.1e",
                output,
                foreign.recognised().architecture(),
                foreign.recognised().network(),
                foreign.network().info().scale(),
                foreign.network().parameters(),
                parity));
    return 0;
  }
}
