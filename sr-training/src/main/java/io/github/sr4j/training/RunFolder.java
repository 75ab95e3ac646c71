// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sr4j.train.TrainingReport;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files of a run. */
record RunFolder(Path path) {

  /**
   * Creates the folder if need be, and makes sure that no other run is in it.
   *
   * @throws IllegalArgumentException if it holds a run and {@code resumed} is not set, or it holds
   *     results but no checkpoint to resume from
   * @throws IOException if it cannot be created or written
   */
  static RunFolder claim(Path path, boolean resumed) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new IOException(path + ": expected a folder for the output, but it is a file");
    }
    Files.createDirectories(path);
    if (!Files.isWritable(path)) {
      throw new AccessDeniedException(
          path.toString(), null, "the output folder cannot be written to");
    }
    RunFolder folder = new RunFolder(path);
    if (resumed && Files.exists(folder.last())) {
      return folder;
    }
    for (Path file : List.of(folder.last(), folder.best(), folder.model(), folder.report())) {
      if (Files.exists(file)) {
        throw new IllegalArgumentException(
            String.format(
                "output must be a folder without a run, but %s holds %s; %s",
                path,
                file.getFileName(),
                Files.exists(folder.last())
                    ? "resume that run (--resume) or choose another folder"
                    : "there is no last.ckpt to resume from, so choose another folder"));
      }
    }
    return folder;
  }

  /** The checkpoint from which the run is resumed. */
  Path last() {
    return path.resolve("last.ckpt");
  }

  /** The checkpoint of the best validation. */
  Path best() {
    return path.resolve("best.ckpt");
  }

  /** The exported network. */
  Path model() {
    return path.resolve("model.onnx");
  }

  /** What came of the run. */
  Path report() {
    return path.resolve("report.json");
  }

  /** What the run is, so that it can be compared before anything is restored. */
  private Path description() {
    return path.resolve("run.json");
  }

  /** Writes the settings of the run. */
  void writeDescription(Map<String, String> settings) throws IOException {
    WholeFile.writeJson(description(), object(settings));
  }

  /**
   * Reads the settings of the run.
   *
   * @throws IOException if the file is missing or damaged
   */
  Map<String, String> readDescription() throws IOException {
    JsonNode root;
    try {
      root = WholeFile.readJson(description());
    } catch (JsonProcessingException e) {
      throw new IOException(description() + ": expected JSON, but " + e.getOriginalMessage(), e);
    }
    Map<String, String> settings = new LinkedHashMap<>();
    root.properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue().asText()));
    return settings;
  }

  /** Writes what came of the run, with its settings. */
  void writeReport(TrainingReport report, Map<String, String> settings) throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("network", report.network())
        .put("scale", report.scale())
        .put("loss", report.loss())
        .put("seed", report.seed())
        .put("parameters", report.parameters())
        .put("steps", report.steps())
        .put("seconds", report.duration().toMillis() / 1000.0)
        .put("last_loss", report.lastLoss())
        .put("model", String.valueOf(report.model().getFileName()))
        .put("parity", report.parity());
    report.best().ifPresent(best -> root.set("best", object(best)));
    ArrayNode validations = root.putArray("validations");
    report.validations().forEach(validation -> validations.add(object(validation)));
    root.set("settings", object(settings));
    WholeFile.writeJson(report(), root);
  }

  private static ObjectNode object(TrainingReport.Validation validation) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("step", validation.step())
        .put("loss", validation.loss())
        .put("psnr", validation.psnr())
        .put("ssim", validation.ssim());
  }

  private static ObjectNode object(Map<String, String> entries) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    entries.forEach(node::put);
    return node;
  }
}
