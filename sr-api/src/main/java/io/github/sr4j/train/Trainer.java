// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.util.Providers;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.train.TrainingSettings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A training run: which network, on which images, under which loss, for how long. Immutable and
 * safe for use by multiple threads.
 *
 * <pre>{@code
 * Report report = Trainer.builder()
 *     .network("srcnn").scale(3)
 *     .data(Path.of("photos")).validate(Path.of("Set5"))
 *     .out(Path.of("runs/srcnn-x3"))
 *     .build()
 *     .train();
 * }</pre>
 *
 * <p>Equal descriptions, data and threads give equal weights, bit for bit, also when a run was
 * killed and resumed.
 */
public final class Trainer {

  private final TrainingSettings settings;
  private final Runner runner;

  private Trainer(TrainingSettings settings, Runner runner) {
    this.settings = settings;
    this.runner = runner;
  }

  /** Returns a builder. What has no default is the data and the output folder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Trains the network to the end of the run, and exports it.
   *
   * @return what came of it; the same is in {@code report.json} of the output folder
   * @throws io.github.sr4j.SuperResolutionException if training diverges, or the exported model is
   *     not the same function as the network
   * @throws IOException if the data cannot be read or the results cannot be written
   */
  public Report train() throws IOException {
    return runner.run(settings);
  }

  /**
   * Starts the run on a thread of its own, a daemon, and returns at once.
   *
   * @return the run, to watch and to cancel it
   */
  public Run start() {
    Run run = new Run(this);
    run.worker.start();
    return run;
  }

  /** Returns the settings of the run. */
  public TrainingSettings settings() {
    return settings;
  }

  /** A run that was started, on its own thread. Safe for use by multiple threads. */
  public static final class Run {

    private final CompletableFuture<Report> report = new CompletableFuture<>();
    private final Thread worker;
    private volatile Optional<Listener.Step> lastStep = Optional.empty();

    private Run(Trainer trainer) {
      TrainingSettings settings = trainer.settings;
      List<Listener> listeners = new ArrayList<>(settings.listeners());
      listeners.add(
          new Listener() {
            @Override
            public void stepDone(Step step) {
              lastStep = Optional.of(step);
            }
          });
      TrainingSettings watched =
          new TrainingSettings(
              settings.values(), settings.isResumed(), settings.source(), listeners);
      worker = new Thread(() -> work(trainer.runner, watched), "sr4j-training");
      worker.setDaemon(true);
      CompletableFuture<Report> unused =
          report.whenComplete(
              (done, failure) -> {
                if (Thread.currentThread() != worker) { // somebody does not want the report
                  worker.interrupt();
                }
              });
    }

    private void work(Runner runner, TrainingSettings watched) {
      try {
        report.complete(runner.run(watched));
      } catch (Throwable e) { // an Error, too: nobody else has this thread
        report.completeExceptionally(e);
      }
    }

    /**
     * Returns the future of the report. It fails with what {@link Trainer#train} throws. A caller
     * that completes it first, as by {@link CompletableFuture#orTimeout}, cancels the run.
     */
    public CompletableFuture<Report> report() {
      return report;
    }

    /** Returns the last step that was done; empty before the first. */
    public Optional<Listener.Step> lastStep() {
      return lastStep;
    }

    /**
     * Cancels the run: it ends after the step that is under way, and its last checkpoint stays,
     * from which it can be resumed. {@link #report} fails with a {@link
     * java.util.concurrent.CancellationException} at once.
     */
    public void cancel() {
      report.cancel(true);
    }

    /**
     * Waits until the thread of the run has ended, also after a cancellation; its folder is free
     * then.
     *
     * @return whether it has ended within the time
     * @throws InterruptedException if the calling thread is interrupted
     */
    public boolean awaitEnd(Duration time) throws InterruptedException {
      worker.join(Math.max(1, time.toMillis()));
      return !worker.isAlive();
    }
  }

  /** The parts of a run. Not thread-safe. */
  public static final class Builder {

    private final Map<Setting<?>, Object> values = new LinkedHashMap<>();
    private PatchBatch.@Nullable Source source;
    private boolean resume;
    private final List<Listener> listeners = new ArrayList<>();

    private Builder() {}

