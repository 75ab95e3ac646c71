// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.github.sr4j.spi.Loss;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A training run: which network, on which images, under which loss, for how long. Immutable and
 * safe for use by multiple threads.
 *
 * <pre>{@code
 * TrainingReport report = Trainer.builder()
 *     .network("srcnn").scale(3)
 *     .data(Path.of("photos")).validation(Path.of("Set5"))
 *     .output(Path.of("runs/srcnn-x3"))
 *     .build()
 *     .train();
 * }</pre>
 *
 * <p>Equal descriptions, data and threads give equal weights, bit for bit, also when a run was
 * killed and resumed.
 */
public final class Trainer {

  private final String network;
  private final Optional<String> engine;
  private final String precision;
  private final int scale;
  private final ImmutableList<Integer> scales;
  private final Loss loss;
  private final String optimizer;
  private final double learningRate;
  private final String schedule;
  private final String clipping;
  private final double averaging;
  private final ImmutableList<String> frozen;
  private final Optional<Path> initialFrom;
  private final long steps;
  private final Optional<Duration> timeLimit;
  private final OptionalInt earlyStopping;
  private final int batchSize;
  private final int accumulate;
  private final OptionalInt patchSize;
  private final String sampling;
  private final String degradation;
  private final long seed;
  private final long validateEvery;
  private final int keep;
  private final Optional<Path> data;
  private final Optional<Path> lowRes;
  private final Optional<ImagePatchSource> source;
  private final OptionalInt cacheMegabytes;
  private final boolean skipUnreadable;
  private final Optional<Path> validation;
  private final Path output;
  private final boolean resume;
  private final ImmutableList<TrainingListener> listeners;

  private Trainer(Builder builder, Path output) {
    this.network = builder.network;
    this.engine = Optional.ofNullable(builder.engine);
    this.precision = builder.precision;
    this.scale = builder.scale;
    this.scales = builder.scales.isEmpty() ? ImmutableList.of(scale) : builder.scales;
    this.loss = builder.loss;
    this.optimizer = builder.optimizer;
    this.learningRate = builder.learningRate;
    this.schedule = builder.schedule;
    this.clipping = builder.clipping;
    this.averaging = builder.averaging;
    this.frozen = builder.frozen;
    this.initialFrom = Optional.ofNullable(builder.initialFrom);
    this.steps = builder.steps;
    this.timeLimit = Optional.ofNullable(builder.timeLimit);
    this.earlyStopping = builder.earlyStopping;
    this.batchSize = builder.batchSize;
    this.accumulate = builder.accumulate;
    this.patchSize = builder.patchSize;
    this.sampling = builder.sampling;
    this.degradation = builder.degradation;
    this.seed = builder.seed;
    this.keep = builder.keep;
    this.validateEvery =
        builder.validateEvery > 0 ? builder.validateEvery : Math.max(1, builder.steps / 20);
    this.data = Optional.ofNullable(builder.data);
    this.lowRes = Optional.ofNullable(builder.lowRes);
    this.cacheMegabytes = builder.cacheMegabytes;
    this.skipUnreadable = builder.skipUnreadable;
    this.source = Optional.ofNullable(builder.source);
    this.validation = Optional.ofNullable(builder.validation);
    this.output = output;
    this.resume = builder.resume;
    this.listeners = ImmutableList.copyOf(builder.listeners);
  }

  /** Returns a builder. What has no default is the data and the output folder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Trains the network to the end of the run, and exports it.
   *
   * @return what came of it; the same is in {@code report.json} of the output folder
   * @throws io.github.sr4j.BackendNotFoundException if sr-training or a training backend is not on
   *     the class path
   * @throws io.github.sr4j.SuperResolutionException if training diverges, or the exported model is
   *     not the same function as the network
   * @throws IOException if the data cannot be read or the results cannot be written
   */
  public TrainingReport train() throws IOException {
    return TrainingRunner.get().run(this);
  }

  /** Returns the network, with its arguments. */
  public String network() {
    return network;
  }

