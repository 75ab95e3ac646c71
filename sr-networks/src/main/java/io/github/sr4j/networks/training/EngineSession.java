// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.files.Checkpoint;
import io.github.sr4j.networks.files.ModelFile;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.networks.training.engine.Precision;
import io.github.sr4j.networks.training.engine.TrainingEngine;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A network in training on an engine. Confined to one thread at a time.
 *
 * @param <A> the arrays of the engine
 */
public final class EngineSession<A extends EngineArray<A>> implements TrainingSession {

  private static final String SEED = "seed";
  private static final String ITERATION = "iteration";
  private static final String EXECUTION = "execution";

  private final TrainingEngine<A> engine;
  private final Network network;
  private final boolean isChoosing; // how networks are computed
  private final List<Parameter> parameters;
  private final NetworkWeights<A> weights;
  private final NetworkGraph inference;
  private ModelInfo info; // its seed is that of the weights, which restoring changes
  private final Optimizer<A> optimizer;
  private final GradientBound clipping;
  private final Optional<WeightAverage<A>> average;
  private final Optional<AdversarialTraining<A>> adversary;
  private final Map<Integer, TrainingStep<A>> steps = new TreeMap<>(); // by blockScale
  private final Gradients<A> gradients = new Gradients<>();
  private double[] lossTerms;
  private long iteration;
  private boolean closed;

  /**
   * Refuses what this would refuse, without an engine.
   *
   * @throws IllegalArgumentException as {@link io.github.sr4j.spi.TrainingProvider#check}
   */
  public static void check(TrainingSetup setup) {
    SettingException.naming("precision", () -> Precision.parse(setup.precision()));
    Network network =
        SettingException.naming("network", () -> Networks.of(setup.network(), setup.scale()));
    checkScales(network, setup);
    SettingException.naming("loss", () -> AdversarialTraining.term(setup.loss()));
    Set<String> weights = new LinkedHashSet<>();
    Networks.parameters(network).stream()
        .filter(Parameter::isTrained)
        .forEach(parameter -> weights.add(parameter.name()));
    trained(network, weights, setup.frozen());
  }

  /**
   * Builds a network with fresh weights drawn from a seed.
   *
   * @throws IllegalArgumentException as {@link io.github.sr4j.spi.TrainingProvider#open}
   */
  public EngineSession(TrainingSetup setup, TrainingEngine<A> engine) {
    this.engine = engine;
    check(setup);
    this.isChoosing = Precision.parse(setup.precision()) == Precision.AUTO;
    this.network = Networks.of(setup.network(), setup.scale());
    this.clipping = new GradientBound(setup.clipping());
    this.inference = NetworkGraph.of(network, Mode.INFERENCE);
    // Drawn scale by scale, whichever of them are trained: their weights are one set.
    this.parameters = Networks.parameters(network);
    List<Graph> graphs = new ArrayList<>(List.of(inference.graph()));
    network
        .scales()
        .forEach(scale -> graphs.add(NetworkGraph.of(network(scale), Mode.INFERENCE).graph()));
    this.weights = NetworkWeights.draw(engine, parameters, graphs, setup.seed());
    this.info = info(Optional.of(Long.toString(setup.seed())));
    this.optimizer = new Optimizer<>(setup.optimizer(), engine, weights);
    Set<String> trained = trained(network, weights.arrays().keySet(), setup.frozen());
    this.lossTerms = new double[setup.loss().terms().size()];
    this.adversary = AdversarialTraining.of(engine, setup.loss(), setup.optimizer(), setup.seed());
    for (int scale : network.isPreupscaled() ? List.of(setup.scale()) : setup.scales()) {
      int blockScale = network.isPreupscaled() ? 1 : scale;
      steps.put(
          blockScale,
          new TrainingStep<>(
              engine, network(scale), weights, trained, setup.loss(), adversary, blockScale));
    }
    this.average =
        setup.averaging() > 0
            ? Optional.of(new WeightAverage<>(weights, setup.averaging()))
            : Optional.empty();
  }

  private Network network(int scale) {
    return scale == network.scale() ? network : Networks.of(network.text(), scale);
  }

  private static void checkScales(Network network, TrainingSetup setup) {
    boolean hasAll = network.scales().containsAll(setup.scales());
    SettingException.check(
        hasAll || (network.servesAllScales() && network.isPreupscaled()),
        "%s of %s must be among %s, but were %s; networks that train several scales at once are"
            + " mdsr and vdsr",
        new SettingName("scales"),
        network.text(),
        network.scales(),
        setup.scales());
  }

