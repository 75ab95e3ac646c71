// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;

import com.google.common.collect.Sets;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.files.AtomicFile;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Loss;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A SameDiff network in training. */
final class Dl4jTrainingSession implements TrainingSession {

  private static final String PROPERTIES = "sr4j.properties";
  private static final String PREFIX = "session.";
  private static final String SEED = "seed";
  private static final String AVERAGE = "average/"; // of arrays
  private static final String VERSION = "1"; // of the files

  private final Network network;
  private final Weights weights;
  private final NetworkGraph inference;
  private ModelInfo info; // its seed is that of the weights, which restoring changes
  private final Optimizer optimizer;
  private final Clipping clipping;
  private final Optional<WeightAverage> average;
  private final Optional<Adversary> adversary;
  private final Map<Integer, TrainingStep> steps = new TreeMap<>(); // by blockScale
  private final Gradients gradients = new Gradients();
  private double[] lossTerms;
  private long iteration;
  private boolean closed;

  Dl4jTrainingSession(TrainingSetup setup) {
    this.network = Networks.of(setup.network(), setup.scale());
    checkScales(setup);
    this.clipping = Clipping.parse(setup.clipping());
    this.weights = new Weights(setup.seed());
    // Drawn scale by scale, whichever of them are trained: their weights are one set.
    network.scales().forEach(scale -> NetworkGraph.of(network(scale), weights, false));
    this.inference = NetworkGraph.of(network, weights, false);
    this.info = info(Optional.of(Long.toString(setup.seed())));
    this.optimizer = Optimizer.of(setup.optimizer(), weights);
    Set<String> trained = trained(setup.frozen());
    this.lossTerms = new double[setup.loss().terms().size()];
    this.adversary = Adversary.of(setup.loss(), setup.optimizer(), setup.seed());
    Loss loss = adversary.map(own -> own.within(setup.loss())).orElse(setup.loss());
    for (int scale : network.isPreupscaled() ? List.of(setup.scale()) : setup.scales()) {
      int blockScale = network.isPreupscaled() ? 1 : scale;
      steps.put(blockScale, new TrainingStep(network(scale), weights, trained, loss, blockScale));
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
    return inference.info(network, provenance);
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
    adversary.ifPresent(Adversary::skip);
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
    return adversary.map(Adversary::measures).orElse(Map.of());
  }

  @Override
  public Optional<String> warning() {
    return adversary.flatMap(Adversary::warning);
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
    Map<String, Npz.Array> arrays = new LinkedHashMap<>();
    weights.all().keySet().forEach(name -> arrays.put(name, weights.published(name)));
    average.ifPresent(
        held -> {
          Weights view = held.view();
          weights
              .arrays()
              .keySet()
              .forEach(name -> arrays.put(AVERAGE + name, view.published(name)));
        });
    optimizer.state.forEach(
        (name, array) -> arrays.put(name, new Npz.Array(array.shape(), Arrays32.read(array))));
    SortedMap<String, String> all = new TreeMap<>(properties);
    adversary.ifPresent(own -> own.save(arrays, all));
    all.put(PREFIX + "version", VERSION);
    all.put(PREFIX + "network", network.text());
    all.put(PREFIX + "scale", Integer.toString(network.scale()));
    all.put(PREFIX + "iteration", Long.toString(iteration));
    String seed = info.provenance().get(SEED);
    if (seed != null) {
      all.put(PREFIX + SEED, seed);
    }
    write(file, out -> Npz.write(out, arrays, Map.of(PROPERTIES, PropertiesText.write(all))));
  }

  @Override
  public Map<String, String> restore(Path file) throws IOException {
    checkOpen();
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, Npz.Array> arrays = Npz.read(file, texts);
    SortedMap<String, String> properties = PropertiesText.read(texts.getOrDefault(PROPERTIES, ""));
    if (texts.containsKey(PROPERTIES)) {
      checkKind(file, properties);
      checkLayers(file, arrays);
    }
    Npz.checkFinite(file, arrays);
    List<Runnable> changes = new ArrayList<>(); // made when the whole file has been found good
    weights
        .all()
        .forEach(
            (name, array) -> {
              boolean isAveraged = average.isEmpty() && arrays.containsKey(AVERAGE + name);
              String source = isAveraged ? AVERAGE + name : name;
              changes.add(replacing(file, array, weights, name, source, arrays));
            });
    for (String name : arrays.keySet()) {
      if (!weights.all().containsKey(name) && name.indexOf('/') < 0) {
        throw new ModelFormatException(
            String.format("%s: %s has no array \"%s\"", file, title(), Names.shortened(name)),
            null);
      }
    }
    if (average.isPresent()) {
      if (arrays.keySet().stream().anyMatch(name -> name.startsWith(AVERAGE))) {
        average
            .get()
            .view()
            .arrays()
            .forEach(
                (name, array) ->
                    changes.add(replacing(file, array, weights, name, AVERAGE + name, arrays)));
      } else {
        changes.add(average.get()::reset); // last, when the weights have been read
      }
    }
    boolean hasState = arrays.keySet().containsAll(optimizer.state.keySet());
    optimizer.state.forEach(
        (name, array) -> {
          Npz.Array state = arrays.get(name);
          float[] samples =
              hasState && state != null
                  ? state.samples()
                  : new float[Math.toIntExact(array.length())];
          changes.add(() -> Arrays32.write(array, samples));
        });
    adversary.ifPresent(own -> own.restore(file, arrays, properties));
    changes.forEach(Runnable::run);
    iteration = hasState ? Long.parseLong(properties.getOrDefault(PREFIX + "iteration", "0")) : 0;
    info = info(Optional.ofNullable(properties.get(PREFIX + SEED)));
    properties.keySet().removeIf(key -> key.startsWith(PREFIX));
    return properties;
  }

  private String title() {
    return network.text() + " x" + network.scale();
  }

  /** Refuses a checkpoint of another network, or of a later version. */
  private void checkKind(Path file, Map<String, String> properties) {
    String version = properties.getOrDefault(PREFIX + "version", VERSION);
    if (!version.equals(VERSION)) {
      throw new ModelFormatException(
          String.format(
              "%s: must be a checkpoint of version %s, but is of version %s, which another version"
                  + " of SR4J has written",
              file, VERSION, version),
          null);
    }
    String savedNetwork = properties.getOrDefault(PREFIX + "network", "");
    String saved = savedNetwork + " x" + properties.getOrDefault(PREFIX + "scale", "");
    boolean isOfAnyScale = network.servesAllScales() || network.scales().size() > 1;
    if (!(isOfAnyScale ? savedNetwork.equals(network.text()) : saved.equals(title()))) {
      throw new ModelFormatException(
          String.format("%s: must be a checkpoint of %s, but is one of %s", file, title(), saved),
          null);
    }
  }

  /**
   * Refuses a checkpoint of a network of this text that has other layers: those of another version
   * of the code.
   */
  private void checkLayers(Path file, Map<String, Npz.Array> arrays) {
    Set<String> own = weights.all().keySet();
    Set<String> saved =
        arrays.keySet().stream().filter(name -> name.indexOf('/') < 0).collect(toSet());
    Set<String> lacking = Sets.difference(own, saved);
    Set<String> unknown = Sets.difference(new TreeSet<>(saved), own);
    if (!lacking.isEmpty() || !unknown.isEmpty()) {
      throw new ModelFormatException(
          String.format(
              "%s: must have the arrays of %s, but was written by a version of SR4J with other"
                  + " layers: the file lacks %s, and this version does not know %s",
              file, title(), Names.of(lacking), Names.of(unknown)),
          null);
    }
  }

  /** Returns what writes an array of a file over one of the network. */
  private Runnable replacing(
      Path file,
      INDArray array,
      Weights order,
      String name,
      String source,
      Map<String, Npz.Array> arrays) {
    Npz.Array found = arrays.get(source);
    String expected =
        String.format(
            "%s: %s needs an array \"%s\" of shape %s",
            file, title(), source, WeightFiles.publishedShape(array.shape()));
    if (found == null) {
      throw new ModelFormatException(
          expected + ", but the file has " + Names.of(arrays.keySet()), null);
    }
    if (!isOfShape(array, found)) {
      throw new ModelFormatException(
          expected + ", but its shape is " + Arrays.toString(found.shape()), null);
    }
    float[] samples = order.held(name, found);
    return () -> Arrays32.write(array, samples);
  }

  @Override
  public List<String> initialize(Path file) throws IOException {
    checkOpen();
    Map<String, Npz.Array> arrays = Npz.read(file, new LinkedHashMap<>());
    Npz.checkFinite(file, arrays);
    Map<String, float[]> fitting = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    weights
        .all()
        .forEach(
            (name, held) -> {
              Npz.Array array = arrays.getOrDefault(AVERAGE + name, arrays.get(name));
              if (array != null && isOfShape(held, array)) {
                fitting.put(name, weights.held(name, array));
              } else {
                others.add(name);
              }
            });
    if (fitting.isEmpty()) {
      throw new ModelFormatException(
          String.format(
              "%s: must have weights of %s, such as \"%s\", but none of its arrays fits: %s",
              file, title(), others.get(0), Names.of(arrays.keySet())),
          null);
    }
    fitting.forEach(
        (name, samples) -> Arrays32.write(requireNonNull(weights.all().get(name), name), samples));
    average.ifPresent(WeightAverage::reset);
    return others;
  }

  private static boolean isOfShape(INDArray held, Npz.Array array) {
    return WeightFiles.publishedShape(held.shape())
        .equals(Arrays.stream(array.shape()).boxed().toList());
  }

  @Override
  public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
    checkOpen();
    SortedMap<String, String> all = new TreeMap<>(metadata);
    all.putAll(info.provenance());
    String version = Dl4jTrainingSession.class.getPackage().getImplementationVersion();
    if (version != null) { // there is none outside of a jar
      all.put("version", version);
    }
    all.put("scale", Integer.toString(info.scale()));
    all.put("color", Networks.text(info.color()));
    all.put("range", "1");
    all.put("preupscale", info.isPreupscaled() ? "bicubic" : "none");
    all.put("alignment", Integer.toString(info.alignment()));
    info.halo().ifPresent(halo -> all.put("halo", Integer.toString(halo)));
    SortedMap<String, String> prefixed = new TreeMap<>();
    all.forEach((key, value) -> prefixed.put("sr4j." + key, value));
    byte[] model =
        OnnxExporter.export(
            inference.graph(),
            published().all(),
            NetworkGraph.INPUT,
            NetworkGraph.OUTPUT,
            info.channels(),
            prefixed);
    write(file, out -> out.write(model));
  }

  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  /** Writes a file that is there completely or not at all. */
  private static void write(Path file, Content content) throws IOException {
    AtomicFile.write(
        file,
        temporary -> {
          try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            content.write(Channels.newOutputStream(channel));
            channel.force(true); // or a power failure could leave a file of zeros under the name
          }
          return file;
        });
  }

  private void checkOpen() {
    checkState(!closed, "the session is closed");
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      steps.values().forEach(TrainingStep::close);
      adversary.ifPresent(Adversary::close);
      gradients.close();
      average.ifPresent(WeightAverage::close);
      optimizer.close();
      weights.close();
    }
  }
}