  /** Returns by how much the network enlarges, where it is validated and exported. */
  public int scale() {
    return scale;
  }

  /** Returns the scales that are trained at once. */
  public List<Integer> scales() {
    return scales;
  }

  /** Returns the loss, which training minimises. */
  public Loss loss() {
    return loss;
  }

  /** Returns the rule that turns gradients into steps, with its arguments. */
  public String optimizer() {
    return optimizer;
  }

  /** Returns the highest learning rate of the run. */
  public double learningRate() {
    return learningRate;
  }

  /** Returns the course of the learning rate, with its arguments. */
  public String schedule() {
    return schedule;
  }

  /** Returns the engine that the run asks for; empty for the one of the highest priority. */
  public Optional<String> engine() {
    return engine;
  }

  /** Returns the precision of the network's arithmetic. */
  public String precision() {
    return precision;
  }

  /** Returns how gradients are bounded. */
  public String clipping() {
    return clipping;
  }

  /** Returns the decay of the average of the weights; 0 if none is kept. */
  public double averaging() {
    return averaging;
  }

  /** Returns the names of the weights that stay as they are. */
  public List<String> frozen() {
    return frozen;
  }

  /** Returns the file whose weights the run starts from. */
  public Optional<Path> initialFrom() {
    return initialFrom;
  }

  /** Returns the number of steps of the run. */
  public long steps() {
    return steps;
  }

  /** Returns the time after which the run ends, if it has not done its steps by then. */
  public Optional<Duration> timeLimit() {
    return timeLimit;
  }

  /** Returns after how many validations without a better PSNR the run ends. */
  public OptionalInt earlyStopping() {
    return earlyStopping;
  }

  /** Returns the number of patches in a batch. */
  public int batchSize() {
    return batchSize;
  }

  /** Returns the number of batches in a step. */
  public int accumulate() {
    return accumulate;
  }

  /**
   * Returns the side of a patch in pixels of the network's input; empty for the network's default.
   */
  public OptionalInt patchSize() {
    return patchSize;
  }

  /** Returns how patches are chosen, with its arguments. */
  public String sampling() {
    return sampling;
  }

  /** Returns how small images are made of large ones. */
  public String degradation() {
    return degradation;
  }

  /** Returns the seed of weights and data. */
  public long seed() {
    return seed;
  }

  /** Returns the number of steps between validations, each with a checkpoint. */
  public long validateEvery() {
    return validateEvery;
  }

  /** Returns the number of last checkpoints that are kept. */
  public int keep() {
    return keep;
  }

  /** Returns where the images to train on are, unless the caller makes the batches. */
  public Optional<Path> data() {
    return data;
  }

  /** Returns where the small images that belong to those of {@link #data} are. */
  public Optional<Path> lowRes() {
    return lowRes;
  }

  /** Returns how much memory decoded images may take; empty for what the library thinks fit. */
  public OptionalInt cacheMegabytes() {
    return cacheMegabytes;
  }

  /** Returns whether images that cannot be read are left out. */
  public boolean isSkippingUnreadable() {
    return skipUnreadable;
  }

  /** Returns the batches to train on, if the caller makes them. */
  public Optional<ImagePatchSource> source() {
    return source;
  }

  /** Returns the folder of images to validate on. */
  public Optional<Path> validation() {
    return validation;
  }

  /** Returns the folder that gets checkpoints, report and model. */
  public Path output() {
    return output;
  }

  /** Returns whether the run continues from its last checkpoint, if there is one. */
  public boolean isResumed() {
    return resume;
  }

  /** Returns who is told how the run goes. */
  public List<TrainingListener> listeners() {
    return listeners;
  }

  /** The parts of a run. Not thread-safe. */
  public static final class Builder {

