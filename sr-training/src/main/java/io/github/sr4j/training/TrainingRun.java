// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.train.TrainingSettings.ACCUMULATE;
import static io.github.sr4j.train.TrainingSettings.BATCH;
import static io.github.sr4j.train.TrainingSettings.CACHE_MEGABYTES;
import static io.github.sr4j.train.TrainingSettings.DATA;
import static io.github.sr4j.train.TrainingSettings.DEGRADATION;
import static io.github.sr4j.train.TrainingSettings.EARLY_STOPPING;
import static io.github.sr4j.train.TrainingSettings.INITIAL_FROM;
import static io.github.sr4j.train.TrainingSettings.KEEP;
import static io.github.sr4j.train.TrainingSettings.LEARNING_RATE;
import static io.github.sr4j.train.TrainingSettings.LOSS;
import static io.github.sr4j.train.TrainingSettings.LOW_RES;
import static io.github.sr4j.train.TrainingSettings.NETWORK;
import static io.github.sr4j.train.TrainingSettings.PATCH;
import static io.github.sr4j.train.TrainingSettings.SAMPLING;
import static io.github.sr4j.train.TrainingSettings.SCALE;
import static io.github.sr4j.train.TrainingSettings.SCALES;
import static io.github.sr4j.train.TrainingSettings.SCHEDULE;
import static io.github.sr4j.train.TrainingSettings.SEED;
import static io.github.sr4j.train.TrainingSettings.SKIP_UNREADABLE;
import static io.github.sr4j.train.TrainingSettings.STEPS;
import static io.github.sr4j.train.TrainingSettings.TIME_LIMIT;
import static io.github.sr4j.train.TrainingSettings.VALIDATE;
import static io.github.sr4j.train.TrainingSettings.VALIDATE_EVERY;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Metrics.Protocol.Score;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.Trainer.Report.Validation;
import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.training.internal.files.ImageFolder;
import io.github.sr4j.training.internal.files.Listing;
import io.github.sr4j.training.internal.run.BatchFile;
import io.github.sr4j.training.internal.run.LearningRate;
import io.github.sr4j.training.internal.run.MetricsFile;
import io.github.sr4j.training.internal.run.Prefetcher;
import io.github.sr4j.training.internal.run.RunImages;
import io.github.sr4j.training.internal.run.RunLog;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One run, from its first step or its last checkpoint to the report. Confined to one thread. */
final class TrainingRun {

  // Bounds what a crash costs to a thousand steps, however rarely a run validates.
  private static final long MAX_STEPS_UNSAVED = 1000;

  /** The settings whose values print in one way, in whichever way they were typed. */
  private static final ImmutableSet<TrainingSettings.Setting<?>> PRINTED =
      ImmutableSet.of(
          TrainingSettings.OPTIMIZER, SCHEDULE, TrainingSettings.CLIPPING, SAMPLING, DEGRADATION);

  private static final String VALIDATION = "validation."; // of keys in checkpoints
  private static final String VERSION = "version";
  private static final String UNKNOWN_VERSION = "of unknown number";
  private static final String OWN_VERSION =
      Optional.ofNullable(TrainingRun.class.getPackage().getImplementationVersion())
          .orElse(UNKNOWN_VERSION); // there is none outside of a jar

  private final TrainingSettings settings;
  private final String engine;
  private final LearningRate learningRate;
  private final TrainingSession session;
  private final RunFolder folder;
  private final LongSupplier nanoTime;
  private final PatchBatch.Source source;
  private final int patchSize;
  private final String trainedOn;
  private final Optional<ImageFolder> validationImages;
  private final ImmutableMap<String, String> description;
  private final RunImages images;
  private long startedAt; // nanoseconds of the clock
  private Duration waited = Duration.ZERO;
  private Optional<String> lastWarning = Optional.empty();
  private boolean isExecutionTold;
  private final Set<String> exactImages = new HashSet<>();

