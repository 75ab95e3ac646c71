// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.MetricProtocol.Score;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.train.ImagePatchSource;
import io.github.sr4j.train.PatchBatch;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingListener;
import io.github.sr4j.train.TrainingReport;
import io.github.sr4j.train.TrainingReport.Validation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One run, from its first step or its last checkpoint to the report. Confined to one thread. */
final class TrainingRun {

  // Bounds what a crash costs to a thousand steps, however rarely a run validates.
  private static final long MOST_STEPS_UNSAVED = 1000;

  private final Trainer trainer;
  private final LearningRate learningRate;
  private final TrainingSession session;
  private final RunFolder folder;
  private final ImagePatchSource source;
  private final String trainedOn;
  private final Optional<ImageFolder> validationImages;
  private final ImmutableMap<String, String> description;
  private long startedAt; // nanoseconds of System.nanoTime
  private Duration waited = Duration.ZERO;

  // What a checkpoint holds beside weights and optimizer.
  private long done;
  private Duration before = Duration.ZERO;
  private double lossSum; // since the last validation, as the next
  private long lossCount;
  private double lastLoss;
  private final List<Validation> validations = new ArrayList<>();

  /** Reads the data. */
  TrainingRun(Trainer trainer, TrainingSession session, RunFolder folder) throws IOException {
    this.trainer = trainer;
    this.learningRate =
        LearningRate.of(trainer.schedule(), trainer.learningRate(), trainer.steps());
    this.session = session;
    this.folder = folder;
    this.validationImages =
        trainer.validation().isPresent()
            ? Optional.of(ImageFolder.of(trainer.validation().get()))
            : Optional.empty();
    int patchSize = trainer.patchSize().orElse(session.defaultPatchSize());
    String data = "batches of the caller";
    if (trainer.data().isPresent()) {
      FolderPatchSource images =
          FolderPatchSource.of(
              trainer.data().get(), session.info(), patchSize, trainer.batchSize(), trainer.seed());
      if (!images.skipped().isEmpty()) {
        String message =
            String.format(
                "%d of %d images are smaller than a patch and not trained on, such as %s",
                images.skipped().size(),
                images.skipped().size() + images.imageCount(),
                images.skipped().get(0));
        tell(l -> l.message(message));
      }
      source = images;
      trainedOn = images.description();
      data = images.fingerprint();
    } else {
      source = trainer.source().orElseThrow();
      trainedOn = data;
    }
    this.description =
        ImmutableMap.<String, String>builder()
            .put("network", trainer.network())
            .put("scale", Integer.toString(trainer.scale()))
            .put("loss", trainer.loss().toString())
            .put("optimizer", trainer.optimizer())
            .put("learningRate", Double.toString(trainer.learningRate()))
            .put("schedule", trainer.schedule())
            .put("steps", Long.toString(trainer.steps()))
            .put("batchSize", Integer.toString(trainer.batchSize()))
            .put("patchSize", Integer.toString(patchSize))
            .put("seed", Long.toString(trainer.seed()))
            .put("data", data)
            .put("validation", validationImages.map(ImageFolder::name).orElse("none"))
            .buildOrThrow();
  }

  TrainingReport toEnd() throws IOException {
    if (Files.exists(folder.last())) {
      resume();
    } else {
      folder.writeDescription(description);
    }
    startedAt = System.nanoTime();
    long saveEvery = Math.min(trainer.validateEvery(), MOST_STEPS_UNSAVED);
    try (Prefetcher batches = new Prefetcher(source, done, trainer.steps())) {
      while (done < trainer.steps()) {
        long asked = System.nanoTime();
        PatchBatch batch = batches.next();
        waited = waited.plusNanos(System.nanoTime() - asked);
        step(batch);
        boolean validate = done % trainer.validateEvery() == 0 || done == trainer.steps();
        if (validate) {
          lastLoss = lossSum / lossCount;
          lossSum = 0;
          lossCount = 0;
          validate();
        }
        if (validate || done % saveEvery == 0) {
          session.save(folder.last(), progress());
        }
      }
    }
    return finish();
  }

