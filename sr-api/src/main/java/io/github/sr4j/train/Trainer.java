// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.train;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.spi.TrainingRunner;
import java.io.IOException;
import java.nio.file.Path;
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

  /** The course of the learning rate over a run. */
  public enum Schedule {
    /** The rate stays what it is. */
    CONSTANT,
    /**
     * The rate rises linearly over the first hundredth of the run and then falls to nothing along
     * half a cosine (Loshchilov and Hutter, <i>SGDR</i>, ICLR 2017, without restarts).
     */
    COSINE,
    /** The rate is halved after each quarter of the run. */
    STEP
  }

  private final String network;
  private final int scale;
  private final Loss loss;
  private final String optimizer;
  private final double learningRate;
  private final Schedule schedule;
  private final long steps;
  private final int batchSize;
  private final OptionalInt patchSize;
  private final long seed;
  private final long validateEvery;
  private final Optional<Path> data;
  private final Optional<ImagePatchSource> source;
  private final Optional<Path> validation;
  private final Path output;
  private final boolean resume;
  private final ImmutableList<TrainingListener> listeners;

  private Trainer(Builder builder, Path output) {
    this.network = builder.network;
    this.scale = builder.scale;
    this.loss = builder.loss;
    this.optimizer = builder.optimizer;
    this.learningRate = builder.learningRate;
    this.schedule = builder.schedule;
    this.steps = builder.steps;
    this.batchSize = builder.batchSize;
    this.patchSize = builder.patchSize;
    this.seed = builder.seed;
    this.validateEvery =
        builder.validateEvery > 0 ? builder.validateEvery : Math.max(1, builder.steps / 20);
    this.data = Optional.ofNullable(builder.data);
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

  /** Returns by how much the network enlarges. */
  public int scale() {
    return scale;
  }

  /** Returns what training minimises. */
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

  /** Returns the course of the learning rate. */
  public Schedule schedule() {
    return schedule;
  }

  /** Returns the number of steps of the run. */
  public long steps() {
    return steps;
  }

  /** Returns the number of patches in a batch. */
  public int batchSize() {
    return batchSize;
  }

  /**
   * Returns the side of a patch in pixels of the network's input; empty for the network's default.
   */
  public OptionalInt patchSize() {
    return patchSize;
  }

  /** Returns the seed of weights and data. */
  public long seed() {
    return seed;
  }

  /** Returns the number of steps between validations, each with a checkpoint. */
  public long validateEvery() {
    return validateEvery;
  }

  /** Returns the folder of images to train on, if it is one. */
  public Optional<Path> data() {
    return data;
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
    private int scale = 2;
    private Loss loss = Losses.l1();
    private String optimizer = "adam";
    private double learningRate = 1e-3;
    private Schedule schedule = Schedule.COSINE;
    private long steps = 10_000;
    private int batchSize = 16;
    private OptionalInt patchSize = OptionalInt.empty();
    private long seed = 1;
    private long validateEvery;
    private @Nullable Path data;
    private @Nullable ImagePatchSource source;
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
     * Sets by how much the network enlarges. Default: 2.
     *
     * @throws IllegalArgumentException if {@code scale} is not within 1 to 16
     */
    public Builder scale(int scale) {
      checkArgument(scale >= 1 && scale <= 16, "scale must be within 1 to 16, but was %s", scale);
      this.scale = scale;
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

    /** Sets the course of the learning rate. Default: {@link Schedule#COSINE}. */
    public Builder schedule(Schedule schedule) {
      this.schedule = requireNonNull(schedule, "schedule");
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
     * Sets the side of a patch in pixels of the network's input. Default: the network's own.
     *
     * @throws IllegalArgumentException if {@code patchSize} is less than 8
     */
    public Builder patchSize(int patchSize) {
      checkArgument(patchSize >= 8, "patchSize must be at least 8 pixels, but was %s", patchSize);
      this.patchSize = OptionalInt.of(patchSize);
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

    /** Sets the folder of high-resolution images to train on; folders in it are searched too. */
    public Builder data(Path data) {
      this.data = requireNonNull(data, "data");
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
     * @throws IllegalStateException if there is no output folder, or not exactly one of a folder of
     *     images and a source of batches
     */
    public Trainer build() {
      checkState(
          (data == null) != (source == null),
          "data must be either a folder of images or a source of batches, but %s set",
          data == null ? "neither was" : "both were");
      checkState(output != null, "output must be set to the folder that gets the results");
      return new Trainer(this, output);
    }
  }
}