  // The state that a checkpoint holds beside weights and optimizer.
  private long done;
  private Duration before = Duration.ZERO;
  private double lossSum; // since the last validation
  private long lossCount; // since the last validation
  private double lastLoss;
  private final List<Validation> validations = new ArrayList<>();

  /**
   * Reads the data.
   *
   * @param engine the name of the engine that the session is of
   * @param nanoTime the clock of the run
   */
  TrainingRun(
      TrainingSettings settings,
      String engine,
      TrainingSession session,
      RunFolder folder,
      LongSupplier nanoTime)
      throws IOException {
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.engine = engine;
    this.learningRate =
        new LearningRate(settings.get(SCHEDULE), settings.get(LEARNING_RATE), settings.get(STEPS));
    this.session = session;
    this.folder = folder;
    Map<String, String> validationSums = new TreeMap<>();
    this.validationImages =
        settings.isSet(VALIDATE)
            ? Optional.of(validationImages(settings.get(VALIDATE), validationSums))
            : Optional.empty();
    this.patchSize = settings.find(PATCH).orElse(session.defaultPatchSize());
    String data = "batches of the caller";
    Map<String, String> dataSums = Map.of();
    if (settings.isSet(DATA)) {
      ImagePatches patches = patches(settings.get(DATA));
      source = patches;
      trainedOn = patches.description();
      data = patches.fingerprint();
      dataSums = patches.sums();
    } else {
      source = settings.source().orElseThrow();
      trainedOn = data;
    }
    Map<String, String> texts = new LinkedHashMap<>(RunConfig.texts(settings, patchSize));
    texts.put("engine", engine);
    texts.put("data", data);
    texts.put("validate", validationImages.map(ImageFolder::name).orElse("none"));
    this.description = ImmutableMap.copyOf(texts);
    this.images = new RunImages(dataSums, validationSums);
  }

  private ImageFolder validationImages(Path path, Map<String, String> sums) throws IOException {
    ValidationImages found =
        ValidationImages.of(path, settings.get(SCALE), settings.get(SKIP_UNREADABLE));
    found.remarks().forEach(this::tell);
    sums.putAll(found.sums());
    return found.folder();
  }

  private ImagePatches patches(Path data) throws IOException {
    ImagePatches.Builder builder =
        ImagePatches.builder(session.info())
            .scales(settings.get(SCALES))
            .degradation(Degradation.parse(settings.get(DEGRADATION).toString()))
            .sampling(settings.get(SAMPLING))
            .patch(patchSize)
            .batch(settings.get(BATCH))
            .seed(settings.get(SEED))
            .skipUnreadable(settings.get(SKIP_UNREADABLE));
    settings.find(CACHE_MEGABYTES).ifPresent(builder::cacheMegabytes);
    if (settings.isSet(LOW_RES)) {
      builder.pairs(data, settings.get(LOW_RES));
    } else {
      builder.data(data);
    }
    ImagePatches patches = builder.build();
    patches.remarks().forEach(this::tell);
    return patches;
  }