  private void resume() throws IOException {
    Map<String, String> saved = folder.readDescription();
    description.forEach(
        (setting, value) -> {
          boolean extended = setting.equals("steps") && learningRate.isOfAnyLength();
          checkArgument(
              extended || value.equals(saved.get(setting)),
              "%s must be \"%s\", as in the run in %s that is to be resumed, but was \"%s\"",
              setting,
              saved.get(setting),
              folder.path(),
              value);
        });
    Map<String, String> progress = session.restore(folder.last());
    done = (long) number(progress, "step");
    before = Duration.ofMillis((long) number(progress, "milliseconds"));
    lossSum = number(progress, "lossSum");
    lossCount = (long) number(progress, "lossCount");
    lastLoss = number(progress, "lastLoss");
    for (int i = 0; progress.containsKey("validation." + i + ".step"); i++) {
      String key = "validation." + i;
      validations.add(
          new Validation(
              (long) number(progress, key + ".step"),
              number(progress, key + ".loss"),
              number(progress, key + ".psnr"),
              number(progress, key + ".ssim")));
    }
    checkArgument(
        done <= trainer.steps(),
        "steps must be at least the %s that the run in %s has done, but was %s",
        done,
        folder.path(),
        trainer.steps());
    tell(l -> l.message(String.format("resumed at step %d of %d", done, trainer.steps())));
  }

  private double number(Map<String, String> progress, String key) {
    String text = progress.get(key);
    if (text == null) {
      throw new ModelFormatException(
          String.format(
              "%s: expected the checkpoint of a run, but it has no %s", folder.last(), key),
          null);
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new ModelFormatException(
          String.format("%s: %s must be a number, but is \"%s\"", folder.last(), key, text), e);
    }
  }

  private Map<String, String> progress() {
    Map<String, String> progress = new LinkedHashMap<>(description);
    progress.put("step", Long.toString(done));
    progress.put("milliseconds", Long.toString(duration().toMillis()));
    progress.put("lossSum", Double.toString(lossSum));
    progress.put("lossCount", Long.toString(lossCount));
    progress.put("lastLoss", Double.toString(lastLoss));
    for (int i = 0; i < validations.size(); i++) {
      Validation validation = validations.get(i);
      String key = "validation." + i;
      progress.put(key + ".step", Long.toString(validation.step()));
      progress.put(key + ".loss", Double.toString(validation.loss()));
      progress.put(key + ".psnr", Double.toString(validation.psnr()));
      progress.put(key + ".ssim", Double.toString(validation.ssim()));
    }
    return progress;
  }

  private void step(PatchBatch batch) {
    double rate = learningRate.at(done, validations);
    double loss = session.step(batch, rate);
    if (!Double.isFinite(loss)) {
      throw new SuperResolutionException(
          String.format(
              "training diverged: the loss of step %d is %s. Use a lower learning rate than %s; the last"
                  + " checkpoint is kept in %s. See docs/errors.md#diverged",
              done + 1, loss, trainer.learningRate(), folder.path()),
          null);
    }
    done++;
    lossSum += loss;
    lossCount++;
    TrainingListener.Step step =
        new TrainingListener.Step(
            done,
            trainer.steps(),
            loss,
            session.lossTerms(),
            session.measures(),
            rate,
            sinceStart(),
            waited);
    tell(l -> l.stepDone(step));
  }

  private void validate() throws IOException {
    if (validationImages.isEmpty()) {
      return;
    }
    Score score;
    try (Upscaler upscaler = Upscaler.over(session.snapshot())) {
      score = Evaluation.mean(upscaler, validationImages.get());
    }
    Validation validation = new Validation(done, lastLoss, score.psnr(), score.ssim());
    boolean best = validations.stream().allMatch(v -> v.psnr() < validation.psnr());
    validations.add(validation);
    if (best) {
      session.save(folder.best(), progress());
    }
    tell(l -> l.validated(validation));
  }

  private TrainingReport finish() throws IOException {
    if (!validations.isEmpty()) {
      session.restore(folder.best());
    }
    double parity = ModelExport.export(session, folder.model(), metadata());
    TrainingReport report =
        new TrainingReport(
            trainer.network(),
            trainer.scale(),
            trainer.loss().toString(),
            trainer.seed(),
            session.parameters(),
            done,
            duration(),
            lastLoss,
            validations,
            folder.model(),
            parity);
    folder.writeReport(report, description);
    return report;
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("network", trainer.network());
    metadata.put("trained_on", trainedOn);
    metadata.put("seed", Long.toString(trainer.seed()));
    metadata.put("loss", trainer.loss().toString());
    Optional<Validation> best =
        validations.stream().max(Comparator.comparingDouble(Validation::psnr));
    metadata.put("steps", Long.toString(best.map(Validation::step).orElse(done)));
    best.ifPresent(
        validation ->
            metadata.put(
                "psnr." + validationImages.orElseThrow().name().toLowerCase(Locale.ROOT),
                String.format(Locale.ROOT, "%.3f", validation.psnr())));
    return metadata;
  }

  private Duration sinceStart() {
    return Duration.ofNanos(System.nanoTime() - startedAt);
  }

  private Duration duration() {
    return before.plus(sinceStart());
  }

  private void tell(Consumer<TrainingListener> what) {
    trainer.listeners().forEach(what);
  }
}