    private String network = "compact";
    private @Nullable String engine;
    private String precision = "fp32";
    private int scale = 2;
    private ImmutableList<Integer> scales = ImmutableList.of();
    private Loss loss = Losses.l1();
    private String optimizer = "adam";
    private double learningRate = 1e-3;
    private String schedule = "cosine";
    private String clipping = "none";
    private double averaging;
    private ImmutableList<String> frozen = ImmutableList.of();
    private @Nullable Path initialFrom;
    private long steps = 10_000;
    private @Nullable Duration timeLimit;
    private OptionalInt earlyStopping = OptionalInt.empty();
    private int batchSize = 16;
    private int accumulate = 1;
    private OptionalInt patchSize = OptionalInt.empty();
    private String sampling = "random";
    private String degradation = "bicubic";
    private long seed = 1;
    private long validateEvery;
    private int keep = 2;
    private @Nullable Path data;
    private @Nullable Path lowRes;
    private @Nullable ImagePatchSource source;
    private OptionalInt cacheMegabytes = OptionalInt.empty();
    private boolean skipUnreadable;
    private @Nullable Path validation;
    private @Nullable Path output;
    private boolean resume;
    private final List<TrainingListener> listeners = new ArrayList<>();

    private Builder() {}

    /** Sets the network, with its arguments if it has any. Default: {@code compact}. */
    public Builder network(String network) {
      this.network = requireNonNull(network, "network");
      return this;
    }

    /**
     * Sets the engine that trains, by the name of its {@link io.github.sr4j.spi.TrainingProvider},
     * such as {@code dl4j} or {@code torch}. Default: that of the highest priority on the class
     * path, which is {@code dl4j} where there are both.
     */
    public Builder engine(String engine) {
      this.engine = requireNonNull(engine, "engine");
      return this;
    }

    /**
     * Sets the precision of the network's arithmetic: {@code fp32}, the default, {@code bf16} or
     * {@code auto}; see {@link io.github.sr4j.spi.TrainingSetup#precision(String)}.
     */
    public Builder precision(String precision) {
      this.precision = requireNonNull(precision, "precision");
      return this;
    }

    /**
     * Sets by how much the network enlarges. Default: 2.
     *
     * @throws IllegalArgumentException if {@code scale} is not within 1 to 16
     */
    public Builder scale(int scale) {
      checkArgument(scale >= 1 && scale <= 16, "scale must be within 1 to 16, but was %s", scale);
      this.scale = scale;
      return this;
    }

    /**
     * Sets the scales that are trained at once, for networks that can. Default: {@link #scale}
     * alone, which must be one of them.
     *
     * @throws IllegalArgumentException if one is not within 1 to 16
     */
    public Builder scales(List<Integer> scales) {
      for (int each : scales) {
        checkArgument(
            each >= 1 && each <= 16, "scales must be within 1 to 16, but were %s", scales);
      }
      this.scales = ImmutableSortedSet.copyOf(scales).asList();
      return this;
    }

    /** Sets what training minimises. Default: {@link Losses#l1}. */
    public Builder loss(Loss loss) {
      this.loss = requireNonNull(loss, "loss");
      return this;
    }

    /** Sets the rule that turns gradients into steps, with its arguments. Default: {@code adam}. */
    public Builder optimizer(String optimizer) {
      this.optimizer = requireNonNull(optimizer, "optimizer");
      return this;
    }

    /**
     * Sets the highest learning rate of the run. Default: 1e-3.
     *
     * @throws IllegalArgumentException if {@code learningRate} is not positive
     */
    public Builder learningRate(double learningRate) {
      checkArgument(
          learningRate > 0 && Double.isFinite(learningRate),
          "learningRate must be positive, but was %s",
          learningRate);
      this.learningRate = learningRate;
      return this;
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
      this.schedule = requireNonNull(schedule, "schedule");
      return this;
    }

    /**
     * Sets how gradients are bounded: {@code none}, the default, {@code norm(1)}, {@code
     * value(0.1)} or {@code adjustable(0.4)}; see {@link
     * io.github.sr4j.spi.TrainingSetup#clipping(String)}.
     */
    public Builder clipping(String clipping) {
      this.clipping = requireNonNull(clipping, "clipping");
      return this;
    }

