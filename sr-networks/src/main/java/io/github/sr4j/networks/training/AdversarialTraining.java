// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Checkpoint;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.AdversarialKind;
import io.github.sr4j.networks.losses.AdversarialLoss;
import io.github.sr4j.networks.losses.CollapseWatch;
import io.github.sr4j.networks.losses.Discriminator;
import io.github.sr4j.networks.losses.PatchStatistics;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSetup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The training of a discriminator along with a generator.
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
final class AdversarialTraining<A extends EngineArray<A>> implements AutoCloseable {

  private static final String PREFIX = "discriminator/"; // of arrays in a checkpoint
  private static final String PATCHES = "discriminator.patches";
  private static final String ITERATION = "discriminator.iteration";

  private final TrainingEngine<A> engine;
  private final AdversarialLoss settings;
  private final TrainingSetup.Optimizer rule;
  private final long seed;
  private final CollapseWatch watch;
  private @Nullable State<A> state;
  private final LastLayout<PatchBatch.Shape, Layout<A>> layout = new LastLayout<>(Layout::close);
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
  private static final class State<A extends EngineArray<A>> implements AutoCloseable {

    private final PatchBatch.Shape patches; // of which the number does not matter
    private final NetworkWeights<A> weights;
    private final DiscriminatorPass.Differentiated<A> discriminator;
    private final Optimizer<A> optimizer;
    private final Map<String, A> gradients = new LinkedHashMap<>(); // sums over batches
    private long iteration;

    State(
        TrainingEngine<A> engine,
        AdversarialLoss settings,
        PatchBatch.Shape patches,
        TrainingSetup.Optimizer optimizer,
        long seed) {
      this.patches = patches;
      Graph graph = Discriminator.graph(settings, patches);
      this.weights = NetworkWeights.draw(engine, graph.parameters(), List.of(graph), seed);
      this.discriminator =
          new DiscriminatorPass.Differentiated<>(engine, settings, patches, weights);
      this.optimizer = new Optimizer<>(optimizer, engine, weights);
      weights.arrays().forEach((name, array) -> gradients.put(name, array.zeros()));
    }

    A gradient(String name) {
      return requireNonNull(gradients.get(name), name);
    }

    @Override
    public void close() {
      gradients.values().forEach(EngineArray::close);
      optimizer.close();
      discriminator.close();
      weights.close();
    }
  }

  /** The discriminator laid out for batches of one shape, once for each use of a step. */
  private record Layout<A extends EngineArray<A>>(
      DiscriminatorPass<A> real, DiscriminatorPass<A> generated, DiscriminatorPass<A> generator) {
    void close() {
      real.close();
      generated.close();
      generator.close();
    }
  }

  AdversarialTraining(
      TrainingEngine<A> engine,
      AdversarialLoss settings,
      TrainingSetup.Optimizer optimizer,
      long seed) {
    this.engine = engine;
    this.settings = settings;
    this.rule = optimizer;
    this.seed = ~seed; // other values than the generator's
    this.watch = new CollapseWatch(settings.kind().lossOfGuessing());
  }

  /** Returns the training that a loss asks for; empty if the loss is not adversarial. */
  static <A extends EngineArray<A>> Optional<AdversarialTraining<A>> of(
      TrainingEngine<A> engine, Loss loss, TrainingSetup.Optimizer optimizer, long seed) {
    return term(loss).map(s -> new AdversarialTraining<>(engine, s, optimizer, seed));
  }

  /**
   * Returns the adversarial term of a loss.
   *
   * @throws IllegalArgumentException if there are several
   */
  static Optional<AdversarialLoss> term(Loss loss) {
    List<AdversarialLoss> settings =
        loss.terms().stream()
            .map(Loss.Term::loss)
            .filter(AdversarialLoss.class::isInstance)
            .map(AdversarialLoss.class::cast)
            .toList();
    SettingException.check(
        settings.size() <= 1,
        "%s must have at most one adversarial term, but had %s",
        new SettingName("loss"),
        settings.size());
    return settings.stream().findFirst();
  }

  /** Refuses patches that the discriminator was not made for. */
  void checkShape(PatchBatch.Shape shape) {
    State<A> current = state;
    checkArgument(
        current == null
            || settings.isPooled()
            || (current.patches.height() == shape.height()
                && current.patches.width() == shape.width()),
        "patches must be as large as those that the discriminator was made for, %s, but were %s"
            + " (channels x height x width of the large image). With adversarial(pooling=mean) they"
            + " may be of any size",
        current == null ? "" : sides(current.patches),
        sides(shape));
  }