  /** Returns the names of the weights that are not frozen. */
  private static Set<String> trained(Network network, Set<String> weights, List<String> frozen) {
    SettingName setting = new SettingName("frozen");
    Set<String> trained = new LinkedHashSet<>(weights);
    for (String pattern : frozen) {
      boolean isPrefix = pattern.endsWith("*");
      String name = isPrefix ? pattern.substring(0, pattern.length() - 1) : pattern;
      boolean found =
          trained.removeIf(weight -> isPrefix ? weight.startsWith(name) : weight.equals(name));
      SettingException.check(
          found,
          "%s must name weights of %s, which are %s, but was \"%s\"",
          setting,
          network.text(),
          String.join(", ", weights),
          pattern);
    }
    SettingException.check(
        !trained.isEmpty(), "%s must leave some weights to train, but was %s", setting, frozen);
    return trained;
  }

  private ModelInfo info(Optional<String> seed) {
    Map<String, String> provenance = new TreeMap<>(Map.of("network", network.text()));
    seed.ifPresent(text -> provenance.put(SEED, text));
    return inference.info(provenance);
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public long parameters() {
    return weights.count();
  }

  @Override
  public int defaultPatchSize() {
    return network.patchSize();
  }

  @Override
  public double step(List<PatchBatch> batches, double learningRate) {
    checkOpen();
    checkArgument(!batches.isEmpty(), "batches must be at least 1, but were none");
    Runnable undo = weights.keepStatistics();
    gradients.clear();
    double[] terms = new double[lossTerms.length];
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      TrainingStep<A> training = stepFor(batches.get(i));
      double value = training.evaluate(batches.get(i));
      if (!Double.isFinite(value)) {
        return diverged(undo, value);
      }
      sum += value;
      for (int term = 0; term < terms.length; term++) {
        terms[term] += training.terms().get(term) / batches.size();
      }
      gradients.add(training, i == batches.size() - 1);
      training.observe();
    }
    gradients.divide(batches.size());
    double norm = gradients.norm();
    if (!Double.isFinite(norm)) {
      return diverged(undo, norm);
    }
    double factor = clipping.factor(norm);
    gradients
        .all()
        .forEach(
            (name, gradient) -> {
              double rate = learningRate * network.rateFactor(name);
              clipping.apply(gradient, factor, rate);
              A array = requireNonNull(weights.arrays().get(name), name);
              optimizer.apply(name, array, gradient, rate, iteration);
            });
    average.ifPresent(held -> held.update(iteration));
    adversary.ifPresent(own -> own.step(learningRate));
    lossTerms = terms;
    iteration++;
    return sum / batches.size();
  }

  private double diverged(Runnable undo, double value) {
    undo.run();
    adversary.ifPresent(AdversarialTraining::skip);
    return value;
  }

  /** Returns the step of the scale that a batch is of; it refuses a batch of none. */
  private TrainingStep<A> stepFor(PatchBatch batch) {
    int blockScale = batch.targetShape().width() / batch.inputShape().width();
    TrainingStep<A> found = steps.get(blockScale);
    return found == null ? steps.values().iterator().next() : found;
  }

  @Override
  public List<Double> lossTerms() {
    return Arrays.stream(lossTerms).boxed().toList();
  }

  @Override
  public Map<String, Double> measures() {
    return adversary.map(AdversarialTraining::measures).orElse(Map.of());
  }

  @Override
  public Optional<String> warning() {
    return adversary.flatMap(AdversarialTraining::warning);
  }

  @Override
  public Optional<String> execution() {
    return engine.execution();
  }

  /** Returns the weights that the network is run with. */
  private NetworkWeights<A> published() {
    return average.map(WeightAverage::view).orElse(weights);
  }

  @Override
  public BlockUpscaler snapshot() {
    checkOpen();
    return new EngineSnapshot<>(engine, network, published(), info);
  }

  @Override
  public void save(Path file, Map<String, String> properties) throws IOException {
    checkOpen();
    Checkpoint.Content content = new Checkpoint.Content(network, properties);
    weights.published().forEach(content::put);
    average.ifPresent(
        held -> {
          NetworkWeights<A> view = held.view();
          weights.arrays().keySet().forEach(name -> content.putAverage(name, view.published(name)));
        });
    optimizer.saved().forEach(content::put);
    adversary.ifPresent(own -> own.save(content));
    content.putProperty(ITERATION, Long.toString(iteration));
    if (isChoosing) {
      engine.execution().ifPresent(chosen -> content.putProperty(EXECUTION, chosen));
    }
    String seed = info.provenance().get(SEED);
    if (seed != null) {
      content.putProperty(SEED, seed);
    }
    content.write(file);
  }

