// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.shared.util.VisibleText;
import io.github.sr4j.training.internal.files.Listing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Models beside each other on several sets, as papers have them: a row for each model, a column for
 * each set. Immutable.
 *
 * @param reports what was measured, in the order of the rows; of one protocol, for figures of two
 *     do not compare
 */
public record EvaluationTable(List<EvaluationReport> reports) {

  private static final ObjectWriter JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build()
          .writerWithDefaultPrettyPrinter();

  /**
   * Copies the reports.
   *
   * @throws IllegalArgumentException if there are none, they are of several protocols, or two are
   *     of the same model and set
   */
  public EvaluationTable {
    reports = ImmutableList.copyOf(reports);
    checkArgument(!reports.isEmpty(), "reports must be at least 1, but were 0");
    Set<List<Object>> cells = new HashSet<>();
    for (EvaluationReport report : reports) {
      checkArgument(
          cells.add(List.of(report.model(), report.scale(), report.dataset())),
          "reports must be of different models or sets, but two were of %s x%s on %s",
          report.model(),
          report.scale(),
          report.dataset());
      checkArgument(
          report.protocol().equals(reports.get(0).protocol()),
          "reports must be of one protocol, but were of \"%s\" and \"%s\"",
          reports.get(0).protocol(),
          report.protocol());
    }
  }

  private record Row(String model, int scale) {}

  /** Returns the table for a person to read, in lines that end with a line feed. */
  public String toText() {
    StringBuilder text = new StringBuilder(heading()).append('\n').append(aligned(rows()));
    remarks().forEach(remark -> text.append(remark).append('\n'));
    return text.toString();
  }

  /** Returns the table in Markdown, in lines that end with a line feed. */
  public String toMarkdown() {
    StringBuilder text = new StringBuilder(heading()).append("\n\n");
    List<List<String>> rows = rows();
    for (int i = 0; i < rows.size(); i++) {
      text.append("| ").append(VisibleText.of(String.join(" | ", rows.get(i)))).append(" |\n");
      if (i == 0) {
        text.append("|---".repeat(2)).append("|--:".repeat(rows.get(0).size() - 2)).append("|\n");
      }
    }
    remarks().forEach(remark -> text.append('\n').append(remark).append("\n"));
    return text.toString();
  }

