// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import io.github.sr4j.Upscaler;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Listener.Step;
import io.github.sr4j.train.Trainer.Report.Validation;
import io.github.sr4j.training.internal.files.ImageFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The record of a run in its folder: {@code metrics.csv}, event files for TensorBoard, {@code
 * crops} of validation images and {@code report.html}. A resumed run continues them: apart from
 * timestamps, it leaves the same files as an uninterrupted one. Confined to one thread.
 */
public final class RunLog implements Closeable {

  private static final long MAX_ROWS = 50_000;

  private final Path folder;
  private final Map<String, String> settings;
  private final List<String> partNames; // of the terms of the loss, if it has several
  private final double secondsBefore;
  private final Optional<ValidationCrops> crops;
  private final MetricsFile metrics;
  private final EventFile events;

  // The last step; its row may be passed over in a long run.
  private Map<String, Double> row = Map.of();
  private boolean isWritten;

  // Since when speed is measured: a validation is no part of it.
  private long paceStep = -1;
  private Duration paceElapsed = Duration.ZERO;
  private Duration paceWaited = Duration.ZERO;

  /**
   * Begins a record, or goes on with that of a run which is resumed.
   *
   * @param folder the folder of the run
   * @param loss what it minimises
   * @param settings what the run is, in words
   * @param images the images it validates on
   * @param scale by how much it enlarges them
   * @param done the number of steps done before, 0 for a new run
   */
  public RunLog(
      Path folder,
      Loss loss,
      Map<String, String> settings,
      Optional<ImageFolder> images,
      int scale,
      long done)
      throws IOException {
    this.folder = folder;
    this.settings = settings;
    List<Loss.Term> terms = loss.terms();
    this.partNames = terms.size() > 1 ? terms.stream().map(RunLog::name).toList() : List.of();
    this.secondsBefore = done > 0 ? seconds(done) : 0;
    this.crops =
        images.isPresent()
            ? Optional.of(new ValidationCrops(folder, images.get(), scale, done))
            : Optional.empty();
    this.metrics = MetricsFile.open(metricsFile(), done);
    this.events = EventFile.create(folder, done + 1);
    if (done == 0 && crops.isPresent()) {
      record(0, "bicubic", ValidationCrops::bicubic);
      record(0, "original", ValidationCrops::original);
    }
  }

  private Path metricsFile() {
    return folder.resolve("metrics.csv");
  }

  private static String name(Loss.Term term) {
    return term.weight() == 1 ? term.loss().toString() : term.weight() + "*" + term.loss();
  }

  /** Returns the time that the run had taken when it had done so many steps. */
  private double seconds(long done) throws IOException {
    double seconds = 0;
    if (Files.exists(metricsFile())) {
      MetricsFile.Table table = MetricsFile.read(metricsFile());
      for (double[] cells : table.rows()) {
        seconds = cells[0] <= done ? cells[table.columns().indexOf("seconds")] : seconds;
      }
    }
    return seconds;
  }

  /** Records a step. */
  public void stepDone(Step step) throws IOException {
    row = row(step);
    // A row for each step is more than anyone reads of a very long run.
    long interval = (step.steps() + MAX_ROWS - 1) / MAX_ROWS;
    isWritten = step.step() % interval == 0;
    if (isWritten) {
      metrics.add(row);
      events.scalars(step.step(), scalars(row));
    }
  }

  private Map<String, Double> row(Step step) {
    Map<String, Double> cells = new LinkedHashMap<>();
    cells.put("step", (double) step.step());
    cells.put("loss", step.loss());
    for (int i = 0; i < partNames.size() && i < step.terms().size(); i++) {
      cells.merge(partNames.get(i), step.terms().get(i), Double::sum); // l1 + l1 is one part
    }
    cells.putAll(step.measures());
    cells.put("learning_rate", step.learningRate());
    cells.put("psnr", Double.NaN);
    cells.put("ssim", Double.NaN);
    cells.put("seconds", rounded(secondsBefore + seconds(step.elapsed()), 1000));
    double stepsPerSecond = Double.NaN;
    double waiting = Double.NaN;
    if (paceStep < 0) { // the first step, which also warms up, is no measure
      paceStep = step.step();
      paceElapsed = step.elapsed();
      paceWaited = step.waited();
    } else {
      double elapsed = Math.max(1e-9, seconds(step.elapsed().minus(paceElapsed)));
      stepsPerSecond = rounded((step.step() - paceStep) / elapsed, 100);
      waiting = rounded(seconds(step.waited().minus(paceWaited)) / elapsed, 10_000);
    }
    cells.put("steps_per_second", stepsPerSecond);
    cells.put("waiting", waiting);
    return cells;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static double rounded(double value, double parts) {
    return Math.round(value * parts) / parts;
  }

  /**
   * Returns the values of a row for TensorBoard, which groups them by the part of the name before a
   * slash.
   */
  private Map<String, Double> scalars(Map<String, Double> cells) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    cells.forEach(
        (name, value) -> {
          if (!Double.isNaN(value) && !name.equals("step") && !name.equals("seconds")) {
            scalars.put(tag(name), value);
          }
        });
    return scalars;
  }

  private String tag(String name) {
    return switch (name) {
      case "psnr", "ssim" -> "validation/" + name;
      case "steps_per_second", "waiting" -> "speed/" + name;
      default -> partNames.contains(name) ? "loss_part/" + name : name;
    };
  }

  /**
   * Records a validation of the last step.
   *
   * @param isBest whether no validation before was as good
   * @param upscaler the network, which is shown some images if it is the best so far
   */
  public void validated(Validation validation, boolean isBest, Upscaler upscaler)
      throws IOException {
    row.put("psnr", validation.psnr());
    row.put("ssim", validation.ssim());
    if (isWritten) {
      metrics.replaceLast(row);
    } else {
      metrics.add(row);
    }
    events.scalars(
        validation.step(), Map.of(tag("psnr"), validation.psnr(), tag("ssim"), validation.ssim()));
    if (isBest && crops.isPresent()) {
      crops.get().add(validation.step(), upscaler);
      record(validation.step(), "result", (all, i) -> all.result(i, validation.step()));
    }
    paceStep = -1;
    writePage(Optional.empty());
  }

  /** The encoded image of a cut-out. */
  private interface Encoded {
    byte[] of(ValidationCrops crops, int crop) throws IOException;
  }

  private void record(long step, String what, Encoded image) throws IOException {
    ValidationCrops shown = crops.orElseThrow();
    for (int i = 0; i < shown.names().size(); i++) {
      String name = shown.names().get(i) + "/" + what;
      events.image(step, name, shown.width(i), shown.height(i), image.of(shown, i));
    }
  }

  /** Writes the page for the last time. */
  public void finished(Trainer.Report report) throws IOException {
    writePage(Optional.of(report));
  }

  private void writePage(Optional<Trainer.Report> report) throws IOException {
    MetricsFile.Table table = MetricsFile.read(metricsFile());
    if (!table.rows().isEmpty()) { // of a run that was over when it was resumed they may be lost
      RunPage.write(folder.resolve("report.html"), table, partNames, settings, crops, report);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      metrics.close();
    } finally {
      events.close();
    }
  }
}