  @Override
  public Map<String, String> restore(Path file) throws IOException {
    checkOpen();
    Checkpoint checkpoint = Checkpoint.read(file, network, parameters);
    List<Runnable> changes = new ArrayList<>(); // made when the whole file has been found good
    for (Parameter parameter : parameters) {
      Tensor saved =
          average.isPresent() ? checkpoint.weights(parameter) : checkpoint.published(parameter);
      changes.add(replacing(weights, parameter, saved));
    }
    average.ifPresent(held -> changes.addAll(restoring(held, checkpoint)));
    boolean hasState = checkpoint.arrays().keySet().containsAll(optimizer.shapes().keySet());
    if (hasState) {
      optimizer
          .shapes()
          .forEach((name, shape) -> changes.add(restoring(file, checkpoint, name, shape)));
    } else {
      changes.add(optimizer::reset);
    }
    checkpoint.ofSession(EXECUTION).ifPresent(execution -> repeat(file, execution));
    adversary.ifPresent(own -> own.restore(file, checkpoint));
    changes.forEach(Runnable::run);
    iteration = hasState ? Long.parseLong(checkpoint.ofSession(ITERATION).orElse("0")) : 0;
    info = info(checkpoint.ofSession(SEED));
    return checkpoint.properties();
  }

  private void repeat(Path file, String execution) {
    try {
      engine.repeat(execution);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file + ": " + e.getMessage(), e);
    }
  }

  private Runnable restoring(Path file, Checkpoint checkpoint, String name, Shape shape) {
    Tensor saved = requireNonNull(checkpoint.arrays().get(name), name);
    if (saved.shape().size() != shape.size()) {
      throw new ModelFormatException(
          String.format(
              "%s: the state of the optimizer needs an array \"%s\" of shape %s, but its shape is"
                  + " %s",
              file, name, shape, saved.shape()),
          null);
    }
    return () -> optimizer.restore(name, saved);
  }

  /**
   * Returns the steps that set the average to that of a checkpoint, or to the weights if it has
   * none.
   */
  private List<Runnable> restoring(WeightAverage<A> held, Checkpoint checkpoint) {
    if (!checkpoint.hasAverage()) {
      return List.of(held::reset); // when the weights have been read
    }
    NetworkWeights<A> view = held.view();
    return parameters.stream()
        .filter(Parameter::isTrained)
        .map(parameter -> replacing(view, parameter, checkpoint.average(parameter)))
        .toList();
  }

  private static <A extends EngineArray<A>> Runnable replacing(
      NetworkWeights<A> weights, Parameter parameter, Tensor saved) {
    return () -> weights.write(parameter.name(), saved);
  }

  @Override
  public List<String> initialize(Path file) throws IOException {
    checkOpen();
    Checkpoint checkpoint =
        WeightFile.isWeights(file)
            ? Checkpoint.readAny(file, network)
            : Checkpoint.of(file, network, WeightFile.read(file).tensors());
    Map<String, Tensor> expanded = expanded(checkpoint);
    List<Runnable> changes = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (Parameter parameter : parameters) {
      Optional.ofNullable(expanded.get(parameter.name()))
          .or(() -> checkpoint.fitting(parameter))
          .ifPresentOrElse(
              array -> changes.add(replacing(weights, parameter, array)),
              () -> others.add(parameter.name()));
    }
    if (changes.isEmpty()) {
      throw checkpoint.fitsNothing(others.get(0));
    }
    changes.forEach(Runnable::run);
    average.ifPresent(WeightAverage::reset);
    return others;
  }

  /**
   * Returns the weights of collapsible blocks that come of kernels in a file which were collapsed:
   * the second convolution as it was drawn, and the first one that fits to it.
   */
  private Map<String, Tensor> expanded(Checkpoint checkpoint) {
    Map<String, Tensor> expanded = new TreeMap<>();
    for (Node.Operation block : inference.graph().operations()) {
      if (block.operator() instanceof CollapsedKernel collapsed) {
        String first = block.operands().get(0).name();
        String second = block.operands().get(1).name();
        Tensor drawn = weights.published(second);
        checkpoint
            .fitting(block.name(), block.shape())
            .flatMap(kernel -> collapsed.first(kernel, drawn))
            .ifPresent(
                array -> {
                  expanded.put(first, array);
                  expanded.put(second, drawn);
                });
      }
    }
    return expanded;
  }

  @Override
  public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
    checkOpen();
    ModelFile.write(file, inference, info, published().published(), metadata);
  }

  private void checkOpen() {
    checkState(!closed, "the session is closed");
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      steps.values().forEach(TrainingStep::close);
      adversary.ifPresent(AdversarialTraining::close);
      gradients.close();
      average.ifPresent(WeightAverage::close);
      optimizer.close();
      weights.close();
    }
  }
}
