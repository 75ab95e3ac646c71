// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.Loss;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The adversarial loss of a training session, with the discriminator that it is about.
 *
 * <p>{@link #evaluate} gives the generator its loss, and notes what the discriminator has to learn
 * from the same patches; {@link #step} then lets it learn that. Both networks thus learn from each
 * other as they were before the step, as they do in the program of ESRGAN, and a step that has
 * diverged changes neither.
 *
 * <p>The discriminator is made for the patches that come first, or is that of a checkpoint. It is
 * drawn from a seed of its own, so that the generator is the one that it would be without.
 *
 * <p>Confined to one thread. Holds native memory.
 */
final class Adversary implements Loss, AutoCloseable {

  private static final String PREFIX = "discriminator/"; // of arrays in a checkpoint
  private static final String PATCHES = "session.discriminator.patches";
  private static final String ITERATION = "session.discriminator.iteration";

  private final AdversarialLoss settings;
  private final String optimizerText;
  private final long seed;
  private final CollapseWatch watch;
  private @Nullable State state;
  private @Nullable Layout layout;
  private Map<String, Double> measures = Map.of();
  private Optional<String> warning = Optional.empty();

  // Sums over the batches of a step.
  private int batches;
  private double loss;
  private double accuracyOnReal;
  private double accuracyOnGenerated;
  private double contrast;
  private double variety;
  private double saturation;

  /** A discriminator for patches of some sides, with all that changes as it is trained. */
  private static final class State implements AutoCloseable {

    private final BatchShape patches; // of which the number does not matter
    private final Discriminator discriminator;
    private final Optimizer optimizer;
    private final Map<String, INDArray> gradients = new LinkedHashMap<>(); // sums over batches
    private long iteration;

    State(AdversarialLoss settings, BatchShape patches, String optimizer, long seed) {
      this.patches = patches;
      this.discriminator = new Discriminator(settings, patches, seed);
      this.optimizer = Optimizer.of(optimizer, discriminator.weights());
      discriminator
          .weights()
          .arrays()
          .forEach(
              (name, array) ->
                  gradients.put(name, Nd4j.create(DataType.FLOAT, array.shape(), 'c')));
    }

    INDArray gradient(String name) {
      return requireNonNull(gradients.get(name), name);
    }

    @Override
    public void close() {
      gradients.values().forEach(INDArray::close);
      optimizer.close();
      discriminator.close();
    }
  }

  /** The discriminator laid out for batches of one shape, once for each use of a step. */
  private record Layout(
      BatchShape shape,
      Discriminator.Pass real,
      Discriminator.Pass generated,
      Discriminator.Pass generator) {
    void close() {
      real.close();
      generated.close();
      generator.close();
    }
  }

  Adversary(AdversarialLoss settings, String optimizer, long seed) {
    this.settings = settings;
    this.optimizerText = optimizer;
    this.seed = ~seed; // other values than the generator's
    this.watch = new CollapseWatch(settings.kind().lossOfGuessing);
  }

  /** Returns the adversary that a loss has; empty if the loss is not adversarial. */
  static Optional<Adversary> of(Loss loss, String optimizer, long seed) {
    List<AdversarialLoss> settings =
        loss.terms().stream()
            .map(Term::loss)
            .filter(AdversarialLoss.class::isInstance)
            .map(AdversarialLoss.class::cast)
            .toList();
    checkArgument(
        settings.size() <= 1,
        "loss must have at most one adversarial term, but had %s",
        settings.size());
    return settings.stream().findFirst().map(s -> new Adversary(s, optimizer, seed));
  }

  /** Returns a loss with this one in the place of its adversarial term. */
  Loss within(Loss whole) {
    return whole.terms().stream()
        .map(term -> (term.loss().equals(settings) ? this : term.loss()).times(term.weight()))
        .reduce(Loss::plus)
        .orElse(this);
  }

  @Override
  public void checkShape(BatchShape shape) {
    State current = state;
    checkArgument(
        current == null
            || settings.isPooled()
            || (current.patches.height() == shape.height()
                && current.patches.width() == shape.width()),
        "patches must be as large as those that the discriminator was made for, %s, but were %s"
            + " (channels x height x width of the large image). With adversarial(pooling=mean) they may"
            + " be of any size",
        current == null ? "" : sides(current.patches),
        sides(shape));
  }

  @Override
  public double evaluate(BatchShape shape, float[] prediction, float[] target, float[] gradient) {
    Layout passes = layoutFor(shape);
    double[] real = passes.real.answers(target);
    double[] generated = passes.generated.answers(prediction);
    AdversarialKind.Objective critic = settings.kind().discriminator(real, generated);
    passes.real.back(critic.real());
    passes.generated.back(critic.generated());
    current()
        .gradients
        .forEach(
            (name, sum) ->
                sum.addi(passes.real.gradient(name)).addi(passes.generated.gradient(name)));

    AdversarialKind.Objective objective = settings.kind().generator(real, generated);
    passes.generator.answers(prediction);
    passes.generator.back(objective.generated());
    float[] derivatives = passes.generator.patchGradient();
    System.arraycopy(derivatives, 0, gradient, 0, derivatives.length);

    batches++;
    loss += critic.value();
    accuracyOnReal += settings.kind().accuracyOnReal(real, generated);
    accuracyOnGenerated += settings.kind().accuracyOnGenerated(real, generated);
    PatchStatistics ofTarget = PatchStatistics.of(shape, target);
    PatchStatistics ofPrediction = PatchStatistics.of(shape, prediction);
    contrast += ofPrediction.contrast() / ofTarget.contrast();
    variety += ofPrediction.variety() / ofTarget.variety();
    saturation += ofPrediction.saturation();
    return Double.isFinite(critic.value()) ? objective.value() : Double.NaN;
  }

  private State current() {
    if (state == null) {
      throw new IllegalStateException("nothing was evaluated yet");
    }
    return state;
  }

  private Layout layoutFor(BatchShape shape) {
    checkShape(shape);
    Layout laid = layout;
    if (laid != null && laid.shape.equals(shape)) {
      return laid;
    }
    closeLayout();
    if (state == null) {
      state = new State(settings, shape, optimizerText, seed);
    }
    Discriminator discriminator = state.discriminator;
    laid =
        new Layout(
            shape,
            discriminator.towardsWeights(shape),
            discriminator.towardsWeights(shape),
            discriminator.towardsPatches(shape));
    layout = laid;
    return laid;
  }

  /** Lets the discriminator learn from the batches since the last call. */
  void step(double learningRate) {
    State current = current();
    current
        .discriminator
        .weights()
        .arrays()
        .forEach(
            (name, array) ->
                current.optimizer.apply(
                    name,
                    array,
                    current.gradient(name).divi(batches),
                    learningRate * settings.rate(),
                    current.iteration));
    current.iteration++;
    if (layout != null) {
      layout.real.observe();
      layout.generated.observe();
    }
    finish();
  }

  /** Forgets the batches since the last call, because the step has diverged. */
  void skip() {
    if (batches > 0) {
      finish();
    }
  }

  private void finish() {
    measures = new LinkedHashMap<>();
    measures.put("discriminator.loss", loss / batches);
    measures.put("discriminator.accuracy.real", accuracyOnReal / batches);
    measures.put("discriminator.accuracy.generated", accuracyOnGenerated / batches);
    warning =
        watch.observe(
            new CollapseWatch.Observation(
                loss / batches,
                (accuracyOnReal + accuracyOnGenerated) / (2 * batches),
                contrast / batches,
                variety / batches,
                saturation / batches));
    batches = 0;
    loss = 0;
    accuracyOnReal = 0;
    accuracyOnGenerated = 0;
    contrast = 0;
    variety = 0;
    saturation = 0;
    current().gradients.values().forEach(sum -> sum.assign(0));
  }

  /** Returns what the last step measured, by name. */
  Map<String, Double> measures() {
    return measures;
  }

  /** Returns what the last step showed that a person should know. */
  Optional<String> warning() {
    return warning;
  }

  /** Adds the discriminator to what goes into a checkpoint. */
  void save(Map<String, Npz.Array> arrays, Map<String, String> properties) {
    State current = state;
    if (current == null) {
      return; // drawn from the seed when it is needed
    }
    Weights weights = current.discriminator.weights();
    weights.all().keySet().forEach(name -> arrays.put(PREFIX + name, weights.published(name)));
    current.optimizer.state.forEach(
        (name, array) ->
            arrays.put(PREFIX + name, new Npz.Array(array.shape(), Arrays32.read(array))));
    properties.put(PATCHES, sides(current.patches));
    properties.put(ITERATION, Long.toString(current.iteration));
  }

  /**
   * Takes the discriminator of a checkpoint. If it has none, as after pretraining, the
   * discriminator is drawn anew.
   *
   * @throws ModelFormatException if its arrays are not those of this discriminator; nothing is
   *     changed then
   */
  void restore(Path file, Map<String, Npz.Array> arrays, Map<String, String> properties) {
    String sides = properties.get(PATCHES);
    if (sides == null) {
      replace(null);
      return;
    }
    State restored = new State(settings, patches(file, sides), optimizerText, seed);
    try {
      Weights weights = restored.discriminator.weights();
      for (Map.Entry<String, INDArray> weight : weights.all().entrySet()) {
        String name = weight.getKey();
        List<Long> shape = WeightFiles.publishedShape(weight.getValue().shape());
        Npz.Array array = array(file, arrays, name, shape);
        Arrays32.write(weight.getValue(), weights.held(name, array));
      }
      for (Map.Entry<String, INDArray> array : restored.optimizer.state.entrySet()) {
        List<Long> shape = Arrays.stream(array.getValue().shape()).boxed().toList();
        Arrays32.write(array.getValue(), array(file, arrays, array.getKey(), shape).samples());
      }
      restored.iteration = number(file, properties.getOrDefault(ITERATION, ""));
    } catch (RuntimeException e) {
      restored.close();
      throw e;
    }
    replace(restored);
  }

  private static Npz.Array array(
      Path file, Map<String, Npz.Array> arrays, String name, List<Long> shape) {
    Npz.Array array = arrays.get(PREFIX + name);
    if (array == null || !shape.equals(Arrays.stream(array.shape()).boxed().toList())) {
      throw new ModelFormatException(
          String.format(
              "%s: the discriminator needs an array \"%s%s\" of shape %s, but %s",
              file,
              PREFIX,
              name,
              shape,
              array == null ? "there is none" : "its shape is " + Arrays.toString(array.shape())),
          null);
    }
    return array;
  }

  /** Writes the shape of a patch as it is in checkpoints. */
  private static String sides(BatchShape patches) {
    return patches.channels() + "x" + patches.height() + "x" + patches.width();
  }

  private static BatchShape patches(Path file, String sides) {
    String[] numbers = sides.split("x", -1);
    if (numbers.length != 3) {
      throw notAsExpected(file, sides, null);
    }
    return new BatchShape(
        1,
        (int) number(file, numbers[0]),
        (int) number(file, numbers[1]),
        (int) number(file, numbers[2]));
  }

  private static long number(Path file, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw notAsExpected(file, text, e);
    }
  }

  private static ModelFormatException notAsExpected(
      Path file, String text, @Nullable Exception cause) {
    return new ModelFormatException(
        String.format("%s: expected numbers about the discriminator, but was \"%s\"", file, text),
        cause);
  }

  private void replace(@Nullable State other) {
    closeLayout();
    if (state != null) {
      state.close();
    }
    state = other;
  }

  private void closeLayout() {
    if (layout != null) {
      layout.close();
      layout = null;
    }
  }

  @Override
  public void close() {
    replace(null);
  }
}