  /** Returns a sentence for each set of which the mean PSNR leaves out images. */
  private List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    for (String dataset : datasets()) {
      List<EvaluationReport> own =
          reports.stream().filter(report -> report.dataset().equals(dataset)).toList();
      boolean isOneFor = own.stream().map(EvaluationReport::leftOut).distinct().count() == 1;
      for (EvaluationReport report : isOneFor ? own.subList(0, 1) : own) {
        if (!report.leftOut().isEmpty()) {
          String mean = "the mean PSNR" + (isOneFor ? "" : " of " + report.model());
          remarks.add(remark(mean + " on " + dataset, report.leftOut()));
        }
      }
    }
    return remarks;
  }

  static String remark(String mean, List<String> leftOut) {
    return String.format(
        "%s leaves out images of one colour and those without any difference: %s",
        VisibleText.of(mean), VisibleText.of(Listing.of(leftOut)));
  }

  private Set<String> datasets() {
    Set<String> datasets = new LinkedHashSet<>();
    reports.forEach(report -> datasets.add(report.dataset()));
    return datasets;
  }

  /** Says what the figures are. */
  private String heading() {
    StringBuilder text = new StringBuilder("PSNR (dB) / SSIM");
    reports.get(0).measures().keySet().forEach(name -> text.append(" / ").append(name));
    text.append(": ").append(reports.get(0).protocol());
    if (reports.stream().anyMatch(report -> report.multiplyAccumulates().isPresent())) {
      text.append("; multiply-accumulates for 1280x720 pixels");
    }
    return text.toString();
  }

  private List<List<String>> rows() {
    Set<String> datasets = datasets();
    Set<Row> models = new LinkedHashSet<>();
    for (EvaluationReport report : reports) {
      models.add(new Row(report.model(), report.scale()));
    }
    List<List<String>> rows = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("model", "scale", "parameters", "MACs"));
    names.addAll(datasets);
    names.add("s/image");
    rows.add(names);
    for (Row model : models) {
      rows.add(cells(model, datasets));
    }
    return rows;
  }

  private List<String> cells(Row model, Set<String> datasets) {
    List<EvaluationReport> own =
        reports.stream()
            .filter(r -> r.model().equals(model.model) && r.scale() == model.scale)
            .toList();
    List<String> cells = new ArrayList<>();
    cells.add(model.model);
    cells.add("x" + model.scale);
    OptionalLong parameters = own.get(0).parameters();
    cells.add(
        parameters.isPresent() ? String.format(Locale.ROOT, "%,d", parameters.getAsLong()) : "-");
    OptionalLong operations = own.get(0).multiplyAccumulates();
    cells.add(
        operations.isPresent()
            ? String.format(Locale.ROOT, "%,.1f G", operations.getAsLong() / 1e9)
            : "-");
    Duration elapsed = Duration.ZERO;
    int images = 0;
    for (String dataset : datasets) {
      String figures = "-";
      for (EvaluationReport report : own) {
        if (report.dataset().equals(dataset)) {
          figures = figures(report);
          elapsed = elapsed.plus(report.elapsed().multipliedBy(report.images().size()));
          images += report.images().size();
        }
      }
      cells.add(figures);
    }
    cells.add(seconds(elapsed.dividedBy(images)));
    return cells;
  }

  private static String figures(EvaluationReport report) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%.3f / %.4f", report.psnr(), report.ssim()));
    report.measures().values().forEach(v -> text.append(String.format(Locale.ROOT, " / %.4f", v)));
    return text.toString();
  }

  static String seconds(Duration elapsed) {
    return String.format(Locale.ROOT, "%.3f", elapsed.toNanos() / 1e9);
  }

  /** Returns names of losses without their arguments, which may be paths, where that suffices. */
  static List<String> shortNames(Collection<String> losses) {
    List<String> names = losses.stream().map(loss -> loss.replaceFirst("\\(.*", "")).toList();
    return Set.copyOf(names).size() == names.size() ? names : List.copyOf(losses);
  }

  /** Returns lines of columns; the first one is aligned to the left. */
  static String aligned(List<List<String>> cells) {
    List<List<String>> rows =
        cells.stream().map(row -> row.stream().map(VisibleText::of).toList()).toList();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        int index = column;
        int width = rows.stream().mapToInt(r -> r.get(index).length()).max().orElse(0);
        String padding = " ".repeat(width - row.get(column).length());
        text.append(column == 0 ? "" : "  ");
        text.append(column == 0 ? row.get(0) + padding : padding + row.get(column));
      }
      text.append('\n');
    }
    return text.toString();
  }

  /**
   * Returns the figures as a JSON object: {@code protocol}, and {@code reports} with {@code model},
   * {@code dataset}, {@code scale}, {@code parameters} and {@code multiply_accumulates} if they are
   * known, the means {@code psnr}, {@code ssim}, {@code measures} and {@code seconds}, {@code
   * left_out} with the names of images that do not count for {@code psnr}, and {@code images} with
   * the figures of each, its {@code name} and whether it is {@code flat}. An infinite figure is the
   * string {@code "Infinity"}. All of it is ASCII, so that any encoding leaves it as it is.
   */
  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("protocol", reports.get(0).protocol());
    ArrayNode array = root.putArray("reports");
    for (EvaluationReport report : reports) {
      ObjectNode node = array.addObject();
      node.put("model", report.model())
          .put("dataset", report.dataset())
          .put("scale", report.scale());
      report.parameters().ifPresent(count -> node.put("parameters", count));
      report.multiplyAccumulates().ifPresent(count -> node.put("multiply_accumulates", count));
      put(node, report.psnr(), report.ssim(), report.measures(), report.elapsed());
      ArrayNode leftOut = node.putArray("left_out");
      report.leftOut().forEach(leftOut::add);
      ArrayNode images = node.putArray("images");
      for (EvaluationReport.Image image : report.images()) {
        ObjectNode entry = images.addObject().put("name", image.name());
        put(entry, image.psnr(), image.ssim(), image.measures(), image.elapsed());
        entry.put("flat", image.isFlat());
      }
    }
    try {
      return JSON.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // there is nothing in it that has no JSON
    }
  }

  private static void put(
      ObjectNode node, double psnr, double ssim, Map<String, Double> measures, Duration elapsed) {
    node.put("psnr", psnr).put("ssim", ssim);
    ObjectNode others = node.putObject("measures");
    measures.forEach(others::put);
    node.put("seconds", elapsed.toNanos() / 1e9);
  }
}
