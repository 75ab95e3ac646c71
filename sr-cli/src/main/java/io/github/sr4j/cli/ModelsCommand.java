// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.base.Ascii;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.CardJson;
import io.github.sr4j.cli.terminal.Failure;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sr4j models}: the catalogue of the models that are opened by name. */
@Command(
    name = "models",
    description =
        "List the models that --model opens by name, with their purpose, cost, figures and terms.")
final class ModelsCommand implements Callable<Integer> {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      List<Map<String, Object>> models = Upscaler.models().stream().map(CardJson::of).toList();
      out.println(JSON.writeValueAsString(Map.of("models", models)));
    } else {
      Upscaler.models().forEach(card -> show(out, card));
    }
    return 0;
  }

  private static void show(PrintWriter out, Model.Card card) {
    out.printf("%s%n", Failure.inOneLine(card.name()));
    line(out, "scale", Integer.toString(card.scale()));
    line(out, "purpose", purpose(card));
    card.cost()
        .ifPresent(
            cost ->
                line(
                    out,
                    "cost",
                    String.format(
                        Locale.ROOT,
                        "%,.1f G multiply-accumulates for an enlarged image of 1280x720 pixels,"
                            + " %,d parameters, %,d bytes",
                        cost.multiplyAccumulates() / 1e9,
                        cost.parameters(),
                        cost.bytes())));
    for (Model.Card.Figure figure : card.figures()) {
      line(out, figure.images(), text(figure) + ", on luma");
    }
    card.int8()
        .ifPresent(
            form ->
                line(
                    out,
                    "int8",
                    String.format(Locale.ROOT, "%s, %,d bytes", form.name(), form.bytes())
                        + form.figures().stream()
                            .map(figure -> ", " + figure.images() + " " + text(figure))
                            .collect(joining())));
    card.terms()
        .ifPresent(
            terms -> {
              line(out, "license", terms.license());
              line(out, "trained on", terms.trainingData());
            });
  }

  private static String text(Model.Card.Figure figure) {
    return String.format(Locale.ROOT, "%.3f dB, SSIM %.4f", figure.psnr(), figure.ssim());
  }

  private static String purpose(Model.Card card) {
    return Ascii.toLowerCase(card.purpose().name());
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("  %-10s  %s%n", Failure.inOneLine(key), Failure.inOneLine(value));
  }
}
