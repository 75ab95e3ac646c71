// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import static java.util.stream.Collectors.toCollection;

import com.google.common.collect.Sets;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.shared.util.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The content of a file of weights: a checkpoint of a training session, or a NumPy {@code .npz}
 * archive of another program with an array for each weight.
 *
 * <p>A checkpoint has the weights by their names, their average by {@code average/name}, the state
 * of optimizers by names with a slash, and properties. Immutable.
 */
public final class Checkpoint {

  private static final String PROPERTIES = "sr4j.properties";
  private static final String PREFIX = "session."; // of the properties of the session itself
  private static final String AVERAGE = "average/"; // of arrays
  private static final String VERSION = "1"; // of the files

  private final Path file;
  private final Network network;
  private final Map<String, Tensor> arrays;
  private final SortedMap<String, String> properties;
  private final boolean isOurs;

  private Checkpoint(
      Path file, Network network, Map<String, Tensor> arrays, Map<String, String> texts) {
    this.file = file;
    this.network = network;
    this.arrays = arrays;
    this.properties = PropertiesText.read(texts.getOrDefault(PROPERTIES, ""));
    this.isOurs = texts.containsKey(PROPERTIES);
  }

  /**
   * Reads a file of weights of any network.
   *
   * @param network for which they are read
   * @throws ModelFormatException if the file is damaged or has values that are not finite
   */
  public static Checkpoint readAny(Path file, Network network) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, Tensor> arrays = Npz.read(file, texts);
    Npz.checkFinite(file, arrays);
    return new Checkpoint(file, network, arrays, texts);
  }

  /**
   * Returns the content of a file of another form.
   *
   * @param network for which it was read
   * @param arrays by name
   */
  public static Checkpoint of(Path file, Network network, Map<String, Tensor> arrays) {
    return new Checkpoint(file, network, arrays, Map.of());
  }

  /**
   * Reads a file of the weights of a network.
   *
   * @param parameters those of the network
   * @throws ModelFormatException if the file is damaged, has values that are not finite, lacks
   *     weights of the network, has others, or is a checkpoint of another network or of another
   *     version
   */
  public static Checkpoint read(Path file, Network network, Collection<Parameter> parameters)
      throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, Tensor> arrays = Npz.read(file, texts);
    Checkpoint checkpoint = new Checkpoint(file, network, arrays, texts);
    Set<String> own =
        parameters.stream().map(Parameter::name).collect(toCollection(LinkedHashSet::new));
    if (checkpoint.isOurs) {
      checkpoint.checkKind();
      checkpoint.checkLayers(own);
    }
    Npz.checkFinite(file, arrays);
    parameters.forEach(checkpoint::published); // what is missing matters more than what is unknown
    for (String name : arrays.keySet()) {
      if (!own.contains(name) && name.indexOf('/') < 0) {
        throw new ModelFormatException(
            String.format(
                "%s: %s has no array \"%s\"", file, checkpoint.title(), Names.shortened(name)),
            null);
      }
    }
    return checkpoint;
  }

  /** Refuses a checkpoint of another network, or of a later version. */
  private void checkKind() {
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
  private void checkLayers(Set<String> own) {
    Set<String> saved =
        arrays.keySet().stream()
            .filter(name -> name.indexOf('/') < 0)
            .collect(toCollection(TreeSet::new));
    Set<String> lacking = Sets.difference(own, saved);
    Set<String> unknown = Sets.difference(saved, own);
    if (!lacking.isEmpty() || !unknown.isEmpty()) {
      throw new ModelFormatException(
          String.format(
              "%s: must have the arrays of %s, but was written by a version of SR4J with other"
                  + " layers: the file lacks %s, and this version does not know %s",
              file, title(), Names.of(lacking), Names.of(unknown)),
          null);
    }
  }

  private String title() {
    return network.text() + " x" + network.scale();
  }

  /** Returns all arrays, by name. */
  public Map<String, Tensor> arrays() {
    return arrays;
  }

  /** Returns whether the file has an average of the weights. */
  public boolean hasAverage() {
    return arrays.keySet().stream().anyMatch(name -> name.startsWith(AVERAGE));
  }

  /**
   * Returns the weights of a parameter.
   *
   * @throws ModelFormatException if there are none, or of another shape
   */
  public Tensor weights(Parameter parameter) {
    return array(parameter.name(), parameter.shape());
  }

  /**
   * Returns the average of the weights of a parameter.
   *
   * @throws ModelFormatException if there is none, or of another shape
   */
  public Tensor average(Parameter parameter) {
    return array(AVERAGE + parameter.name(), parameter.shape());
  }

  /**
   * Returns the average of the weights of a parameter, or the weights where there is none: what the
   * network is run with.
   *
   * @throws ModelFormatException if there are none, or of another shape
   */
  public Tensor published(Parameter parameter) {
    return arrays.containsKey(AVERAGE + parameter.name()) ? average(parameter) : weights(parameter);
  }

  /** Returns the array that {@link #published} returns; empty if the file has none that fits. */
  public Optional<Tensor> fitting(Parameter parameter) {
    return fitting(parameter.name(), parameter.shape());
  }

  /** Returns the average of an array, or the array; empty if the file has none of the shape. */
  public Optional<Tensor> fitting(String name, Shape shape) {
    Tensor array = arrays.getOrDefault(AVERAGE + name, arrays.get(name));
    return Optional.ofNullable(array).filter(found -> found.shape().equals(shape));
  }

  /** Returns the refusal of a file of which nothing fits. */
  public ModelFormatException fitsNothing(String example) {
    return new ModelFormatException(
        String.format(
            "%s: must have weights of %s, such as \"%s\", but none of its arrays fits: %s",
            file, title(), example, Names.of(arrays.keySet())),
        null);
  }

  private Tensor array(String name, Shape shape) {
    Tensor found = arrays.get(name);
    String expected =
        String.format("%s: %s needs an array \"%s\" of shape %s", file, title(), name, shape);
    if (found == null) {
      throw new ModelFormatException(
          expected + ", but the file has " + Names.of(arrays.keySet()), null);
    }
    if (!found.shape().equals(shape)) {
      throw new ModelFormatException(expected + ", but its shape is " + found.shape(), null);
    }
    return found;
  }

  /** Returns the properties of the session, without their prefix. */
  public Optional<String> ofSession(String key) {
    return Optional.ofNullable(properties.get(PREFIX + key));
  }

  /** Returns the properties of whoever saved the session. */
  public Map<String, String> properties() {
    Map<String, String> others = new TreeMap<>(properties);
    others.keySet().removeIf(key -> key.startsWith(PREFIX));
    return others;
  }

  /** The content of a checkpoint that is being written. */
  public static final class Content {

    private final Map<String, Tensor> arrays = new LinkedHashMap<>();
    private final SortedMap<String, String> properties;

    /**
     * Starts with the properties of whoever saves the session.
     *
     * @param network whose weights are saved
     */
    public Content(Network network, Map<String, String> properties) {
      this.properties = new TreeMap<>(properties);
      putProperty("version", VERSION);
      putProperty("network", network.text());
      putProperty("scale", Integer.toString(network.scale()));
    }

    /** Adds a property of the session. */
    public void putProperty(String key, String value) {
      properties.put(PREFIX + key, value);
    }

    /** Adds an array. */
    public void put(String name, Tensor array) {
      arrays.put(name, array);
    }

    /** Adds the average of the weights of a name. */
    public void putAverage(String name, Tensor array) {
      arrays.put(AVERAGE + name, array);
    }

    /** Writes the file, which is there completely or not at all. */
    public void write(Path file) throws IOException {
      Map<String, String> texts = Map.of(PROPERTIES, PropertiesText.write(properties));
      AtomicFile.writeDurably(file, out -> Npz.write(out, arrays, texts));
    }
  }
}