  Trainer.Report toEnd() throws IOException {
    boolean isResumed = folder.hasCheckpoint();
    if (isResumed) {
      resume();
    } else if (settings.isSet(INITIAL_FROM)) {
      initialize(settings.get(INITIAL_FROM));
    }
    tellOfNamelessLoss();
    writeConfig(isResumed);
    if (done < settings.get(STEPS)) {
      tryExport(isResumed);
    }
    images.write(folder.images());
    startedAt = nanoTime.getAsLong();
    int batchesInStep = settings.get(ACCUMULATE);
    try (RunLog record =
            new RunLog(
                folder.path(),
                settings.get(LOSS),
                description,
                validationImages,
                settings.get(SCALE),
                done);
        Prefetcher batches =
            new Prefetcher(source, done * batchesInStep, settings.get(STEPS) * batchesInStep)) {
      boolean isOver = done >= settings.get(STEPS) || isTimeUp() || isNoBetter();
      while (!isOver) {
        record.stepDone(step(next(batches)));
        isOver = done >= settings.get(STEPS) || isTimeUp(); // asked once: time goes on
        boolean validate = done % settings.get(VALIDATE_EVERY) == 0 || isOver;
        if (validate) {
          lastLoss = lossSum / lossCount;
          lossSum = 0;
          lossCount = 0;
        }
        boolean isBest = validate && validate(record);
        if (validate || done % MAX_STEPS_UNSAVED == 0) {
          save(isBest);
        }
        isOver |= isNoBetter();
      }
      Trainer.Report report = finish();
      record.finished(report);
      return report;
    } catch (ClosedByInterruptException e) { // of a file that was being written
      InterruptedIOException interruption = new InterruptedIOException("interrupted");
      interruption.initCause(e);
      throw interruption;
    }
  }

  private List<PatchBatch> next(Prefetcher batches) throws IOException {
    List<PatchBatch> next = new ArrayList<>();
    for (int i = 0; i < settings.get(ACCUMULATE); i++) {
      next.add(batches.next());
    }
    waited = batches.waited();
    return next;
  }

  private boolean isTimeUp() {
    return settings.isSet(TIME_LIMIT) && duration().compareTo(settings.get(TIME_LIMIT)) >= 0;
  }

  private boolean isNoBetter() {
    return settings.isSet(EARLY_STOPPING)
        && best().isPresent()
        && validations.size() - 1 - validations.indexOf(best().get())
            >= settings.get(EARLY_STOPPING);
  }

  /** Returns the first of the best validations. */
  private Optional<Validation> best() {
    return validations.stream()
        .filter(validation -> Double.isFinite(validation.psnr())) // older versions had others
        .reduce((best, each) -> each.psnr() > best.psnr() ? each : best);
  }

  private void tellOfExact(String image) {
    if (exactImages.add(image)) {
      tell(
          String.format(
              Locale.ROOT,
              "step %d: %s is enlarged without any difference and counts with 100 dB for the mean"
                  + " PSNR",
              done,
              image));
    }
  }

  /** Says at the start what would otherwise be found out when the run is resumed. */
  private void tellOfNamelessLoss() {
    for (Loss.Term term : settings.get(LOSS).terms()) {
      Loss loss = term.loss();
      String ofObject = loss.getClass().getName() + '@' + Integer.toHexString(loss.hashCode());
      if (loss.toString().equals(ofObject)) {
        tell(
            "the loss has a term without a name, so that the run can be resumed in this JVM only;"
                + " Loss.named(\"mine\", loss) gives it one");
        return;
      }
    }
  }

  private void initialize(Path file) throws IOException {
    List<String> others = session.initialize(file);
    tell(
        others.isEmpty()
            ? String.format("all weights start from %s", file)
            : String.format(
                "weights start from %s, but for those that it does not fit: %s",
                file, String.join(", ", others)));
  }

  private void writeConfig(boolean isResumed) throws IOException {
    if (isResumed && Files.exists(folder.config()) && !RunConfig.isOwn(folder.config())) {
      tell(
          String.format(
              "%s is not as a run has written it and stays as it is; report.json gets the settings"
                  + " of this run",
              folder.config()));
    } else {
      RunConfig.write(folder.config(), settings, patchSize);
    }
  }

  /**
   * Exports the network as it is and writes a checkpoint, to find out whether both can be done
   * before hours are spent on what could not be exported.
   */
  private void tryExport(boolean isResumed) throws IOException {
    try {
      ModelExport.export(session, folder.trial(), metadata());
      long model = Files.size(folder.trial());
      folder.checkSpace(model, settings.get(KEEP), file -> session.save(file, progress()));
    } catch (IOException | RuntimeException | LinkageError e) {
      tell("the run was not begun, because its model could not be exported at its end");
      if (!isResumed) {
        Files.deleteIfExists(folder.config()); // there is no run
      }
      throw e;
    } finally {
      Files.deleteIfExists(folder.trial());
    }
  }

