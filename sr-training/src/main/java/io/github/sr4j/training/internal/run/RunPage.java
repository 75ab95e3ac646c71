// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static java.util.Objects.requireNonNull;

import com.google.common.html.HtmlEscapers;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that shows how a run goes: curves, cut-outs of validation images and the configuration, in
 * one file that needs nothing else.
 */
public final class RunPage {

  private static final int MAX_RESULTS = 20; // four cut-outs of each make about 2 MB
  private static final double MAX_WAITING = 0.05; // beyond, loading holds training up
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)\\}\\}");

  private final MetricsFile.Table metrics;
  private final double[] steps;

  private RunPage(MetricsFile.Table metrics) {
    this.metrics = metrics;
    this.steps = metrics.column("step");
  }

  /**
   * Writes a page, which appears under its name when it is complete.
   *
   * @param metrics what was recorded, at least one step
   * @param parts the columns that are parts of the loss
   * @param settings what the run is, in words
   * @param crops empty if there are no validation images
   * @param report empty until the run has ended
   */
  public static void write(
      Path file,
      MetricsFile.Table metrics,
      List<String> parts,
      Map<String, String> settings,
      Optional<ValidationCrops> crops,
      Optional<Trainer.Report> report)
      throws IOException {
    RunPage page = new RunPage(metrics);
    Map<String, String> values =
        Map.of(
            "title",
            escaped(
                settings.getOrDefault("network", "network")
                    + " x"
                    + settings.getOrDefault("scale", "?")),
            "loss",
            escaped(settings.getOrDefault("loss", "")),
            "facts",
            page.facts(settings, report),
            "curves",
            page.curves(parts),
            "crops",
            crops.isPresent() ? crops(crops.get()) : "",
            "settings",
            settings(settings));
    String text =
        PLACEHOLDER
            .matcher(template())
            .replaceAll(match -> Matcher.quoteReplacement(values.getOrDefault(match.group(1), "")));
    OutputFiles.write(file, part -> Files.writeString(part, text));
  }

  private static String template() throws IOException {
    // A class finds what is in its own module, which the class loader that Guava asks does not.
    try (InputStream in = requireNonNull(RunPage.class.getResourceAsStream("report.html"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String facts(Map<String, String> settings, Optional<Trainer.Report> report) {
    StringBuilder facts = new StringBuilder();
    String steps = String.format(Locale.ROOT, "%,.0f", last("step"));
    fact(
        facts,
        "Steps",
        report.isPresent()
            ? steps + ", done"
            : steps + " of " + settings.getOrDefault("steps", "?"));
    fact(facts, "Time", time(last("seconds")));
    double[] psnr = metrics.column("psnr");
    double best = Arrays.stream(psnr).filter(Double::isFinite).max().orElse(Double.NaN);
    for (int i = 0; i < psnr.length; i++) {
      if (psnr[i] == best) {
        double ssim = metrics.rows().get(i)[metrics.columns().indexOf("ssim")];
        fact(
            facts,
            "Best validation",
            String.format(
                Locale.ROOT, "%.3f dB, SSIM %.4f<br>at step %,.0f", best, ssim, this.steps[i]));
        break;
      }
    }
    double speed = last("steps_per_second");
    if (Double.isFinite(speed)) {
      double waiting = last("waiting");
      fact(
          facts,
          "Speed",
          String.format(
              Locale.ROOT,
              "%s steps/s<br><span%s>%.1f %% of the time waiting for data</span>",
              Curve.label(speed),
              waiting >= MAX_WAITING ? " class=\"alarm\"" : "",
              100 * waiting));
    }
    report.ifPresent(
        ended -> {
          fact(facts, "Parameters", String.format(Locale.ROOT, "%,d", ended.parameters()));
          fact(
              facts,
              "Exported",
              String.format(
                  Locale.ROOT,
                  "%s<br>parity %.1e",
                  escaped(String.valueOf(ended.model().getFileName())),
                  ended.parity()));
        });
    return facts.toString();
  }

  private static void fact(StringBuilder facts, String name, String html) {
    facts
        .append("  <div><dt>")
        .append(name)
        .append("</dt><dd>")
        .append(html)
        .append("</dd></div>\n");
  }

  /** Returns the last number in a column. */
  private double last(String column) {
    double[] values = metrics.column(column);
    int i = values.length - 1;
    while (i > 0 && Double.isNaN(values[i])) {
      i--;
    }
    return values[i];
  }

  private static String time(double seconds) {
    Duration time = Duration.ofMillis((long) (1000 * seconds));
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }

  private String curves(List<String> parts) {
    StringBuilder html = new StringBuilder();
    for (String column : metrics.columns()) {
      double[] values = metrics.column(column);
      switch (column) {
        case "step", "seconds" -> {}
        case "loss" -> curve(html, parts.isEmpty() ? "Loss" : "Loss, all parts", values, "");
        case "learning_rate" -> curve(html, "Learning rate", values, "");
        case "psnr" -> curve(html, "Validation PSNR", values, " dB");
        case "ssim" -> curve(html, "Validation SSIM", values, "");
        case "steps_per_second" -> curve(html, "Steps per second", values, "");
        case "waiting" -> {
          double[] percent = Arrays.stream(values).map(v -> 100 * v).toArray();
          curve(html, "Waiting for data", percent, " %");
        }
        default -> curve(html, parts.contains(column) ? "Loss: " + column : column, values, "");
      }
    }
    return html.toString();
  }

  private void curve(StringBuilder html, String name, double[] values, String unit) {
    String svg = Curve.svg(name, steps, values);
    if (svg.isEmpty()) {
      return;
    }
    double last = Double.NaN;
    for (double value : values) {
      last = Double.isFinite(value) ? value : last;
    }
    html.append(
        String.format(
            "<figure><figcaption><span>%s</span><span>%s%s</span></figcaption>%s</figure>\n",
            escaped(name), Curve.label(last), unit, svg));
  }

  private static String crops(ValidationCrops crops) throws IOException {
    List<Long> results = List.copyOf(crops.results());
    results = results.subList(Math.max(0, results.size() - MAX_RESULTS), results.size());
    if (results.isEmpty()) {
      return "";
    }
    int newest = results.size() - 1;
    StringBuilder html = new StringBuilder("<h2>Validation images, at each best</h2>\n");
    html.append(
        String.format(
            Locale.ROOT,
            "<div class=\"slide\"><input id=\"at\" type=\"range\" min=\"0\" max=\"%d\" value=\"%d\""
                + " data-steps=\"%s\" aria-label=\"Which of the best validations is shown\"%s>"
                + "<span id=\"step\">step %d</span></div>\n",
            newest,
            newest,
            String.join(" ", results.stream().map(String::valueOf).toList()),
            newest == 0 ? " disabled" : "",
            results.get(newest)));
    html.append("<div class=\"crops\">\n");
    for (int i = 0; i < crops.names().size(); i++) {
      String name = escaped(crops.names().get(i));
      html.append("<figure><div><div>").append(image(name + ", bicubic", crops.bicubic(i), ""));
      html.append("<p>bicubic</p></div><div>");
      for (int r = 0; r <= newest; r++) {
        html.append(
            image(
                name + ", step " + results.get(r),
                crops.result(i, results.get(r)),
                " data-at=\"" + r + "\"" + (r == newest ? "" : " hidden")));
      }
      html.append("<p>result</p></div><div>");
      html.append(image(name + ", original", crops.original(i), ""));
      html.append("<p>original</p></div></div><figcaption>").append(name);
      html.append("</figcaption></figure>\n");
    }
    return html.append("</div>").toString();
  }

  private static String image(String description, byte[] png, String attributes) {
    return String.format(
        "<img alt=\"%s\" src=\"data:image/png;base64,%s\"%s>",
        description, Base64.getEncoder().encodeToString(png), attributes);
  }

  private static String settings(Map<String, String> settings) {
    StringBuilder html = new StringBuilder();
    settings.forEach(
        (name, value) ->
            html.append(
                String.format("  <dt>%s</dt><dd>%s</dd>\n", escaped(name), escaped(value))));
    return html.toString();
  }

  private static String escaped(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
