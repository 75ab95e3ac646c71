// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.train.Losses;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingReport;
import io.github.sr4j.training.RunConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sr4j train}: a run of {@link Trainer}. */
@Command(
    name = "train",
    description =
        "Train a network on images, and export it as ONNX. The settings can also be those of a YAML"
            + " file (--config), in which keys are the names of the options; options come before"
            + " it.",
    footer = {
      "",
      "Examples:",
      "  sr4j train --data photos --validate Set5 --out runs/compact-x2",
      "  sr4j train --network \"srcnn(kernels=9-5-5)\" --scale 3 --loss mse \\",
      "             --data T91 --validate Set5 --steps 100000 --out runs/srcnn-x3",
      "  sr4j train --config runs/srcnn-x3/run.yaml --seed 2 --out runs/srcnn-x3-again",
      "  sr4j train --config runs/srcnn-x3/run.yaml --resume"
    })
final class TrainCommand implements Callable<Integer> {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file of settings, such as the run.yaml of another run.")
  private @Nullable Path config;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "The network, with its arguments if it has any, such as \"srcnn(kernels=9-5-5)\"."
              + " Default: compact.")
  private @Nullable String network;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description =
          "The engine that trains: dl4j, or torch where the command line was built with it. Default:"
              + " dl4j if it is there. See sr4j devices.")
  private @Nullable String engine;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "The precision of the network's arithmetic: fp32, bf16 or, measured in trial steps, auto."
              + " Default: fp32.")
  private @Nullable String precision;

  @Option(
      names = "--scale",
      paramLabel = "N",
      description = "How many times as wide and high images become. Default: 2.")
  private @Nullable Integer scale;

  @Option(
      names = "--scales",
      paramLabel = "N",
      split = ",",
      description = "The scales trained at once, --scale among them, as in 2,3,4: mdsr and vdsr.")
  private @Nullable List<Integer> scales;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "The high-resolution images to train on: a folder, with those in it, a .zip file, or a"
              + " .txt file with a path in each line.")
  private @Nullable Path data;

  @Option(
      names = "--low-res",
      paramLabel = "PATH",
      description = "The low-resolution images that belong to them, instead of making them.")
  private @Nullable Path lowRes;

  @Option(
      names = "--degradation",
      paramLabel = "TEXT",
      description = "How low-resolution images are made. Default: bicubic.")
  private @Nullable String degradation;

  @Option(
      names = "--sampling",
      paramLabel = "TEXT",
      description = "Which patches are trained on: random or \"grid(stride=14)\". Default: random.")
  private @Nullable String sampling;

  @Option(
      names = "--skip-unreadable",
      description = "Leave out images that cannot be read, and say so, instead of ending.")
  private boolean skipUnreadable;

  @Option(
      names = "--cache-megabytes",
      paramLabel = "N",
      description = "Memory for decoded images. Default: half of what Java may use.")
  private @Nullable Integer cacheMegabytes;

  @Option(
      names = "--validate",
      paramLabel = "DIR",
      description =
          "The high-resolution images to validate on. Without them the last weights are exported,"
              + " not the best.")
  private @Nullable Path validation;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder for the results; it is created.")
  private @Nullable Path output;

  @Option(
      names = "--loss",
      paramLabel = "TEXT",
      description =
          "What training minimises: l1, mse, charbonnier, and those of plug-ins, weighted and"
              + " added: \"l1 + 0.1*mse\". Default: l1.")
  private @Nullable String loss;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "The length of the run. Default: 10000.")
  private @Nullable Long steps;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      description = "End the run after a time such as 90m or 1h30m, if its steps take longer.")
  private @Nullable String timeLimit;

  @Option(
      names = "--early-stopping",
      paramLabel = "N",
      description = "End the run when N validations in a row have brought no better PSNR.")
  private @Nullable Integer earlyStopping;

  @Option(names = "--batch", paramLabel = "N", description = "Patches in a batch. Default: 16.")
  private @Nullable Integer batch;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "Batches in a step, whose gradients are averaged. Default: 1.")
  private @Nullable Integer accumulate;

  @Option(
      names = "--patch",
      paramLabel = "N",
      description =
          "The side of a patch in pixels of the network's input. Default: that of the network's"
              + " paper.")
  private @Nullable Integer patch;

  @Option(
      names = "--optimizer",
      paramLabel = "TEXT",
      description = "adam, adamw, or sgd as in \"sgd(momentum=0.9)\". Default: adam.")
  private @Nullable String optimizer;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "The highest learning rate of the run. Default: 1e-3.")
  private @Nullable Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "TEXT",
      description =
          "The course of the learning rate: constant, cosine, step as in \"step(every=25%%,"
              + " factor=0.5)\", or plateau as in \"plateau(patience=3, factor=0.5)\", each with"
              + " warm_up. Default: cosine.")
  private @Nullable String schedule;

  @Option(
      names = "--clipping",
      paramLabel = "TEXT",
      description =
          "How gradients are bounded: none, \"norm(1)\", \"value(0.1)\" or \"adjustable(0.4)\"."
              + " Default: none.")
  private @Nullable String clipping;

  @Option(
      names = "--averaging",
      paramLabel = "DECAY",
      description =
          "Validate and export an average of the weights of such a decay, as in 0.999. Default: 0,"
              + " none.")
  private @Nullable Double averaging;

  @Option(
      names = "--initial-from",
      paramLabel = "FILE",
      description =
          "Start from the weights of a checkpoint or .npz file, also of another scale, where they"
              + " fit.")
  private @Nullable Path initialFrom;

  @Option(
      names = "--frozen",
      paramLabel = "NAME",
      split = ",",
      description = "Weights that stay as they are; a * at the end stands for the rest of a name.")
  private @Nullable List<String> frozen;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The seed of weights and patches. Default: 1.")
  private @Nullable Long seed;

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between validations. Default: a twentieth of the run.")
  private @Nullable Long validateEvery;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "How many of the last checkpoints are kept. Default: 2.")
  private @Nullable Integer keep;

  @Option(names = "--resume", description = "Continue from the last checkpoint, if there is one.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, Failure {
    PrintWriter out = spec.commandLine().getOut();
    if (config == null && (data == null || output == null)) {
      throw new ParameterException(
          spec.commandLine(), "--data and --out are needed, or a --config that has them");
    }
    TrainingReport report;
    try (TrainingProgress progress = new TrainingProgress(out, Terminal.isPresent())) {
      report = build(trainer().listener(progress)).train();
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
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %s x%d, %d parameters, %d steps in %s, parity %.1e",
            report.model(),
            report.network(),
            report.scale(),
            report.parameters(),
            report.steps(),
            ProgressLine.text(report.duration()),
            report.parity()));
    return 0;
  }

  private static Trainer build(Trainer.Builder trainer) throws Failure {
    try {
      return trainer.build();
    } catch (IllegalStateException e) { // what is missing, or does not go together
      throw new Failure(String.valueOf(e.getMessage()), e);
    }
  }

  private Trainer.Builder trainer() throws IOException {
    Trainer.Builder trainer = config == null ? Trainer.builder() : RunConfig.read(config);
    set(network, trainer::network);
    set(engine, trainer::engine);
    set(precision, trainer::precision);
    set(scale, trainer::scale);
    set(scales, trainer::scales);
    set(data, trainer::data);
    set(lowRes, trainer::lowRes);
    set(degradation, trainer::degradation);
    set(sampling, trainer::sampling);
    set(cacheMegabytes, trainer::cacheMegabytes);
    set(validation, trainer::validation);
    set(output, trainer::output);
    set(loss, text -> trainer.loss(Losses.parse(text)));
    set(steps, trainer::steps);
    set(timeLimit, text -> trainer.timeLimit(RunConfig.duration(text)));
    set(earlyStopping, trainer::earlyStopping);
    set(batch, trainer::batchSize);
    set(accumulate, trainer::accumulate);
    set(patch, trainer::patchSize);
    set(optimizer, trainer::optimizer);
    set(learningRate, trainer::learningRate);
    set(schedule, trainer::schedule);
    set(clipping, trainer::clipping);
    set(averaging, trainer::averaging);
    set(initialFrom, trainer::initialFrom);
    set(frozen, trainer::frozen);
    set(seed, trainer::seed);
    set(validateEvery, trainer::validateEvery);
    set(keep, trainer::keep);
    if (skipUnreadable) {
      trainer.skipUnreadable(true);
    }
    return trainer.resume(resume);
  }

  private static <T> void set(@Nullable T value, Consumer<T> setting) {
    if (value != null) {
      setting.accept(value);
    }
  }
}
