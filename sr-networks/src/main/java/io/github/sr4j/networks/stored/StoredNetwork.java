// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.stored;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.NetworkGraph.Mode;
import io.github.sr4j.networks.files.Checkpoint;
import io.github.sr4j.networks.files.ModelFile;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.TrainingProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A network with the weights of a file. It needs no engine: it is run by the reference evaluation,
 * which is slow.
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class StoredNetwork implements TrainingProvider.TrainedNetwork {

  private final NetworkGraph graph;
  private final ModelInfo info;
  private final Map<String, Tensor> weights;
  private final Map<String, String> properties;
  private final long parameters;

  private StoredNetwork(
      NetworkGraph graph,
      ModelInfo info,
      Map<String, Tensor> weights,
      Map<String, String> properties,
      long parameters) {
    this.graph = graph;
    this.info = info;
    this.weights = weights;
    this.properties = properties;
    this.parameters = parameters;
  }

  /**
   * Reads the weights of a network.
   *
   * @param network the name of a network, with arguments of its own in parentheses if it has any
   * @param scale by how much the network enlarges
   * @param file a checkpoint of {@code TrainingSession.save}, of which the averaged weights are
   *     taken if there are such, or a NumPy {@code .npz} file with an array for each weight,
   *     convolutions as [out, in, height, width]
   * @throws IllegalArgumentException if there is no such network, or it has no such scale or
   *     argument
   * @throws io.github.sr4j.ModelFormatException if the file is damaged or its arrays are not this
   *     network's
   */
  public static StoredNetwork read(String network, int scale, Path file) throws IOException {
    Network found = Networks.of(network, scale);
    List<Parameter> parameters = Networks.parameters(found);
    Checkpoint checkpoint = Checkpoint.read(file, found, parameters);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    parameters.forEach(parameter -> weights.put(parameter.name(), checkpoint.published(parameter)));
    Map<String, String> provenance = new TreeMap<>(Map.of("network", found.text()));
    checkpoint.ofSession("seed").ifPresent(seed -> provenance.put("seed", seed));
    return of(found, parameters, weights, provenance, checkpoint.properties());
  }

  /**
   * Returns a network with weights.
   *
   * @param weights those of all parameters of its scales, by name
   * @param provenance where the weights come from
   */
  public static StoredNetwork of(
      Network network, Map<String, Tensor> weights, Map<String, String> provenance) {
    return of(network, Networks.parameters(network), weights, provenance, Map.of());
  }

  private static StoredNetwork of(
      Network network,
      List<Parameter> parameters,
      Map<String, Tensor> weights,
      Map<String, String> provenance,
      Map<String, String> properties) {
    NetworkGraph graph = NetworkGraph.of(network, Mode.INFERENCE);
    return new StoredNetwork(
        graph,
        graph.info(provenance),
        weights,
        properties,
        parameters.stream()
            .filter(Parameter::isTrained)
            .mapToLong(parameter -> parameter.shape().size())
            .sum());
  }

  /** Returns the properties of the network. */
  public ModelInfo info() {
    return info;
  }

  /** Returns the number of trainable values. */
  public long parameters() {
    return parameters;
  }

  /** Returns the properties saved with the weights; none for a file of another program. */
  public Map<String, String> properties() {
    return properties;
  }

  @Override
  public BlockUpscaler snapshot() {
    return new ReferenceUpscaler(graph, info, weights);
  }

  /** Returns the bytes of the ONNX model that {@link #exportOnnx} writes. */
  public byte[] onnx(Map<String, String> metadata) {
    return ModelFile.bytes(graph, info, weights, metadata);
  }

  @Override
  public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
    ModelFile.write(file, graph, info, weights, metadata);
  }
}