    private <T> Builder set(Setting<T> setting, T value) {
      values.put(setting, setting.checked(value));
      return this;
    }

    /**
     * Sets a setting by its name in files and on the command line, such as {@code validate-every}.
     *
     * @param value its text; the elements of a list are separated by commas
     * @throws IllegalArgumentException if there is no such setting, or the value is not allowed
     */
    public Builder set(String name, String value) {
      Setting<?> setting = TrainingSettings.named(name);
      values.put(setting, setting.parse(value));
      return this;
    }

    /** Sets the network, with its arguments if it has any. Default: {@code compact}. */
    public Builder network(String network) {
      return set(TrainingSettings.NETWORK, network);
    }

    /**
     * Sets the engine that trains, by the name of its {@link io.github.sr4j.spi.TrainingProvider},
     * such as {@code dl4j} or {@code torch}. Default: that of the highest priority on the class
     * path, which is {@code dl4j} where there are both.
     */
    public Builder engine(String engine) {
      return set(TrainingSettings.ENGINE, engine);
    }

    /**
     * Sets the precision of the network's arithmetic: {@code fp32}, the default, {@code bf16} or
     * {@code auto}; see {@link io.github.sr4j.spi.TrainingSetup#precision(String)}.
     */
    public Builder precision(String precision) {
      return set(TrainingSettings.PRECISION, precision);
    }

    /**
     * Sets by how much the network enlarges. Default: 2.
     *
     * @throws IllegalArgumentException if {@code scale} is not within 1 to 16
     */
    public Builder scale(int scale) {
      return set(TrainingSettings.SCALE, scale);
    }

    /**
     * Sets the scales that are trained at once, for networks that can. Default: {@link #scale}
     * alone, which must be one of them.
     *
     * @throws IllegalArgumentException if one is not within 1 to 16
     */
    public Builder scales(List<Integer> scales) {
      return set(TrainingSettings.SCALES, scales);
    }

    /** Sets what training minimises. Default: {@link Losses#l1}. */
    public Builder loss(Loss loss) {
      return set(TrainingSettings.LOSS, loss);
    }

    /** Sets the rule that turns gradients into steps, with its arguments. Default: {@code adam}. */
    public Builder optimizer(String optimizer) {
      return set(TrainingSettings.OPTIMIZER, optimizer);
    }

    /**
     * Sets the highest learning rate of the run. Default: 1e-3.
     *
     * @throws IllegalArgumentException if {@code learningRate} is not positive
     */
    public Builder learningRate(double learningRate) {
      return set(TrainingSettings.LEARNING_RATE, learningRate);
    }

    /**
     * Sets the course of the learning rate. Default: {@code cosine}.
     *
     * <p>Each takes {@code warm_up}, the steps in which the rate first rises linearly from nothing,
     * as a number or as a part of the run: 0 by default, but {@code 1%} for {@code cosine}.
     *
     * <ul>
     *   <li>{@code constant}: the rate stays what it is.
     *   <li>{@code cosine}: the rate falls to nothing along half a cosine (Loshchilov and Hutter,
     *       <i>SGDR: Stochastic Gradient Descent with Warm Restarts</i>, ICLR 2017, without
     *       restarts).
     *   <li>{@code step(every=25%, factor=0.5)}: the rate is multiplied with {@code factor} after
     *       each {@code every}, a number of steps or a part of the run.
     *   <li>{@code plateau(patience=3, factor=0.5)}: the rate is multiplied with {@code factor}
     *       whenever {@code patience} validations in a row have brought no better PSNR.
     * </ul>
     */
    public Builder schedule(String schedule) {
      return set(TrainingSettings.SCHEDULE, schedule);
    }

    /**
     * Sets how gradients are bounded: {@code none}, the default, {@code norm(1)}, {@code
     * value(0.1)} or {@code adjustable(0.4)}; see {@link
     * io.github.sr4j.spi.TrainingSetup#clipping(String)}.
     */
    public Builder clipping(String clipping) {
      return set(TrainingSettings.CLIPPING, clipping);
    }

