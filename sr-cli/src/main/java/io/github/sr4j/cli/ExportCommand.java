// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sr4j export}: weights from a file, as an ONNX model. */
@Command(
    name = "export",
    description =
        "Write a network with the weights of a file as an ONNX model, and check that the model"
            + " computes what the network does.",
    footer = {
      "",
      "Examples:",
      "  sr4j export --network compact --scale 2 --weights runs/fast-x2/best.ckpt \\",
      "              --out fast-x2.onnx",
      "  sr4j export --network \"srcnn(kernels=9-1-5)\" --scale 2 \\",
      "              --weights srcnn_x2.npz --out srcnn-x2.onnx"
    })
final class ExportCommand implements Callable<Integer> {

  @Option(
      names = "--network",
      paramLabel = "NAME",
      required = true,
      description = "The network, with its arguments if it has any; sr4j networks lists the names.")
  private String network;

  @Option(
      names = "--scale",
      paramLabel = "N",
      required = true,
      description = "How many times as wide and high images become.")
  private int scale;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      required = true,
      description =
          "A checkpoint of sr4j train, or a NumPy .npz with an array for each weight, convolutions"
              + " as [out, in, height, width].")
  private Path weights;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The .onnx file to write.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    if (!String.valueOf(output.getFileName()).endsWith(".onnx")) {
      throw new Failure(output + ": the name of the model to write must end in .onnx");
    }
    OutputFile.check(output, List.of(weights));
    if (Networks.names().contains(Arguments.parse(network).name())) {
      StoredNetwork stored = StoredNetwork.read(network, scale, weights);
      export(stored, stored.properties(), stored.parameters());
      return 0;
    }
    TrainingProvider provider = TrainingProvider.forNetwork(network);
    // Nothing is trained, and the fresh weights go.
    try (TrainingSession session = provider.open(TrainingSetup.of(network, scale, Losses.l1()))) {
      export(session, session.restore(weights), session.parameters());
    }
    return 0;
  }

  private void export(
      TrainingProvider.TrainedNetwork trained, Map<String, String> checkpoint, long parameters)
      throws IOException {
    Map<String, String> metadata = provenance(checkpoint);
    metadata.put("weights", String.valueOf(weights.getFileName()));
    double parity = ModelExport.export(trained, output, metadata);
    spec.commandLine()
        .getOut()
        .println(
            String.format(
                Locale.ROOT,
                "%s: %s x%d, %d parameters, parity %.1e",
                output,
                network,
                scale,
                parameters,
                parity));
  }

  /**
   * Returns the provenance that a checkpoint of a run holds, under the keys of the run's export.
   */
  private static Map<String, String> provenance(Map<String, String> checkpoint) {
    Map<String, String> provenance = new TreeMap<>();
    Map.of("loss", "loss", "seed", "seed", "step", "steps")
        .forEach(
            (saved, key) -> {
              String value = checkpoint.get(saved);
              if (value != null) {
                provenance.put(key, value);
              }
            });
    return provenance;
  }
}
