// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.training.Degradation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j degrade}: examples of what a degradation does. */
@Command(
    name = "degrade",
    description =
        "Write low-resolution images as a degradation makes them: pictures of both sizes side by"
            + " side to look at, and pairs in the folders HR and LR to train or measure on.",
    footer = {
      "",
      "Examples:",
      "  sr4j degrade photos examples --degradation real-esrgan --count 20",
      "  sr4j degrade Set5 Set5-photo --scale 4 --seed 7 --degradation \\",
      "      \"blur(sigma=1-2) then bicubic then noise(sigma=5) then jpeg(quality=60)\""
    })
final class DegradeCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "The high-resolution images: a folder, a .zip file or a .txt list of files.")
  private Path source;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The folder for the examples; it is created.")
  private Path output;

  @Option(
      names = "--degradation",
      paramLabel = "TEXT",
      defaultValue = "bicubic",
      description =
          "What is done to the images: bicubic, real-esrgan, or steps such as \"gaussian(sigma=1.6)"
              + " then jpeg(quality=30-95)\". Default: ${DEFAULT-VALUE}.")
  private String degradation;

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many times as small images become. Default: ${DEFAULT-VALUE}.")
  private int scale;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "The number of examples; images are taken in turn, each time with another seed. Default:"
              + " ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The seed of what is drawn. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<Path> written =
        Degradation.parse(degradation).writeExamples(source, output, scale, count, seed);
    PrintWriter out = spec.commandLine().getOut();
    written.forEach(out::println);
    out.flush();
    return 0;
  }
}