  private void resume() throws IOException {
    Map<String, String> saved = folder.readNewest(session::restore, this::tell);
    checkSettings(saved);
    String engineBefore = saved.getOrDefault("engine", engine);
    if (!engineBefore.equals(engine)) {
      tell(
          String.format(
              "the run was begun with the engine %s and goes on with %s: they round differently, so"
                  + " its weights will not be those of either alone, bit for bit",
              engineBefore, engine));
    }
    checkValidationImages();
    MetricsFile.setAsideIfDamaged(folder.metrics(), this::tell);
    done = (long) number(saved, "step");
    before = Duration.ofMillis((long) number(saved, "milliseconds"));
    lossSum = number(saved, "lossSum");
    lossCount = (long) number(saved, "lossCount");
    lastLoss = number(saved, "lastLoss");
    readValidations(saved);
    SettingException.check(
        done <= settings.get(STEPS),
        "%s must be at least the %s that the run in %s has done, but was %s",
        new SettingName(STEPS.name()),
        done,
        folder.path(),
        settings.get(STEPS));
    folder.resumedAt(done);
    if (best().isPresent() && best().get().step() == done) {
      session.save(folder.best(), progress()); // the run may have been killed before it was
    }
    tell(String.format(Locale.ROOT, "resumed at step %d of %d", done, settings.get(STEPS)));
  }

  /** Returns a text of a checkpoint as its value prints; earlier versions kept what was typed. */
  private static @Nullable String printed(String setting, @Nullable String saved) {
    TrainingSettings.Setting<?> declared = TrainingSettings.named(setting);
    return saved != null && PRINTED.contains(declared) ? declared.parse(saved).toString() : saved;
  }

  /** Refuses to go on with a run of other settings, or of a version that had other settings. */
  private void checkSettings(Map<String, String> saved) throws IOException {
    Map<String, String> defaults = RunConfig.texts(TrainingSettings.defaults(), 0);
    List<String> added = new ArrayList<>();
    for (String setting : RunConfig.keys()) {
      String value = description.get(setting);
      String before = printed(setting, saved.get(setting));
      boolean isFree =
          TrainingSettings.named(setting).isFreeOnResume()
              || (setting.equals("steps") && learningRate.isOfAnyLength());
      if (isFree || Objects.equals(value, before)) {
        continue;
      }
      if (before == null && Objects.equals(value, defaults.get(setting))) {
        added.add(setting + ": " + value); // by a later version than that of the run
        continue;
      }
      throw new SettingException(
          "%s must be %s, as in the run in %s that is to be resumed, but was %s%s",
          new SettingName(setting),
          quoted(before),
          folder.path(),
          quoted(value),
          setting.equals("data") ? difference(RunImages::data) : "");
    }
    String version = saved.getOrDefault(VERSION, UNKNOWN_VERSION);
    Set<String> known = Sets.union(progress().keySet(), RunConfig.keys());
    List<String> unknown =
        saved.keySet().stream()
            .filter(key -> !known.contains(key) && !key.startsWith(VALIDATION))
            .map(key -> key + ": " + saved.get(key))
            .sorted()
            .toList();
    checkArgument(
        unknown.isEmpty(),
        "the run in %s was begun by another version of SR4J, %s, with what this one, %s, does not"
            + " have: %s; resume it with that version",
        folder.path(),
        version,
        OWN_VERSION,
        Listing.of(unknown));
    if (!added.isEmpty()) {
      tell(
          String.format(
              "the run was begun by another version of SR4J, %s, that did not have all settings of"
                  + " this one, %s; it goes on with their defaults: %s",
              version, OWN_VERSION, Listing.of(added)));
    }
  }