    /**
     * Sets the decay of the exponential moving average (EMA) of the weights, such as 0.999: a = d a
     * + (1 - d) w after step t, where d is the smaller one of the decay and (1 + t) / (10 + t). If
     * it is not 0, the average is what is validated and exported. Default: 0, no average.
     *
     * @throws IllegalArgumentException if {@code averaging} is not at least 0 and less than 1
     */
    public Builder averaging(double averaging) {
      return set(TrainingSettings.AVERAGING, averaging);
    }

    /**
     * Sets the names of the weights that stay as they are; one that ends in {@code *} stands for
     * all that begin so. Default: none.
     */
    public Builder frozen(List<String> frozen) {
      return set(TrainingSettings.FROZEN, frozen);
    }

    /**
     * Sets a file whose weights the run starts from: a checkpoint, or a NumPy {@code .npz} file
     * with an array for each weight. Weights of other names or shapes, such as the last layers of a
     * network of another scale, are drawn from the seed.
     */
    public Builder initialFrom(Path initialFrom) {
      return set(TrainingSettings.INITIAL_FROM, initialFrom);
    }

    /**
     * Sets the number of steps. Default: 10,000.
     *
     * @throws IllegalArgumentException if {@code steps} is less than 1
     */
    public Builder steps(long steps) {
      return set(TrainingSettings.STEPS, steps);
    }

    /**
     * Sets a limit on training time, summed over resumes; the run then ends as if all steps were
     * done. Default: none.
     *
     * @throws IllegalArgumentException if {@code timeLimit} is not positive
     */
    public Builder timeLimit(Duration timeLimit) {
      return set(TrainingSettings.TIME_LIMIT, timeLimit);
    }

    /**
     * Ends the run when so many validations in a row have brought no better PSNR. Default: it does
     * its steps.
     *
     * @throws IllegalArgumentException if {@code earlyStopping} is less than 1
     */
    public Builder earlyStopping(int earlyStopping) {
      return set(TrainingSettings.EARLY_STOPPING, earlyStopping);
    }

    /**
     * Sets the number of patches in a batch. Default: 16.
     *
     * @throws IllegalArgumentException if {@code batch} is less than 1
     */
    public Builder batch(int batch) {
      return set(TrainingSettings.BATCH, batch);
    }

    /**
     * Sets the number of batches whose gradients are averaged for a step, for batches that do not
     * fit into memory. Default: 1.
     *
     * @throws IllegalArgumentException if {@code accumulate} is less than 1
     */
    public Builder accumulate(int accumulate) {
      return set(TrainingSettings.ACCUMULATE, accumulate);
    }

    /**
     * Sets the side of a patch in pixels of the network's input. Default: the network's own.
     *
     * @throws IllegalArgumentException if {@code patch} is less than 8
     */
    public Builder patch(int patch) {
      return set(TrainingSettings.PATCH, patch);
    }

    /**
     * Sets how patches are chosen: {@code random}, every position alike, which is the default, or
     * {@code grid(stride=14)}, those of a grid in pixels of the network's input, each once before
     * any comes again.
     */
    public Builder sampling(String sampling) {
      return set(TrainingSettings.SAMPLING, sampling);
    }

    /**
     * Sets how small images are made of large ones, such as {@code bicubic}, the default; the forms
     * are in docs/data.md.
     */
    public Builder degradation(String degradation) {
      return set(TrainingSettings.DEGRADATION, degradation);
    }

    /** Sets the seed of weights and data. Default: 1. */
    public Builder seed(long seed) {
      return set(TrainingSettings.SEED, seed);
    }

    /**
     * Sets the number of steps between validations, each with a checkpoint. Default: a twentieth of
     * the run.
     *
     * @throws IllegalArgumentException if {@code validateEvery} is less than 1
     */
    public Builder validateEvery(long validateEvery) {
      return set(TrainingSettings.VALIDATE_EVERY, validateEvery);
    }

    /**
     * Sets the number of last checkpoints that are kept, from the newest of which a run is resumed;
     * an older one is taken if that is damaged. Default: 2.
     *
     * @throws IllegalArgumentException if {@code keep} is less than 1
     */
    public Builder keep(int keep) {
      return set(TrainingSettings.KEEP, keep);
    }

    /**
     * Sets where the high-resolution images to train on are: a folder, which is searched with the
     * folders in it, a {@code .zip} file, or a {@code .txt} file with the path of an image in each
     * line.
     */
    public Builder data(Path data) {
      return set(TrainingSettings.DATA, data);
    }

