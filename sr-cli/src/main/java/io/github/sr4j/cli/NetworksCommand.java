// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.TrainingProvider;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j networks}: what networks can be trained, and what each amounts to. */
@Command(
    name = "networks",
    description = "List the networks that can be trained, or show what one of them amounts to.",
    footer = {
      "",
      "Examples:",
      "  sr4j networks",
      "  sr4j networks \"edsr(blocks=32, features=256)\" --scale 4"
    })
final class NetworksCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "A network, with its arguments if it has any. Default: all, with defaults.")
  private @Nullable String network;

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many times as wide and high images become. Default: ${DEFAULT-VALUE}.")
  private int scale;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (network != null) {
      show(out, describe(network));
      return 0;
    }
    for (String name : names()) {
      out.printf(Locale.ROOT, "%-10s  %s%n", name, summary(name));
    }
    return 0;
  }

  /** Returns the names of all networks: those of sr-networks need no training backend. */
  private static SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(Networks.names());
    TrainingProvider.all().forEach(provider -> names.addAll(provider.networks()));
    return names;
  }

  private TrainingProvider.NetworkDescription describe(String text) {
    String name = Arguments.parse(text).name();
    return TrainingProvider.all().stream()
        .filter(provider -> provider.networks().contains(name))
        .findFirst()
        .map(provider -> provider.describe(text, scale))
        .orElseGet(() -> Networks.describe(text, scale));
  }

  private String summary(String name) {
    try {
      return String.format(Locale.ROOT, "%,12d parameters", describe(name).parameters());
    } catch (IllegalArgumentException e) { // which lists the scales that it has
      return Failure.inOneLine(e.getMessage());
    }
  }

  private static void show(PrintWriter out, TrainingProvider.NetworkDescription network) {
    line(out, "network", network.network());
    line(out, "scale", Integer.toString(network.scale()));
    line(out, "parameters", String.format(Locale.ROOT, "%,d", network.parameters()));
    line(
        out,
        "operations",
        billions(network.multiplyAccumulates())
            + " multiply-accumulates for an enlarged image of 1280x720 pixels");
    line(
        out,
        "halo",
        network.halo().isPresent()
            ? network.halo().getAsInt() + " pixels of its input; can be run in tiles"
            : "none: " + network.globalOperator().orElse("it") + " looks at the whole image");
    line(out, "layers", Integer.toString(network.layers().size()));
    for (TrainingProvider.NetworkDescription.Layer layer : network.layers()) {
      out.printf(
          Locale.ROOT,
          "  %-28s  %-10s  %-16s  %s%n",
          layer.name(),
          layer.operation(),
          layer.weights().stream().map(String::valueOf).collect(joining("x")),
          billions(layer.multiplyAccumulates()));
    }
  }

  private static String billions(long operations) {
    return String.format(Locale.ROOT, "%,.3f G", operations / 1e9);
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("%-12s  %s%n", key, value);
  }
}
