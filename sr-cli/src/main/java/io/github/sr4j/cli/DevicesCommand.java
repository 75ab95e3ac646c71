// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sr4j devices}: what can run on this machine. */
@Command(
    name = "devices",
    description =
        "Show what can run here, and why the rest cannot; and the models and networks there are.",
    footer = {"", "Examples:", "  sr4j devices", "  sr4j devices --json"})
final class DevicesCommand implements Callable<Integer> {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final double MIB = 1 << 20;

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** A device, the outcome of its probe, and what is known of it. */
  private record Probed(Device.Report report, Optional<Device.Details> details) {

    Device device() {
      return report.requested();
    }

    boolean works() {
      return report.actual().equals(report.requested());
    }
  }

  /** A training engine, and the device it trains on, or the reason why it cannot. */
  private record Engine(TrainingProvider provider, Optional<Device> device, String reason) {}

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    List<UpscalerProvider> backends = UpscalerProvider.all();
    List<Engine> engines = TrainingProvider.all().stream().map(DevicesCommand::engine).toList();
    if (json) {
      out.println(JSON.writeValueAsString(report(backends, engines)));
    } else {
      backends.forEach(backend -> show(out, backend));
      showAuto(out);
      engines.forEach(engine -> show(out, engine));
    }
    return 0;
  }

  private static List<Probed> probed(UpscalerProvider provider) {
    List<Probed> all = new ArrayList<>();
    for (Device device : provider.devices()) {
      Device.Report report = provider.probe(device);
      all.add(new Probed(report, provider.details(device))); // the probe may load what tells
    }
    return all;
  }

  private static Engine engine(TrainingProvider provider) {
    try {
      return new Engine(provider, Optional.of(provider.device()), "");
    } catch (SuperResolutionException e) {
      return new Engine(provider, Optional.empty(), String.valueOf(e.getMessage()));
    }
  }

  /** Opens the smallest embedded model, which shows the device that {@code auto} is with it. */
  private static Optional<Device.Report> auto(Model.Card card) {
    try (Upscaler upscaler = Upscaler.builder().model(Model.embedded(card.name())).build()) {
      return Optional.of(upscaler.device());
    } catch (SuperResolutionException e) {
      return Optional.empty(); // as the probe of the CPU says
    }
  }

  private static Optional<Model.Card> firstModel() {
    return UpscalerProvider.all().stream()
        .flatMap(provider -> provider.embeddedModels().stream())
        .findFirst();
  }

  private static void show(PrintWriter out, UpscalerProvider provider) {
    out.printf("upscaling with %s%n", provider.name());
    line(out, "formats", "." + String.join(", .", new TreeSet<>(provider.modelExtensions())));
    line(out, "embedded", models(provider));
    for (Probed each : probed(provider)) {
      String details = each.details().map(DevicesCommand::text).orElse("");
      line(
          out,
          each.device().toString(),
          each.works()
              ? "yes" + processors(each.device()) + (details.isEmpty() ? "" : ", " + details)
              : "no: " + each.report().reason() + (details.isEmpty() ? "" : " (" + details + ")"));
    }
  }

  private static void showAuto(PrintWriter out) {
    firstModel()
        .ifPresent(
            card ->
                auto(card)
                    .ifPresent(
                        report ->
                            line(
                                out,
                                "auto",
                                report.actual()
                                    + " with "
                                    + card.name()
                                    + (report.reason().isEmpty() ? "" : ": " + report.reason()))));
  }

  private static void show(PrintWriter out, Engine engine) {
    TrainingProvider provider = engine.provider();
    out.printf("training with %s%n", provider.name());
    if (!provider.summary().isEmpty()) {
      line(out, "engine", provider.summary());
    }
    line(out, "device", engine.device().map(Device::toString).orElse("none: " + engine.reason()));
    line(out, "networks", String.join(", ", provider.networks()));
  }

  private static ObjectNode report(List<UpscalerProvider> backends, List<Engine> engines) {
    ObjectNode report = JSON.createObjectNode();
    ArrayNode upscaling = report.putArray("upscaling");
    for (UpscalerProvider backend : backends) {
      ObjectNode node = upscaling.addObject().put("backend", backend.name());
      ArrayNode devices = node.putArray("devices");
      probed(backend).forEach(each -> put(devices.addObject(), each));
    }
    firstModel()
        .ifPresent(
            card ->
                auto(card)
                    .ifPresent(
                        auto ->
                            report
                                .putObject("auto")
                                .put("model", card.name())
                                .put("device", auto.actual().toString())
                                .put("reason", auto.reason())));
    ArrayNode training = report.putArray("training");
    for (Engine engine : engines) {
      ObjectNode node = training.addObject().put("engine", engine.provider().name());
      engine.device().ifPresent(device -> node.put("device", device.toString()));
      node.put("reason", engine.reason());
    }
    return report;
  }

  private static void put(ObjectNode node, Probed probed) {
    node.put("device", probed.device().toString());
    node.put("works", probed.works());
    node.put("reason", probed.report().reason());
    probed
        .details()
        .ifPresent(
            details -> {
              node.put("name", details.name());
              node.put("provider", details.provider());
              node.put("driver", details.driver());
              details.memory().ifPresent(bytes -> node.put("memory", bytes));
              details.freeMemory().ifPresent(bytes -> node.put("free_memory", bytes));
            });
  }

  private static String text(Device.Details details) {
    List<String> texts = new ArrayList<>(List.of(details.name(), "driver " + details.driver()));
    details
        .memory()
        .ifPresent(bytes -> texts.add(String.format(Locale.ROOT, "%.0f MiB", bytes / MIB)));
    details
        .freeMemory()
        .ifPresent(bytes -> texts.add(String.format(Locale.ROOT, "%.0f MiB free", bytes / MIB)));
    texts.add("through " + details.provider());
    return String.join(", ", texts);
  }

  private static String processors(Device device) {
    int processors = Runtime.getRuntime().availableProcessors();
    return device.kind() == Device.Kind.CPU
        ? ", " + processors + (processors == 1 ? " processor" : " processors")
        : "";
  }

  private static String models(UpscalerProvider provider) {
    return provider.embeddedModels().isEmpty()
        ? "none"
        : provider.embeddedModels().stream()
            .map(model -> String.format(Locale.ROOT, "%s (x%d)", model.name(), model.scale()))
            .collect(joining(", "));
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("  %-10s  %s%n", key, Failure.inOneLine(value));
  }
}
