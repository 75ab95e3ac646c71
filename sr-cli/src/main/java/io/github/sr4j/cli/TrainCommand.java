// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.cli.terminal.ProgressLine;
import io.github.sr4j.cli.terminal.Terminal;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.train.TrainingSettings.Setting;
import io.github.sr4j.training.RunConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code sr4j train}: a run of {@link Trainer}. */
@Command(
    name = "train",
    modelTransformer = TrainCommand.Options.class,
    description =
        "Train a network on images, and export it as ONNX. The settings can also be those of a YAML"
            + " file (--config), in which keys are the names of the options; options come before"
            + " it.",
    footer = {
      "",
      "Examples:",
      "  sr4j train --data photos --validate Set5 --out runs/fast-x2",
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

  @Option(names = "--resume", description = "Continue from the last checkpoint, if there is one.")
  private boolean resume;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (config == null && !(isGiven(TrainingSettings.DATA) && isGiven(TrainingSettings.OUT))) {
      throw new ParameterException(
          spec.commandLine(), "--data and --out are needed, or a --config that has them");
    }
    Trainer.Report report;
    try (TrainingProgress progress = new TrainingProgress(out, Terminal.isPresent())) {
      report = trainer().listener(progress).build().train();
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

  private Trainer.Builder trainer() throws IOException {
    Trainer.Builder trainer = config == null ? Trainer.builder() : RunConfig.read(config);
    for (Setting<?> setting : TrainingSettings.all()) {
      String option = option(setting);
      if (!parsed().hasMatchedOption(option)) {
        continue;
      }
      String value =
          setting.label().isEmpty()
              ? Boolean.toString(true)
              : String.valueOf(parsed().matchedOption(option).<Object>getValue());
      try {
        trainer.set(setting.name(), value);
      } catch (SettingException e) {
        throw new ParameterException(spec.commandLine(), e.message(name -> "--" + name.key()), e);
      }
    }
    return trainer.resume(resume);
  }

  private boolean isGiven(Setting<?> setting) {
    return parsed().hasMatchedOption(option(setting));
  }

  private ParseResult parsed() {
    return spec.commandLine().getParseResult();
  }

  private static String option(Setting<?> setting) {
    return "--" + setting.name();
  }

  /** Adds an option for each setting. */
  static final class Options implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
      TrainingSettings.all().forEach(setting -> command.addOption(of(setting)));
      return command;
    }

    private static OptionSpec of(Setting<?> setting) {
      String help =
          setting.help()
              + (setting.defaultText().isEmpty() ? "" : " Default: " + setting.defaultText() + ".");
      OptionSpec.Builder option =
          OptionSpec.builder(option(setting)).description(help.replace("%", "%%"));
      if (setting.label().isEmpty()) {
        return option.type(boolean.class).arity("0").build();
      }
      boolean isPath = setting.label().equals("PATH"); // whose text the command line checks
      return option.type(isPath ? Path.class : String.class).paramLabel(setting.label()).build();
    }
  }
}
