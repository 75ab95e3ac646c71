// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sr4j train}: a run of {@link Trainer}. */
@Command(
    name = "train",
    description =
        "Train a network on a folder of images, and export it as ONNX. The output folder gets last.ckpt"
            + " and best.ckpt, report.json and model.onnx.",
    footer = {
      "",
      "Examples:",
      "  sr4j train --data photos --validate Set5 --out runs/compact-x2",
      "  sr4j train --network \"srcnn(kernels=9-5-5)\" --scale 3 --loss mse \\",
      "             --data T91 --validate Set5 --steps 100000 --out runs/srcnn-x3"
    })
final class TrainCommand implements Callable<Integer> {

  @Option(
      names = "--network",
      paramLabel = "NAME",
      defaultValue = "compact",
      description =
          "The network, with its arguments if it has any, such as \"srcnn(kernels=9-5-5)\". Default:"
              + " ${DEFAULT-VALUE}.")
  private String network;

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many times as wide and high images become. Default: ${DEFAULT-VALUE}.")
  private int scale;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "The high-resolution images to train on; folders in it are searched too.")
  private Path data;

  @Option(
      names = "--validate",
      paramLabel = "DIR",
      description =
          "The high-resolution images to validate on. Without them the last weights are exported, not"
              + " the best.")
  private @Nullable Path validation;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the results; it is created.")
  private Path output;

  @Option(
      names = "--loss",
      paramLabel = "TEXT",
      defaultValue = "l1",
      description =
          "What training minimises: l1, mse, charbonnier, and those of plug-ins, weighted and added:"
              + " \"l1 + 0.1*mse\". Default: ${DEFAULT-VALUE}.")
  private String loss;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10000",
      description = "The length of the run. Default: ${DEFAULT-VALUE}.")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "Patches in a batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--patch",
      paramLabel = "N",
      description =
          "The side of a patch in pixels of the network's input. Default: that of the network's paper.")
  private @Nullable Integer patch;

  @Option(
      names = "--optimizer",
      paramLabel = "TEXT",
      defaultValue = "adam",
      description = "adam, or sgd as in \"sgd(momentum=0.9)\". Default: ${DEFAULT-VALUE}.")
  private String optimizer;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "1e-3",
      description = "The highest learning rate of the run. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "The course of the learning rate: constant, cosine, or step, which halves it after each"
              + " quarter. Default: ${DEFAULT-VALUE}.")
  private String schedule;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The seed of weights and patches. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between validations. Default: a twentieth of the run.")
  private @Nullable Long validateEvery;

  @Option(names = "--resume", description = "Continue from the last checkpoint, if there is one.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Trainer.Builder trainer =
        Trainer.builder()
            .network(network)
            .scale(scale)
            .data(data)
            .output(output)
            .loss(Losses.parse(loss))
            .steps(steps)
            .batchSize(batch)
            .optimizer(optimizer)
            .learningRate(learningRate)
            .schedule(schedule)
            .seed(seed)
            .resume(resume);
    if (validation != null) {
      trainer.validation(validation);
    }
    if (patch != null) {
      trainer.patchSize(patch);
    }
    if (validateEvery != null) {
      trainer.validateEvery(validateEvery);
    }
    TrainingReport report;
    try (TrainingProgress progress = new TrainingProgress(out, Terminal.isPresent())) {
      report = trainer.listener(progress).build().train();
    }
    report
        .best()
        .ifPresent(
            best ->
                out.printf(
                    Locale.ROOT,
                    "best: PSNR %.3f dB, SSIM %.4f at step %d%n",
                    best.psnr(),
                    best.ssim(),
                    best.step()));
    out.printf(
        Locale.ROOT,
        "%s: %s x%d, %d parameters, %d steps in %s, parity %.1e%n",
        report.model(),
        report.network(),
        report.scale(),
        report.parameters(),
        report.steps(),
        ProgressLine.text(report.duration()),
        report.parity());
    return 0;
  }
}