    /**
     * Sets where the low-resolution images are that belong to those of {@link #data(Path)}, instead
     * of making them. Their names tell which belong together.
     */
    public Builder lowRes(Path lowRes) {
      return set(TrainingSettings.LOW_RES, lowRes);
    }

    /**
     * Sets how much memory decoded images may take; those beyond it are decoded again when they are
     * needed. Default: what the library thinks fit.
     *
     * @throws IllegalArgumentException if {@code cacheMegabytes} is negative
     */
    public Builder cacheMegabytes(int cacheMegabytes) {
      return set(TrainingSettings.CACHE_MEGABYTES, cacheMegabytes);
    }

    /**
     * Sets whether images that cannot be read are left out, and named in a message, instead of
     * ending the run before it begins. Default: false.
     */
    public Builder skipUnreadable(boolean skipUnreadable) {
      return set(TrainingSettings.SKIP_UNREADABLE, skipUnreadable);
    }

    /** Sets the batches to train on, instead of a folder of images. */
    public Builder data(PatchBatch.Source source) {
      this.source = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets the folder of high-resolution images to validate on. Without it, the run exports its
     * last weights instead of its best.
     */
    public Builder validate(Path validate) {
      return set(TrainingSettings.VALIDATE, validate);
    }

    /** Sets the folder that gets checkpoints, report and model; it is created. */
    public Builder out(Path out) {
      return set(TrainingSettings.OUT, out);
    }

    /** Sets whether the run continues from its last checkpoint, if there is one. Default: false. */
    public Builder resume(boolean resume) {
      this.resume = resume;
      return this;
    }

    /** Adds someone who is told how the run goes. */
    public Builder listener(Listener listener) {
      listeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    /** Returns the settings so far; whether they go together is up to {@link #build}. */
    public TrainingSettings settings() {
      return new TrainingSettings(values, resume, Optional.ofNullable(source), listeners);
    }

    /**
     * Returns the run. Everything that can be refused before images are read is refused here.
     *
     * @throws io.github.sr4j.BackendNotFoundException if sr-training or a training engine is not on
     *     the class path
     * @throws IllegalArgumentException if there is no such network, optimizer, clipping, precision,
     *     schedule, sampling or degradation, or it has no such argument; or the network does not
     *     have the scales, or the frozen weights; or the loss cannot measure its patches
     * @throws IllegalStateException if there is no output folder; not exactly one of images and a
     *     source of batches; low-resolution images without high-resolution ones; a scale that is
     *     not among the scales; or something that goes by the PSNR of validations, but no images to
     *     validate on
     */
    public Trainer build() {
      TrainingSettings settings = settings();
      boolean hasData = settings.isSet(TrainingSettings.DATA);
      check(
          hasData == (source == null),
          "%s must be either images or a source of batches, but %s set",
          TrainingSettings.DATA,
          hasData ? "both were" : "neither was");
      check(
          hasData || !settings.isSet(TrainingSettings.LOW_RES),
          "%s must belong to high-resolution images, but there are none",
          TrainingSettings.LOW_RES);
      for (Setting<?> setting : TrainingSettings.all()) {
        check(
            source == null || !setting.isOfImages() || !settings.isSet(setting),
            "%s must not be set where a source makes the batches",
            setting);
      }
      check(
          settings.isSet(TrainingSettings.OUT),
          "%s must be set to the folder that gets the results",
          TrainingSettings.OUT);
      int scale = settings.get(TrainingSettings.SCALE);
      List<Integer> scales = settings.get(TrainingSettings.SCALES);
      check(
          scales.contains(scale),
          "%s must contain the scale %s, but was %s",
          TrainingSettings.SCALES,
          scale,
          scales);
      check(
          settings.isSet(TrainingSettings.VALIDATE)
              || !settings.isSet(TrainingSettings.EARLY_STOPPING),
          "%s must have images to validate on, but there are none",
          TrainingSettings.EARLY_STOPPING);
      Runner runner = Runner.get();
      runner.check(settings);
      return new Trainer(settings, runner);
    }

    private static void check(
        boolean holds, String template, Setting<?> setting, @Nullable Object... arguments) {
      if (!holds) {
        SettingException refusal = setting.refusal(template, arguments);
        throw new IllegalStateException(refusal.getMessage(), refusal);
      }
    }
  }

  /**
   * Is told how a run goes, on the thread that trains; what it throws ends the run.
   *
   * <p>Every method does nothing unless it is overridden.
   */
  public interface Listener {

    /**
     * A step of a run. Immutable.
     *
     * @param step the number of steps done, from 1
     * @param steps the number of steps of the run
     * @param loss the loss of the step's batch
     * @param terms what each term of the loss contributed, in the order of {@link Loss#terms};
     *     empty if the backend does not tell them apart
     * @param measures what else the step measured, by name; empty for most losses
     * @param learningRate the rate of the step
     * @param elapsed the time since the run began or was resumed
     * @param waited the part of it in which training waited for batches
     */
    record Step(
        long step,
        long steps,
        double loss,
        List<Double> terms,
        Map<String, Double> measures,
        double learningRate,
        Duration elapsed,
        Duration waited) {

      /** Copies the terms and the measures. */
      public Step {
        terms = ImmutableList.copyOf(terms);
        measures = ImmutableMap.copyOf(measures);
      }
    }

    /** A step is done. */
    default void stepDone(Step step) {}

    /** The network was validated. */
    default void validated(Report.Validation validation) {}

    /**
     * Something happened that a person should read.
     *
     * @param message a sentence, such as that the run was resumed
     */
    default void message(String message) {}
  }

  /**
   * The result of a training run.
   *
   * @param network the network, with its arguments
   * @param scale the scale of the network
   * @param loss the loss, as text
   * @param seed the seed of weights and data
   * @param parameters the number of trainable values
   * @param steps the number of steps done, summed over resumes
   * @param duration the time spent, summed over resumes
   * @param lastLoss the mean loss since the last validation
   * @param validations the validations, in order
   * @param model the exported ONNX file
   * @param parity the largest difference between the network and the exported file on an image in
   *     [0, 1]
   */
  public record Report(
      String network,
      int scale,
      String loss,
      long seed,
      long parameters,
      long steps,
      Duration duration,
      double lastLoss,
      List<Validation> validations,
      Path model,
      double parity) {

    /**
     * The quality of the network after a number of steps, by the paper's protocol.
     *
     * @param step the number of steps done
     * @param loss the mean loss since the validation before
     * @param psnr the mean peak signal-to-noise ratio of the luma, in dB
     * @param ssim the mean structural similarity of the luma
     */
    public record Validation(long step, double loss, double psnr, double ssim) {}

    /** Copies the validations. */
    public Report {
      validations = ImmutableList.copyOf(validations);
    }

    /** Returns the validation with the highest PSNR, the one whose weights were exported. */
    public Optional<Validation> best() {
      return validations.stream()
          .filter(validation -> Double.isFinite(validation.psnr())) // those of earlier versions
          .max((a, b) -> Double.compare(a.psnr(), b.psnr()));
    }
  }

  /**
   * Does the run that a {@link Trainer} describes: data, steps, validation, checkpoints and export.
   *
   * <p>Found with {@link java.util.ServiceLoader}; sr-training contains the one of this library.
   * Implementations are stateless and safe for use by multiple threads.
   */
  public interface Runner {

    /** The name by which messages call this runner; lower-case and unique. */
    String name();

    /**
     * Refuses settings that no run can have, without reading images.
     *
     * @throws BackendNotFoundException if there is no training engine, or not the one that is asked
     *     for
     * @throws IllegalArgumentException if a setting is not allowed; the message lists what there is
     */
    void check(TrainingSettings settings);

    /**
     * Does a run to its end.
     *
     * @throws IOException if the data cannot be read or the results cannot be written
     */
    Report run(TrainingSettings settings) throws IOException;

    /**
     * Returns the runner on the class path, the first by name if there are several.
     *
     * @throws BackendNotFoundException if there is none
     */
    static Runner get() {
      return Providers.discover(
              Runner.class, loader -> ServiceLoader.load(Runner.class, loader), Runner::name)
          .stream()
          .findFirst()
          .orElseThrow(
              () ->
                  new BackendNotFoundException(
                      "no training runner is on the class path. Add the artifact sr-training.",
                      null));
    }
  }
}
