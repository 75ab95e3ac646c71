// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.Model.Declaration.Preupscale;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
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
import java.util.SplittableRandom;
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

  private static final int SIDE = 24; // of the image on which an ONNX model is compared

  // On [0, 1]: the sums of two graphs, and those of half-precision floats.
  private static final double TOLERANCE = 1e-3;
  private static final double HALF_TOLERANCE = 1e-2;

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
    if (foreign.file().form().equals("ONNX")) {
      compareWithSource(foreign);
    }
    double parity = ModelExport.convert(foreign.network(), output, Map.of());
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

  /**
   * Compares the network with the ONNX model whose weights it has. The layers between weights are
   * not seen when the architecture is recognised: the model may scale its samples otherwise, or
   * have other activations.
   */
  private void compareWithSource(ForeignNetwork foreign) throws Failure {
    ModelInfo info = foreign.network().info();
    Model source =
        Model.file(weights)
            .declared(
                Declaration.none()
                    .scale(info.scale())
                    .preupscale(info.isPreupscaled() ? Preupscale.BICUBIC : Preupscale.NONE));
    Model network = Model.bytes(weights.toString(), foreign.network().onnx(Map.of()));
    double largest;
    try (Upscaler expected = Upscaler.builder().model(source).device(Device.cpu()).build();
        Upscaler actual = Upscaler.builder().model(network).device(Device.cpu()).build()) {
      // A model for blocks of one size sees no edges of images, which are extended for it.
      int unseen = expected.info().blockWidth().isPresent() ? expected.info().halo().orElse(0) : 0;
      FloatImage noise = noise(SIDE + 2 * unseen);
      largest = difference(expected.upscale(noise), actual.upscale(noise), unseen * info.scale());
    }
    double tolerance = foreign.file().types().contains("16") ? HALF_TOLERANCE : TOLERANCE;
    if (!(largest <= tolerance)) {
      throw new Failure(
          String.format(
              Locale.ROOT,
              "%s: has the weights of %s, but computes something else of them (their results differ"
                  + " by %.1e); use it as it is",
              weights,
              foreign.recognised().architecture(),
              largest));
    }
  }

  /** Returns the largest difference of two images, but for so many pixels along the edges. */
  private static double difference(FloatImage a, FloatImage b, int edge) {
    if (!a.toString().equals(b.toString())) { // which has the size
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (int c = 0; c < a.channels(); c++) {
      for (int y = edge; y < a.height() - edge; y++) {
        for (int x = edge; x < a.width() - edge; x++) {
          largest = Math.max(largest, Math.abs((double) a.sample(c, x, y) - b.sample(c, x, y)));
        }
      }
    }
    return largest;
  }

  private static FloatImage noise(int side) {
    float[] samples = new float[3 * side * side]; // CHW, [0, 1]
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    return FloatImage.wrap(3, side, side, samples);
  }
}
