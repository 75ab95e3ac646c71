// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.Device;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sr4j devices}: what can run on this machine. */
@Command(
    name = "devices",
    description =
        "Show what can run here, and why the rest cannot; and the models and networks there are.")
final class DevicesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (UpscalerProvider provider : UpscalerProvider.all()) {
      out.printf("upscaling with %s%n", provider.name());
      line(out, "formats", "." + String.join(", .", new TreeSet<>(provider.modelExtensions())));
      line(out, "embedded", models(provider));
      device(out, provider, Device.cpu());
      device(out, provider, Device.cuda(0));
    }
    for (TrainingProvider provider : TrainingProvider.all()) {
      out.printf("training with %s%n", provider.name());
      if (!provider.summary().isEmpty()) {
        line(out, "engine", provider.summary());
      }
      line(out, "networks", String.join(", ", provider.networks()));
    }
    return 0;
  }

  private static String models(UpscalerProvider provider) {
    return provider.embeddedModels().isEmpty()
        ? "none"
        : provider.embeddedModels().stream()
            .map(model -> String.format(Locale.ROOT, "%s (x%d)", model.name(), model.scale()))
            .collect(joining(", "));
  }

  private static void device(PrintWriter out, UpscalerProvider provider, Device device) {
    Device.Report report = provider.probe(device);
    int processors = Runtime.getRuntime().availableProcessors();
    String yes =
        device.kind() == Device.Kind.CPU
            ? "yes, " + processors + (processors == 1 ? " processor" : " processors")
            : "yes";
    line(out, device.toString(), report.actual().equals(device) ? yes : "no: " + report.reason());
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("  %-10s  %s%n", key, Failure.inOneLine(value));
  }
}