    /**
     * Sets the decay of the exponential moving average (EMA) of the weights, such as 0.999: a = d a
     * + (1 - d) w after step t, where d is the smaller one of the decay and (1 + t) / (10 + t). If
     * it is not 0, the average is what is validated and exported. Default: 0, no average.
     *
     * @throws IllegalArgumentException if {@code averaging} is not at least 0 and less than 1
     */
    public Builder averaging(double averaging) {
      checkArgument(
          averaging >= 0 && averaging < 1,
          "averaging must be at least 0 and less than 1, but was %s",
          averaging);
      this.averaging = averaging;
      return this;
    }

    /**
     * Sets the names of the weights that stay as they are; one that ends in {@code *} stands for
     * all that begin so. Default: none.
     */
    public Builder frozen(List<String> frozen) {
      this.frozen = ImmutableList.copyOf(frozen);
      return this;
    }

    /**
     * Sets a file whose weights the run starts from: a checkpoint, or a NumPy {@code .npz} file
     * with an array for each weight. Weights of other names or shapes, such as the last layers of a
     * network of another scale, are drawn from the seed.
     */
    public Builder initialFrom(Path initialFrom) {
      this.initialFrom = requireNonNull(initialFrom, "initialFrom");
      return this;
    }

    /**
     * Sets the number of steps. Default: 10,000.
     *
     * @throws IllegalArgumentException if {@code steps} is less than 1
     */
    public Builder steps(long steps) {
      checkArgument(steps >= 1, "steps must be at least 1, but was %s", steps);
      this.steps = steps;
      return this;
    }

    /**
     * Sets a limit on training time, summed over resumes; the run then ends as if all steps were
     * done. Default: none.
     *
     * @throws IllegalArgumentException if {@code timeLimit} is not positive
     */
    public Builder timeLimit(Duration timeLimit) {
      checkArgument(
          !timeLimit.isNegative() && !timeLimit.isZero(),
          "timeLimit must be positive, but was %s",
          timeLimit);
      this.timeLimit = timeLimit;
      return this;
    }

    /**
     * Ends the run when so many validations in a row have brought no better PSNR. Default: it does
     * its steps.
     *
     * @throws IllegalArgumentException if {@code validations} is less than 1
     */
    public Builder earlyStopping(int validations) {
      checkArgument(
          validations >= 1, "earlyStopping must be at least 1 validation, but was %s", validations);
      this.earlyStopping = OptionalInt.of(validations);
      return this;
    }

    /**
     * Sets the number of patches in a batch. Default: 16.
     *
     * @throws IllegalArgumentException if {@code batchSize} is less than 1
     */
    public Builder batchSize(int batchSize) {
      checkArgument(batchSize >= 1, "batchSize must be at least 1, but was %s", batchSize);
      this.batchSize = batchSize;
      return this;
    }

    /**
     * Sets the number of batches whose gradients are averaged for a step, for batches that do not
     * fit into memory. Default: 1.
     *
     * @throws IllegalArgumentException if {@code batches} is less than 1
     */
    public Builder accumulate(int batches) {
      checkArgument(batches >= 1, "accumulate must be at least 1 batch, but was %s", batches);
      this.accumulate = batches;
      return this;
    }

    /**
     * Sets the side of a patch in pixels of the network's input. Default: the network's own.
     *
     * @throws IllegalArgumentException if {@code patchSize} is less than 8
     */
    public Builder patchSize(int patchSize) {
      checkArgument(patchSize >= 8, "patchSize must be at least 8 pixels, but was %s", patchSize);
      this.patchSize = OptionalInt.of(patchSize);
      return this;
    }

    /**
     * Sets how patches are chosen: {@code random}, every position alike, which is the default, or
     * {@code grid(stride=14)}, those of a grid in pixels of the network's input, each once before
     * any comes again.
     */
    public Builder sampling(String sampling) {
      this.sampling = requireNonNull(sampling, "sampling");
      return this;
    }

    /**
     * Sets how small images are made of large ones, such as {@code bicubic}, the default; the forms
     * are in docs/data.md.
     */
    public Builder degradation(String degradation) {
      this.degradation = requireNonNull(degradation, "degradation");
      return this;
    }

