// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.files.Checkpoint;
import io.github.sr4j.networks.files.ModelFile;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.PatchBatch;
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
import org.nd4j.linalg.api.ndarray.INDArray;

/** A SameDiff network in training. */
final class Dl4jTrainingSession implements TrainingSession {

  private static final String SEED = "seed";
  private static final String ITERATION = "iteration";

  private final Network network;
  private final List<Parameter> parameters;
  private final Weights weights;
  private final NetworkGraph inference;
  private ModelInfo info; // its seed is that of the weights, which restoring changes
  private final Optimizer optimizer;
  private final Clipping clipping;
  private final Optional<WeightAverage> average;
  private final Optional<AdversarialTraining> adversary;
  private final Map<Integer, TrainingStep> steps = new TreeMap<>(); // by blockScale
  private final Gradients gradients = new Gradients();
  private double[] lossTerms;
  private long iteration;
  private boolean closed;

  Dl4jTrainingSession(TrainingSetup setup) {
    this.network = Networks.of(setup.network(), setup.scale());
    checkScales(setup);
    this.clipping = Clipping.parse(setup.clipping());
    this.inference = NetworkGraph.of(network, Mode.INFERENCE);
    // Drawn scale by scale, whichever of them are trained: their weights are one set.
    this.parameters = Networks.parameters(network);
    List<Graph> graphs = new ArrayList<>(List.of(inference.graph()));
    network
        .scales()
        .forEach(scale -> graphs.add(NetworkGraph.of(network(scale), Mode.INFERENCE).graph()));
    this.weights = Weights.draw(parameters, graphs, setup.seed());
    this.info = info(Optional.of(Long.toString(setup.seed())));
    this.optimizer = Optimizer.of(setup.optimizer(), weights);
    Set<String> trained = trained(setup.frozen());
    this.lossTerms = new double[setup.loss().terms().size()];
    this.adversary = AdversarialTraining.of(setup.loss(), setup.optimizer(), setup.seed());
    for (int scale : network.isPreupscaled() ? List.of(setup.scale()) : setup.scales()) {
      int blockScale = network.isPreupscaled() ? 1 : scale;
      steps.put(
          blockScale,
          new TrainingStep(network(scale), weights, trained, setup.loss(), adversary, blockScale));
    }
    this.average =
        setup.averaging() > 0
            ? Optional.of(new WeightAverage(weights, setup.averaging()))
            : Optional.empty();
  }

  private Network network(int scale) {
    return scale == network.scale() ? network : Networks.of(network.text(), scale);
  }

  private void checkScales(TrainingSetup setup) {
    boolean hasAll = network.scales().containsAll(setup.scales());
    checkArgument(
        hasAll || (network.servesAllScales() && network.isPreupscaled()),
        "scales of %s must be among %s, but were %s; networks that train several scales at once are"
            + " mdsr and vdsr",
        network.text(),
        network.scales(),
        setup.scales());
  }

  /** Returns the names of the weights that are not frozen. */
  private Set<String> trained(List<String> frozen) {
    Set<String> trained = new LinkedHashSet<>(weights.arrays().keySet());
    for (String pattern : frozen) {
      boolean isPrefix = pattern.endsWith("*");
      String name = isPrefix ? pattern.substring(0, pattern.length() - 1) : pattern;
      boolean found =
          trained.removeIf(weight -> isPrefix ? weight.startsWith(name) : weight.equals(name));
      checkArgument(
          found,
          "frozen must name weights of %s, which are %s, but was \"%s\"",
          network.text(),
          String.join(", ", weights.arrays().keySet()),
          pattern);
    }
    checkArgument(
        !trained.isEmpty(), "frozen must leave some weights to train, but was %s", frozen);
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
      TrainingStep training = stepFor(batches.get(i));
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
              INDArray array = requireNonNull(weights.arrays().get(name), name);
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
  private TrainingStep stepFor(PatchBatch batch) {
    int blockScale = batch.targetShape().width() / batch.inputShape().width();
    TrainingStep found = steps.get(blockScale);
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

  /** Returns the weights that the network is run with. */
  private Weights published() {
    return average.map(WeightAverage::view).orElse(weights);
  }

  @Override
  public BlockUpscaler snapshot() {
    checkOpen();
    return new SameDiffBlockUpscaler(network, published(), info);
  }

  @Override
  public void save(Path file, Map<String, String> properties) throws IOException {
    checkOpen();
    Checkpoint.Content content = new Checkpoint.Content(network, properties);
    weights.published().forEach(content::put);
    average.ifPresent(
        held -> {
          Weights view = held.view();
          weights.arrays().keySet().forEach(name -> content.putAverage(name, view.published(name)));
        });
    optimizer.state.forEach((name, array) -> content.put(name, FloatArrays.tensor(array)));
    adversary.ifPresent(own -> own.save(content));
    content.putProperty(ITERATION, Long.toString(iteration));
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
      changes.add(replacing(weights, parameter.name(), saved));
    }
    average.ifPresent(held -> changes.addAll(restoring(held, checkpoint)));
    boolean hasState = checkpoint.arrays().keySet().containsAll(optimizer.state.keySet());
    optimizer.state.forEach(
        (name, array) -> {
          Tensor state = checkpoint.arrays().get(name);
          float[] samples =
              hasState && state != null
                  ? state.samples()
                  : new float[Math.toIntExact(array.length())];
          changes.add(() -> FloatArrays.write(array, samples));
        });
    adversary.ifPresent(own -> own.restore(file, checkpoint));
    changes.forEach(Runnable::run);
    iteration = hasState ? Long.parseLong(checkpoint.ofSession(ITERATION).orElse("0")) : 0;
    info = info(checkpoint.ofSession(SEED));
    return checkpoint.properties();
  }

  /** Returns what makes the average that of a checkpoint, or the weights if it has none. */
  private List<Runnable> restoring(WeightAverage held, Checkpoint checkpoint) {
    if (!checkpoint.hasAverage()) {
      return List.of(held::reset); // when the weights have been read
    }
    Weights view = held.view();
    return parameters.stream()
        .filter(Parameter::isTrained)
        .map(parameter -> replacing(view, parameter.name(), checkpoint.average(parameter)))
        .toList();
  }

  /** Returns what writes an array of a file over one of the network. */
  private static Runnable replacing(Weights weights, String name, Tensor saved) {
    INDArray array = requireNonNull(weights.all().get(name), name);
    float[] samples = weights.held(name, saved);
    return () -> FloatArrays.write(array, samples);
  }

  @Override
  public List<String> initialize(Path file) throws IOException {
    checkOpen();
    Checkpoint checkpoint = Checkpoint.readAny(file, network);
    List<Runnable> changes = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (Parameter parameter : parameters) {
      checkpoint
          .fitting(parameter)
          .ifPresentOrElse(
              array -> changes.add(replacing(weights, parameter.name(), array)),
              () -> others.add(parameter.name()));
    }
    if (changes.isEmpty()) {
      throw checkpoint.fitsNothing(others.get(0));
    }
    changes.forEach(Runnable::run);
    average.ifPresent(WeightAverage::reset);
    return others;
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