  /**
   * Computes the generator's loss and its gradient, as {@link Loss#evaluate} does, and notes what
   * the discriminator has to learn.
   */
  double evaluate(PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    Layout<A> passes = layoutFor(shape);
    double[] real = passes.real.answers(target);
    double[] generated = passes.generated.answers(prediction);
    AdversarialKind.Objective critic = settings.kind().discriminator(real, generated);
    passes.real.back(critic.real());
    passes.generated.back(critic.generated());
    current()
        .gradients
        .forEach(
            (name, sum) -> {
              sum.add(passes.real.gradient(name));
              sum.add(passes.generated.gradient(name));
            });

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

  private State<A> current() {
    if (state == null) {
      throw new IllegalStateException("nothing was evaluated yet");
    }
    return state;
  }

  private Layout<A> layoutFor(PatchBatch.Shape shape) {
    checkShape(shape);
    return layout.of(shape, () -> lay(shape));
  }

  private Layout<A> lay(PatchBatch.Shape shape) {
    if (state == null) {
      state = new State<>(engine, settings, shape, rule, seed);
    }
    DiscriminatorPass.Differentiated<A> discriminator = state.discriminator;
    return new Layout<>(
        discriminator.towardsWeights(shape),
        discriminator.towardsWeights(shape),
        discriminator.towardsPatches(shape));
  }

  /** Lets the discriminator learn from the batches since the last call. */
  void step(double learningRate) {
    State<A> current = current();
    current
        .weights
        .arrays()
        .forEach(
            (name, array) -> {
              A gradient = current.gradient(name);
              gradient.multiply(1.0 / batches);
              double rate = learningRate * settings.rate();
              current.optimizer.apply(name, array, gradient, rate, current.iteration);
            });
    current.iteration++;
    layout
        .last()
        .ifPresent(
            laid -> {
              laid.real.observe();
              laid.generated.observe();
            });
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
    current().gradients.values().forEach(EngineArray::clear);
  }

  /** Returns the measures of the last step, by name. */
  Map<String, Double> measures() {
    return measures;
  }

  /** Returns the warning of the last step, if there is one. */
  Optional<String> warning() {
    return warning;
  }

  /** Adds the discriminator to the content of a checkpoint. */
  void save(Checkpoint.Content content) {
    State<A> current = state;
    if (current == null) {
      return; // drawn from the seed when it is needed
    }
    current.weights.published().forEach((name, array) -> content.put(PREFIX + name, array));
    current.optimizer.saved().forEach((name, array) -> content.put(PREFIX + name, array));
    content.putProperty(PATCHES, sides(current.patches));
    content.putProperty(ITERATION, Long.toString(current.iteration));
  }

  /**
   * Takes the discriminator of a checkpoint. If it has none, as after pretraining, the
   * discriminator is drawn anew.
   *
   * @throws ModelFormatException if its arrays are not those of this discriminator; nothing is
   *     changed then
   */
  void restore(Path file, Checkpoint checkpoint) {
    Optional<String> sides = checkpoint.ofSession(PATCHES);
    if (sides.isEmpty()) {
      replace(null);
      return;
    }
    Map<String, Tensor> arrays = checkpoint.arrays();
    State<A> restored = new State<>(engine, settings, patches(file, sides.get()), rule, seed);
    try {
      NetworkWeights<A> weights = restored.weights;
      for (String name : weights.all().keySet()) {
        weights.write(name, array(file, arrays, name, weights.parameter(name).shape()));
      }
      restored
          .optimizer
          .shapes()
          .forEach(
              (name, shape) -> restored.optimizer.restore(name, array(file, arrays, name, shape)));
      restored.iteration = number(file, checkpoint.ofSession(ITERATION).orElse(""));
    } catch (RuntimeException e) {
      restored.close();
      throw e;
    }
    replace(restored);
  }

  private static Tensor array(Path file, Map<String, Tensor> arrays, String name, Shape shape) {
    Tensor array = arrays.get(PREFIX + name);
    if (array == null || !shape.equals(array.shape())) {
      throw new ModelFormatException(
          String.format(
              "%s: the discriminator needs an array \"%s%s\" of shape %s, but %s",
              file,
              PREFIX,
              name,
              shape,
              array == null ? "there is none" : "its shape is " + array.shape()),
          null);
    }
    return array;
  }

  /** Writes the shape of a patch as it is in checkpoints. */
  private static String sides(PatchBatch.Shape patches) {
    return patches.channels() + "x" + patches.height() + "x" + patches.width();
  }

  private static PatchBatch.Shape patches(Path file, String sides) {
    String[] numbers = sides.split("x", -1);
    if (numbers.length != 3) {
      throw notAsExpected(file, sides, null);
    }
    return new PatchBatch.Shape(
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

  private void replace(@Nullable State<A> other) {
    layout.close();
    if (state != null) {
      state.close();
    }
    state = other;
  }

  @Override
  public void close() {
    replace(null);
  }
}