    /** Sets the seed of weights and data. Default: 1. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Sets the number of steps between validations, each with a checkpoint. Default: a twentieth of
     * the run.
     *
     * @throws IllegalArgumentException if {@code validateEvery} is less than 1
     */
    public Builder validateEvery(long validateEvery) {
      checkArgument(
          validateEvery >= 1, "validateEvery must be at least 1 step, but was %s", validateEvery);
      this.validateEvery = validateEvery;
      return this;
    }

    /**
     * Sets the number of last checkpoints that are kept, from the newest of which a run is resumed;
     * an older one is taken if that is damaged. Default: 2.
     *
     * @throws IllegalArgumentException if {@code checkpoints} is less than 1
     */
    public Builder keep(int checkpoints) {
      checkArgument(
          checkpoints >= 1, "keep must be at least 1 checkpoint, but was %s", checkpoints);
      this.keep = checkpoints;
      return this;
    }

    /**
     * Sets where the high-resolution images to train on are: a folder, which is searched with the
     * folders in it, a {@code .zip} file, or a {@code .txt} file with the path of an image in each
     * line.
     */
    public Builder data(Path data) {
      this.data = requireNonNull(data, "data");
      return this;
    }

    /**
     * Sets where the low-resolution images are that belong to those of {@link #data(Path)}, instead
     * of making them. Their names tell which belong together.
     */
    public Builder lowRes(Path lowRes) {
      this.lowRes = requireNonNull(lowRes, "lowRes");
      return this;
    }

    /**
     * Sets how much memory decoded images may take; those beyond it are decoded again when they are
     * needed. Default: what the library thinks fit.
     *
     * @throws IllegalArgumentException if {@code cacheMegabytes} is negative
     */
    public Builder cacheMegabytes(int cacheMegabytes) {
      checkArgument(
          cacheMegabytes >= 0, "cacheMegabytes must be at least 0, but was %s", cacheMegabytes);
      this.cacheMegabytes = OptionalInt.of(cacheMegabytes);
      return this;
    }

    /**
     * Sets whether images that cannot be read are left out, and named in a message, instead of
     * ending the run before it begins. Default: false.
     */
    public Builder skipUnreadable(boolean skipUnreadable) {
      this.skipUnreadable = skipUnreadable;
      return this;
    }

    /** Sets the batches to train on, instead of a folder of images. */
    public Builder data(ImagePatchSource source) {
      this.source = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets the folder of high-resolution images to validate on. Without it, the run exports its
     * last weights instead of its best.
     */
    public Builder validation(Path validation) {
      this.validation = requireNonNull(validation, "validation");
      return this;
    }

    /** Sets the folder that gets checkpoints, report and model; it is created. */
    public Builder output(Path output) {
      this.output = requireNonNull(output, "output");
      return this;
    }

    /** Sets whether the run continues from its last checkpoint, if there is one. Default: false. */
    public Builder resume(boolean resume) {
      this.resume = resume;
      return this;
    }

    /** Adds someone who is told how the run goes. */
    public Builder listener(TrainingListener listener) {
      listeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    /**
     * Returns the run.
     *
     * @throws IllegalStateException if there is no output folder; not exactly one of images and a
     *     source of batches; low-resolution images without high-resolution ones; a scale that is
     *     not among the scales; or something that goes by the PSNR of validations, but no images to
     *     validate on
     */
    public Trainer build() {
      checkState(
          (data == null) != (source == null),
          "data must be either images or a source of batches, but %s set",
          data == null ? "neither was" : "both were");
      checkState(
          lowRes == null || data != null, "lowRes must have the images of data that it belongs to");
      checkState(output != null, "output must be set to the folder that gets the results");
      checkState(
          scales.isEmpty() || scales.contains(scale),
          "scales must contain the scale %s, but were %s",
          scale,
          scales);
      checkState(
          validation != null || earlyStopping.isEmpty(),
          "earlyStopping must have images to validate on, but validation is not set");
      return new Trainer(this, output);
    }
  }
}
