// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.Device;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j inspect}: what a model is. */
@Command(
    name = "inspect",
    description =
        "Show what a model is: what it declares, and what running it on a small block shows.",
    footer = {"", "Example:", "  sr4j inspect compact-x2"})
final class InspectCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "An embedded model or an ONNX file.")
  private String model;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Failure {
    PrintWriter out = spec.commandLine().getOut();
    // On the CPU: what a model is does not depend on the device.
    try (Upscaler upscaler =
        ModelOptions.build(
            Upscaler.builder().model(ModelOptions.model(model)).device(Device.cpu()))) {
      ModelInfo info = upscaler.info();
      line(out, "model", info.name());
      line(out, "scale", Integer.toString(info.scale()));
      line(
          out,
          "color",
          info.color() == ModelInfo.Color.LUMA
              ? "luma (1 channel); chroma is enlarged bicubically"
              : "rgb (3 channels)");
      line(
          out,
          "input",
          info.isPreupscaled()
              ? "the image enlarged bicubically; the network keeps its size"
              : "the small image; the network enlarges it");
      line(
          out,
          "halo",
          info.halo().isPresent()
              ? info.halo().getAsInt() + " pixels of its input; can be run in tiles"
              : "not declared; always sees the whole image");
      line(
          out, "alignment", info.alignment() + (info.alignment() == 1 ? " (any size)" : " pixels"));
      line(out, "ran on", upscaler.device().actual().toString());
      if (info.provenance().isEmpty()) {
        line(out, "declares", "nothing about where it comes from");
      }
      info.provenance().forEach((key, value) -> line(out, key, value));
    }
    return 0;
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("%-12s  %s%n", key, value);
  }
}