  private static String quoted(@Nullable String value) {
    return value == null ? "left out" : '"' + value + '"';
  }

  /** Refuses images to validate on that are not those of the validations before. */
  private void checkValidationImages() throws IOException {
    String difference = difference(RunImages::validation);
    checkArgument(
        difference.isEmpty(),
        "the images to validate on must be those of the run in %s that is to be resumed, or its"
            + " validations do not compare, but they are not%s",
        folder.path(),
        difference);
  }

  /** Says which images differ from those of the run that is resumed, behind a sentence. */
  private String difference(Function<RunImages, Map<String, String>> kind) throws IOException {
    Optional<RunImages> before = RunImages.read(folder.images());
    String difference =
        before.map(b -> RunImages.difference(kind.apply(b), kind.apply(images))).orElse("");
    return difference.isEmpty() ? "" : "; " + difference;
  }

  private void readValidations(Map<String, String> saved) {
    validations.clear();
    for (int i = 0; saved.containsKey(VALIDATION + i + ".step"); i++) {
      String key = VALIDATION + i;
      validations.add(
          new Validation(
              (long) number(saved, key + ".step"),
              number(saved, key + ".loss"),
              number(saved, key + ".psnr"),
              number(saved, key + ".ssim")));
    }
  }

  private double number(Map<String, String> progress, String key) {
    String text = progress.get(key);
    try {
      return Double.parseDouble(text == null ? "" : text);
    } catch (NumberFormatException e) {
      throw new ModelFormatException(
          String.format(
              "%s: expected the checkpoint of a run, but its %s is \"%s\"",
              folder.path(), key, text),
          e);
    }
  }

  private Map<String, String> progress() {
    Map<String, String> progress = new LinkedHashMap<>(description);
    progress.put(VERSION, OWN_VERSION);
    progress.put("step", Long.toString(done));
    progress.put("milliseconds", Long.toString(duration().toMillis()));
    progress.put("lossSum", Double.toString(lossSum));
    progress.put("lossCount", Long.toString(lossCount));
    progress.put("lastLoss", Double.toString(lastLoss));
    for (int i = 0; i < validations.size(); i++) {
      Validation validation = validations.get(i);
      String key = VALIDATION + i;
      progress.put(key + ".step", Long.toString(validation.step()));
      progress.put(key + ".loss", Double.toString(validation.loss()));
      progress.put(key + ".psnr", Double.toString(validation.psnr()));
      progress.put(key + ".ssim", Double.toString(validation.ssim()));
    }
    return progress;
  }

  private Trainer.Listener.Step step(List<PatchBatch> batches) throws IOException {
    double rate = learningRate.at(done, validations);
    double loss = session.step(batches, rate);
    if (!Double.isFinite(loss)) {
      session
          .warning()
          .ifPresent(warning -> tell(String.format(Locale.ROOT, "step %d: %s", done + 1, warning)));
      Path file = folder.diverged(done + 1);
      BatchFile.write(file, batches);
      throw new SuperResolutionException(diverged(loss, file, batches), null);
    }
    if (!isExecutionTold) {
      isExecutionTold = true;
      session.execution().ifPresent(text -> tell("the network is computed in " + text));
    }
    done++;
    lossSum += loss;
    lossCount++;
    session
        .warning()
        .filter(warning -> !lastWarning.equals(Optional.of(warning)))
        .ifPresent(warning -> tell(String.format(Locale.ROOT, "step %d: %s", done, warning)));
    lastWarning = session.warning();
    Trainer.Listener.Step step =
        new Trainer.Listener.Step(
            done,
            settings.get(STEPS),
            loss,
            session.lossTerms(),
            session.measures(),
            rate,
            sinceStart(),
            waited);
    settings.listeners().forEach(l -> l.stepDone(step));
    return step;
  }

