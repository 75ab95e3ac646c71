// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Providers;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Optimizer;
import io.github.sr4j.train.TrainingSettings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
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

  /**
   * The course of the learning rate. Immutable; equal if it gives the same rates.
   *
   * <p>Its printed form, such as {@code cosine(warm_up=500)}, is the text of {@code run.yaml} and
   * of the command line, which {@link #parse} reads.
   */
  public static final class Schedule {

    /** The shape of a course. */
    public enum Course {
      /** The rate stays what it is. */
      CONSTANT,
      /**
       * The rate falls to nothing along half a cosine: I. Loshchilov and F. Hutter, <i>SGDR:
       * Stochastic Gradient Descent with Warm Restarts</i>, ICLR 2017, without restarts.
       */
      COSINE,
      /** The rate is multiplied by a factor after each of equal lengths. */
      STEP,
      /** The rate is multiplied by a factor whenever the PSNR has not risen for long enough. */
      PLATEAU
    }

    /**
     * A length of training.
     *
     * @param value a number of steps, or the part of the run in percent
     * @param isPercent which of the two it is
     */
    public record Length(double value, boolean isPercent) {

      /**
       * Checks the value.
       *
       * @throws IllegalArgumentException if it is neither a whole number of steps of at least 0,
       *     nor within 0 to 100 percent
       */
      public Length {
        checkArgument(
            isPercent
                ? value >= 0 && value <= 100
                : value >= 0 && value == Math.rint(value) && value < Long.MAX_VALUE,
            "length must be a whole number of steps, or within 0 to 100 percent, but was %s%s",
            value,
            isPercent ? "%" : "");
      }

      /** Returns a length in steps. */
      public static Length steps(long steps) {
        return new Length(steps, false);
      }

      /** Returns a part of the run; 100 is all of it. */
      public static Length percent(double percent) {
        return new Length(percent, true);
      }

      private static Length parse(String schedule, String key, String text) {
        boolean isPercent = text.endsWith("%");
        try {
          return new Length(
              Double.parseDouble(isPercent ? text.substring(0, text.length() - 1) : text),
              isPercent);
        } catch (IllegalArgumentException e) { // no number, or none that a length has
          throw new IllegalArgumentException(
              String.format(
                  "%s of %s must be a part of the run such as 25%%, or a number of steps, but was"
                      + " \"%s\"",
                  key, schedule, text),
              e);
        }
      }

      /** Returns the length in steps of a run, which may be a fraction. */
      public double in(long steps) {
        return isPercent ? steps * value / 100 : value;
      }

      @Override
      public String toString() {
        return Arguments.text(value) + (isPercent ? "%" : "");
      }
    }

    private static final Length NONE = Length.steps(0);

    private final Course course;
    private final Length warmUp;
    private final Length every;
    private final double factor;
    private final int patience;

    private Schedule(Course course, Length warmUp, Length every, double factor, int patience) {
      boolean isFalling = course == Course.STEP || course == Course.PLATEAU;
      checkArgument(
          !isFalling || (factor > 0 && factor < 1),
          "factor of %s must be more than 0 and less than 1, but was %s",
          Ascii.toLowerCase(course.name()),
          factor);
      checkArgument(
          course != Course.STEP || every.value() > 0,
          "every of step must be more than 0, but was %s",
          every);
      checkArgument(
          course != Course.PLATEAU || patience >= 1,
          "patience of plateau must be at least 1, but was %s",
          patience);
      this.course = course;
      this.warmUp = warmUp;
      this.every = every;
      this.factor = factor;
      this.patience = patience;
    }

    /** Returns a constant rate, {@code constant} in texts. */
    public static Schedule constant() {
      return new Schedule(Course.CONSTANT, NONE, NONE, 1, 0);
    }

    /** Returns half a cosine with a warm-up of 1% of the run, {@code cosine} in texts. */
    public static Schedule cosine() {
      return new Schedule(Course.COSINE, defaultWarmUp(Course.COSINE), NONE, 1, 0);
    }

    /**
     * Returns steps, {@code step(every=25%, factor=0.5)} in texts.
     *
     * @param every the length after which the rate is multiplied by {@code factor}
     * @throws IllegalArgumentException if {@code every} is 0, or {@code factor} is not more than 0
     *     and less than 1
     */
    public static Schedule step(Length every, double factor) {
      return new Schedule(Course.STEP, NONE, every, factor, 0);
    }

    /**
     * Returns steps at plateaus, {@code plateau(patience=3, factor=0.5)} in texts.
     *
     * @param patience the number of validations without a better PSNR after which the rate is
     *     multiplied by {@code factor}
     * @throws IllegalArgumentException if {@code patience} is less than 1, or {@code factor} is not
     *     more than 0 and less than 1
     */
    public static Schedule plateau(int patience, double factor) {
      return new Schedule(Course.PLATEAU, NONE, NONE, factor, patience);
    }

    /**
     * Reads {@code constant}, {@code cosine}, {@code step(every=25%, factor=0.5)} or {@code
     * plateau(patience=3, factor=0.5)}, each with {@code warm_up}, the steps in which the rate
     * first rises linearly from nothing, as a number or as a part of the run: 0 by default, but
     * {@code 1%} for {@code cosine}. Each argument has the value here if it is left out.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static Schedule parse(String text) {
      Arguments arguments = Arguments.parse(text);
      String name = arguments.name();
      Course course =
          switch (name) {
            case "constant" -> Course.CONSTANT;
            case "cosine" -> Course.COSINE;
            case "step" -> Course.STEP;
            case "plateau" -> Course.PLATEAU;
            default ->
                throw new SettingException(
                    "%s must be one of constant, cosine, step, plateau, but was \"%s\"",
                    new SettingName("schedule"), name);
          };
      String warmUp = arguments.text("warm_up", defaultWarmUp(course).toString());
      boolean isStep = course == Course.STEP;
      boolean isPlateau = course == Course.PLATEAU;
      Length every = isStep ? Length.parse(name, "every", arguments.text("every", "25%")) : NONE;
      double factor = isStep || isPlateau ? arguments.number("factor", 0.5) : 1;
      int patience = isPlateau ? arguments.integer("patience", 3, 1, Integer.MAX_VALUE) : 0;
      arguments.refuseUnread();
      return new Schedule(course, Length.parse(name, "warm_up", warmUp), every, factor, patience);
    }

    private static Length defaultWarmUp(Course course) {
      return course == Course.COSINE ? Length.percent(1) : NONE;
    }

    /**
     * Returns a copy whose rate first rises linearly from nothing.
     *
     * @throws IllegalArgumentException if {@code steps} is negative
     */
    public Schedule warmUp(long steps) {
      return warmUp(Length.steps(steps));
    }

    /** Returns a copy whose rate first rises linearly from nothing. */
    public Schedule warmUp(Length warmUp) {
      return new Schedule(course, requireNonNull(warmUp, "warmUp"), every, factor, patience);
    }

    /** Returns the shape of the course. */
    public Course course() {
      return course;
    }

    /** Returns the length in which the rate first rises. */
    public Length warmUp() {
      return warmUp;
    }

    /** Returns the length between two steps of {@link Course#STEP}; 0 steps for others. */
    public Length every() {
      return every;
    }

    /** Returns the factor of {@link Course#STEP} and {@link Course#PLATEAU}; 1 for others. */
    public double factor() {
      return factor;
    }

    /** Returns the number of validations of {@link Course#PLATEAU}; 0 for others. */
    public int patience() {
      return patience;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Schedule schedule && toString().equals(schedule.toString());
    }

    @Override
    public int hashCode() {
      return toString().hashCode();
    }

    @Override
    public String toString() {
      List<String> arguments = new ArrayList<>();
      if (course == Course.STEP) {
        arguments.add("every=" + every);
      }
      if (course == Course.PLATEAU) {
        arguments.add("patience=" + patience);
      }
      if (factor != 1) {
        arguments.add("factor=" + Arguments.text(factor));
      }
      if (!warmUp.equals(defaultWarmUp(course))) {
        arguments.add("warm_up=" + warmUp);
      }
      String name = Ascii.toLowerCase(course.name());
      return arguments.isEmpty() ? name : name + "(" + String.join(", ", arguments) + ")";
    }
  }

  /**
   * The choice of patches: any, drawn anew each time, or those of a grid, each once in an epoch.
   * Immutable.
   *
   * <p>Its printed form, such as {@code random(detail=0.75)}, is the text of {@code run.yaml} and
   * of the command line, which {@link #parse} reads.
   *
   * @param isGrid whether positions are those of a grid
   * @param stride the distance of two positions of a grid in pixels of the network's input; 1 if
   *     there is none
   * @param flips whether patches are flipped and rotated
   * @param detail the probability with which a random patch is the more detailed of two; 0 on a
   *     grid
   * @param reductions the factors by which each image is reduced to make further images of it, to
   *     cut patches from these, too: the scaling of C. Dong et al., Accelerating the
   *     Super-Resolution Convolutional Neural Network, ECCV 2016
   */
  public record Sampling(
      boolean isGrid, int stride, boolean flips, double detail, List<Double> reductions) {

    private static final int MAX_STRIDE = 1 << 20;
    private static final double MIN_REDUCTION = 0.1;

    /** Checks the values. */
    public Sampling {
      checkArgument(
          stride >= 1 && stride <= (isGrid ? MAX_STRIDE : 1),
          "stride of %s must be within 1 to %s, but was %s",
          isGrid ? "grid" : "random",
          isGrid ? MAX_STRIDE : 1,
          stride);
      checkArgument(
          detail >= 0 && detail <= 1, "detail of random must be within 0 to 1, but was %s", detail);
      checkArgument(!isGrid || detail == 0, "detail of grid must be 0, but was %s", detail);
      reductions = List.copyOf(reductions);
      for (double reduction : reductions) {
        checkArgument(
            reduction >= MIN_REDUCTION && reduction < 1,
            "reductions must be at least %s and less than 1, but were %s",
            MIN_REDUCTION,
            reductions);
      }
      checkArgument(
          Set.copyOf(reductions).size() == reductions.size(),
          "reductions must be different, but were %s",
          reductions);
    }

    /** Returns positions drawn uniformly, with flips and rotations, {@code random} in texts. */
    public static Sampling random() {
      return random(0);
    }

    /**
     * Returns positions of which detailed ones are preferred, {@code random(detail=0.75)} in texts.
     *
     * @param detail the probability with which a patch is the more detailed of two
     * @throws IllegalArgumentException if {@code detail} is not within 0 to 1
     */
    public static Sampling random(double detail) {
      return new Sampling(false, 1, true, detail, List.of());
    }

    /**
     * Returns the positions of a grid, without flips, {@code grid(stride=14)} in texts.
     *
     * @param stride the distance of two positions in pixels of the network's input
     * @throws IllegalArgumentException if {@code stride} is not within 1 to 1048576
     */
    public static Sampling grid(int stride) {
      return new Sampling(true, stride, false, 0, List.of()); // SRCNN trained without flips
    }

    /**
     * Reads {@code random(flips=true, detail=0)} or {@code grid(stride=14, flips=false)}. Each
     * argument has the value here if it is left out. Both take {@code reductions=0.9-0.8-0.7-0.6},
     * none of which is the default.
     *
     * @throws IllegalArgumentException if the text is none of these
     */
    public static Sampling parse(String text) {
      Arguments arguments = Arguments.parse(text);
      boolean isGrid = arguments.name().equals("grid");
      SettingException.check(
          isGrid || arguments.name().equals("random"),
          "%s must be random or grid, but was \"%s\"",
          new SettingName("sampling"),
          text);
      int stride = isGrid ? arguments.integer("stride", 14, 1, MAX_STRIDE) : 1;
      String flips = arguments.text("flips", Boolean.toString(!isGrid));
      checkArgument(
          flips.equals("true") || flips.equals("false"),
          "flips of %s must be true or false, but was \"%s\"",
          arguments.name(),
          flips);
      double detail = isGrid ? 0 : arguments.number("detail", 0);
      Sampling sampling =
          new Sampling(isGrid, stride, flips.equals("true"), detail, reductions(arguments));
      arguments.refuseUnread();
      return sampling;
    }

    private static List<Double> reductions(Arguments arguments) {
      String text = arguments.text("reductions", "");
      List<Double> reductions = new ArrayList<>();
      try {
        for (String factor : Splitter.on('-').trimResults().omitEmptyStrings().split(text)) {
          reductions.add(Double.parseDouble(factor));
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "reductions must be numbers such as 0.7-0.5, but were \"" + text + "\"", e);
      }
      return reductions;
    }

    /** Returns a copy whose patches are flipped and rotated, or are not. */
    public Sampling flips(boolean flips) {
      return new Sampling(isGrid, stride, flips, detail, reductions);
    }

    /**
     * Returns a copy with patches of reduced images, too, {@code random(reductions=0.7-0.5)} in
     * texts.
     *
     * @param factors of the sides of the images, such as 0.5; at least 0.1 and less than 1
     * @throws IllegalArgumentException if one is not, or one is there twice
     */
    public Sampling reductions(double... factors) {
      return new Sampling(isGrid, stride, flips, detail, Doubles.asList(factors));
    }

    @Override
    public String toString() {
      List<String> arguments = new ArrayList<>();
      if (isGrid) {
        arguments.add("stride=" + stride);
      }
      if (flips == isGrid) {
        arguments.add("flips=" + flips);
      }
      if (detail != 0) {
        arguments.add("detail=" + Arguments.text(detail));
      }
      if (!reductions.isEmpty()) {
        arguments.add(
            reductions.stream().map(Arguments::text).collect(joining("-", "reductions=", "")));
      }
      String name = isGrid ? "grid" : "random";
      return arguments.isEmpty() ? name : name + "(" + String.join(", ", arguments) + ")";
    }
  }

  /**
   * The making of low-resolution images from high-resolution ones, which prints as the text of
   * {@code run.yaml} and of the command line. The {@code Degradation} of sr-training, which does
   * it, is one.
   */
  public interface Degradation {

    /**
     * Returns the degradation of a text, such as {@code blur(sigma=1-3) then bicubic}; docs/data.md
     * has the steps. {@link Builder#build} checks their names and arguments.
     *
     * @throws IllegalArgumentException if it is not of this form
     */
    static Degradation of(String text) {
      return new DegradationText(
          Arrays.stream(text.split("\\sthen\\s", -1))
              .map(step -> Arguments.parse(step).toString())
              .collect(Collectors.joining(" then ")));
    }

    /** Returns the text. */
    @Override
    String toString();
  }

  private record DegradationText(String text) implements Degradation {

    @Override
    public String toString() {
      return text;
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

    /** Sets the rule that turns gradients into steps. Default: {@link Optimizer#adam}. */
    public Builder optimizer(Optimizer optimizer) {
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

    /** Sets the course of the learning rate. Default: {@link Schedule#cosine}. */
    public Builder schedule(Schedule schedule) {
      return set(TrainingSettings.SCHEDULE, schedule);
    }

    /**
     * Sets how gradients are bounded: {@link Clipping#none}, the default, {@link Clipping#norm},
     * {@link Clipping#value} or {@link Clipping#adjustable}.
     */
    public Builder clipping(Clipping clipping) {
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
     * Sets a file whose weights the run starts from: a checkpoint, an ONNX file that this library
     * has exported, or a NumPy {@code .npz} file with an array for each weight. Weights of other
     * names or shapes, such as the last layers of a network of another scale, are drawn from the
     * seed.
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
     * Sets how patches are chosen: {@link Sampling#random()} by default, every position alike, or
     * {@link Sampling#grid}, those of a grid, each once before any comes again.
     */
    public Builder sampling(Sampling sampling) {
      return set(TrainingSettings.SAMPLING, sampling);
    }

    /**
     * Sets how low-resolution images are made of high-resolution ones: by MATLAB's bicubic, if
     * nothing is set. docs/data.md has the forms.
     */
    public Builder degradation(Degradation degradation) {
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
     * @throws IllegalArgumentException if there is no such network, precision or degradation, or it
     *     has no such argument; or the network does not have the scales, or the frozen weights; or
     *     the loss cannot measure its patches
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
