// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.train.Loss;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A SameDiff network in training. */
final class Dl4jTrainingSession implements TrainingSession {

  private static final String PROPERTIES = "sr4j.properties";
  private static final String PREFIX = "session.";
  private static final String SEED = "seed";

  private final Network network;
  private final Loss loss;
  private final Weights weights;
  private final NetworkGraph inference;
  private ModelInfo info; // its seed is that of the weights, which restoring changes
  private final Optimizer optimizer;
  private final Optional<Adversary> adversary;
  private final TrainingStep training;
  private final Gradients gradients = new Gradients();
  private long iteration;
  private boolean closed;

  Dl4jTrainingSession(Network network, TrainingSetup setup) {
    this.network = network;
    this.loss = setup.loss();
    this.weights = new Weights(setup.seed());
    this.inference = NetworkGraph.of(network, weights, false);
    this.info = info(Optional.of(Long.toString(setup.seed())));
    this.optimizer = Optimizer.of(setup.optimizer(), weights);
    this.adversary = Adversary.of(loss, setup.optimizer(), setup.seed());
    Loss trained = adversary.map(a -> a.within(loss)).orElse(loss);
    this.training = new TrainingStep(network, weights, trained, info.blockScale());
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
    gradients.clear();
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      double value = training.evaluate(batches.get(i));
      if (!Double.isFinite(value)) {
        adversary.ifPresent(Adversary::skip);
        return value;
      }
      sum += value;
      gradients.add(training, weights.arrays().keySet(), i == batches.size() - 1);
    }
    gradients.divide(batches.size());
    gradients
        .all()
        .forEach(
            (name, gradient) ->
                optimizer.apply(
                    name,
                    requireNonNull(weights.arrays().get(name), name),
                    gradient,
                    learningRate * network.rateFactor(name),
                    iteration));
    training.observe();
    adversary.ifPresent(a -> a.step(learningRate));
    iteration++;
    return sum / batches.size();
  }

  @Override
  public List<Double> lossTerms() {
    return training.terms();
  }

  @Override
  public Map<String, Double> measures() {
    return adversary.map(Adversary::measures).orElse(Map.of());
  }

  @Override
  public Optional<String> warning() {
    return adversary.flatMap(Adversary::warning);
  }

  @Override
  public BlockUpscaler snapshot() {
    checkOpen();
    return new SameDiffBlockUpscaler(network, weights, info);
  }

  @Override
  public void save(Path file, Map<String, String> properties) throws IOException {
    checkOpen();
    Map<String, Npz.Array> arrays = new LinkedHashMap<>();
    weights.all().keySet().forEach(name -> arrays.put(name, weights.published(name)));
    optimizer.state.forEach(
        (name, array) -> arrays.put(name, new Npz.Array(array.shape(), Arrays32.read(array))));
    SortedMap<String, String> all = new TreeMap<>(properties);
    all.put(PREFIX + "network", network.text());
    all.put(PREFIX + "scale", Integer.toString(network.scale()));
    all.put(PREFIX + "iteration", Long.toString(iteration));
    String seed = info.provenance().get(SEED);
    if (seed != null) {
      all.put(PREFIX + SEED, seed);
    }
    adversary.ifPresent(a -> a.save(arrays, all));
    write(file, out -> Npz.write(out, arrays, Map.of(PROPERTIES, PropertiesText.write(all))));
  }

  @Override
  public Map<String, String> restore(Path file) throws IOException {
    checkOpen();
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, Npz.Array> arrays = Npz.read(file, texts);
    SortedMap<String, String> properties = PropertiesText.read(texts.getOrDefault(PROPERTIES, ""));
    String savedNetwork = properties.getOrDefault(PREFIX + "network", "");
    String savedScale = properties.getOrDefault(PREFIX + "scale", "");
    String saved = savedNetwork + " x" + savedScale;
    String ours = network.text() + " x" + network.scale();
    boolean isOurs =
        network.servesAllScales() ? savedNetwork.equals(network.text()) : saved.equals(ours);
    if (texts.containsKey(PROPERTIES) && !isOurs) {
      throw new ModelFormatException(
          String.format("%s: must be a checkpoint of %s, but is one of %s", file, ours, saved),
          null);
    }
    List<Runnable> changes = new ArrayList<>(); // made when the whole file has been found good
    for (Map.Entry<String, INDArray> weight : weights.all().entrySet()) {
      Npz.Array array = arrays.get(weight.getKey());
      String expected =
          String.format(
              "%s: %s needs an array \"%s\" of shape %s",
              file, ours, weight.getKey(), WeightFiles.publishedShape(weight.getValue().shape()));
      if (array == null) {
        throw new ModelFormatException(
            expected + ", but the file has " + String.join(", ", arrays.keySet()), null);
      }
      if (!isOfShape(weight.getValue(), array)) {
        throw new ModelFormatException(
            expected + ", but its shape is " + Arrays.toString(array.shape()), null);
      }
      float[] samples = weights.held(weight.getKey(), array);
      changes.add(() -> Arrays32.write(weight.getValue(), samples));
    }
    for (String name : arrays.keySet()) {
      if (!weights.all().containsKey(name) && name.indexOf('/') < 0) {
        throw new ModelFormatException(
            String.format("%s: %s has no array \"%s\"", file, ours, name), null);
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
    adversary.ifPresent(a -> a.restore(file, arrays, properties));
    changes.forEach(Runnable::run);
    iteration = hasState ? Long.parseLong(properties.getOrDefault(PREFIX + "iteration", "0")) : 0;
    info = info(Optional.ofNullable(properties.get(PREFIX + SEED)));
    properties.keySet().removeIf(key -> key.startsWith(PREFIX));
    return properties;
  }

  @Override
  public List<String> initialize(Path file) throws IOException {
    checkOpen();
    Map<String, Npz.Array> arrays = Npz.read(file, new LinkedHashMap<>());
    Map<String, float[]> fitting = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    weights
        .all()
        .forEach(
            (name, held) -> {
              Npz.Array array = arrays.get(name);
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
              file, network.text(), others.get(0), String.join(", ", arrays.keySet())),
          null);
    }
    fitting.forEach(
        (name, samples) -> Arrays32.write(requireNonNull(weights.all().get(name), name), samples));
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
            weights.all(),
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
    Path absolute = file.toAbsolutePath();
    // Not Files.createTempFile: what it makes only the owner may read.
    Path temporary =
        absolute.resolveSibling(
            String.format(".%x-%s", ProcessHandle.current().pid(), absolute.getFileName()));
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        content.write(out);
      }
      Files.move(
          temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void checkOpen() {
    checkState(!closed, "the session is closed");
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      training.close();
      adversary.ifPresent(Adversary::close);
      gradients.close();
      optimizer.close();
      weights.close();
    }
  }
}