  /** Says why the loss of a step is not finite, as far as that is known, and what to do. */
  private String diverged(double loss, Path file, List<PatchBatch> batches) throws IOException {
    boolean isOfData =
        batches.stream().anyMatch(batch -> !areFinite(batch.input()) || !areFinite(batch.target()));
    String cause =
        isOfData
            ? String.format(
                Locale.ROOT,
                "the loss of step %d is %s, because its batch has values that are not finite; it is"
                    + " in %s",
                done + 1,
                loss,
                file)
            : String.format(
                Locale.ROOT,
                "training diverged: the loss of step %d is %s; what it was trained on is in %s. Use"
                    + " a lower learning rate than %s or clip gradients",
                done + 1,
                loss,
                file,
                settings.get(LEARNING_RATE));
    String checkpoint =
        folder.hasCheckpoint()
            ? "; the last checkpoint is kept in " + folder.path()
            : "; there is no checkpoint yet";
    return cause + checkpoint;
  }

  private static boolean areFinite(float[] samples) {
    for (float sample : samples) {
      if (!Float.isFinite(sample)) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the network is better than it was at any validation before. */
  private boolean validate(RunLog record) throws IOException {
    if (validationImages.isEmpty()) {
      return false;
    }
    try (Upscaler upscaler = Upscaler.of(session.snapshot())) {
      Score score = Evaluation.mean(upscaler, validationImages.get(), this::tellOfExact);
      Validation validation = new Validation(done, lastLoss, score.psnr(), score.ssim());
      boolean isBest = best().map(best -> best.psnr() < validation.psnr()).orElse(true);
      validations.add(validation);
      record.validated(validation, isBest, upscaler);
      settings.listeners().forEach(l -> l.validated(validation));
      return isBest;
    }
  }

  /**
   * Writes the checkpoints. The newest first: were the best one written and the run killed then, it
   * would be resumed from where it knows nothing of that.
   */
  private void save(boolean isBest) throws IOException {
    folder.saveLast(done, settings.get(KEEP), file -> session.save(file, progress()));
    if (isBest) {
      session.save(folder.best(), progress());
    }
  }

  private Trainer.Report finish() throws IOException {
    if (done < settings.get(STEPS)) {
      tell(
          String.format(
              Locale.ROOT,
              "ended at step %d of %d: %s",
              done,
              settings.get(STEPS),
              isNoBetter()
                  ? String.format(
                      Locale.ROOT, "no better PSNR since step %d", best().orElseThrow().step())
                  : "the time limit is reached"));
    }
    if (!validations.isEmpty()) {
      Map<String, String> saved = session.restore(folder.best());
      if (number(saved, "step") > done) {
        // The last checkpoint was damaged, and the time is up before this step is reached again.
        readValidations(saved);
      }
    }
    double parity = ModelExport.export(session, folder.model(), metadata());
    Trainer.Report report =
        new Trainer.Report(
            settings.get(NETWORK),
            settings.get(SCALE),
            settings.get(LOSS).toString(),
            settings.get(SEED),
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
    metadata.put("network", settings.get(NETWORK));
    metadata.put("trained_on", trainedOn);
    metadata.put("seed", Long.toString(settings.get(SEED)));
    metadata.put("loss", settings.get(LOSS).toString());
    metadata.put("config", RunConfig.inOneLine(settings, patchSize));
    metadata.put("steps", Long.toString(best().map(Validation::step).orElse(done)));
    best()
        .ifPresent(
            validation ->
                metadata.put(
                    "psnr." + validationImages.orElseThrow().name().toLowerCase(Locale.ROOT),
                    String.format(Locale.ROOT, "%.3f", validation.psnr())));
    return metadata;
  }

  private Duration sinceStart() {
    return Duration.ofNanos(nanoTime.getAsLong() - startedAt);
  }

  private Duration duration() {
    return startedAt == 0 ? before : before.plus(sinceStart());
  }

  private void tell(String message) {
    settings.listeners().forEach(l -> l.message(message));
  }
}
