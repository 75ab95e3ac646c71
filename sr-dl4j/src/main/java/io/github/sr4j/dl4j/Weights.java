// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Prelu;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays of a network, by name, in the order of the network: those that are trained, and the
 * running statistics of normalisations, which are not.
 *
 * <p>They are held as SameDiff's operations train them, in the order of {@link
 * Parameter#drawingOrder}:
 *
 * <ul>
 *   <li>Convolutions are [height, width, in, out], transposed ones [height, width, out, in].
 *   <li>The channels before a pixel shuffle have the upper left pixel of every channel first, then
 *       the next pixel of every channel.
 *   <li>Factors of each channel, such as slopes, are [channels, 1, 1].
 * </ul>
 *
 * <p>Confined to one thread; whoever creates it closes it.
 */
final class Weights implements AutoCloseable {

  private final Map<String, INDArray> arrays = new LinkedHashMap<>();
  private final Map<String, INDArray> statistics = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new HashMap<>();

  private Weights() {}

  /**
   * Draws weights.
   *
   * @param parameters in the order in which they are drawn
   * @param graphs those that have these weights
   */
  static Weights draw(List<Parameter> parameters, Collection<Graph> graphs, long seed) {
    return of(parameters, graphs, InitialWeights.draw(parameters, seed));
  }

  /** Returns weights of given values, by name. */
  static Weights of(
      List<Parameter> parameters, Collection<Graph> graphs, Map<String, Tensor> values) {
    Set<String> factors = new HashSet<>();
    graphs.forEach(graph -> addFactors(graph, factors));
    Weights weights = new Weights();
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      Map<String, INDArray> held = parameter.isTrained() ? weights.arrays : weights.statistics;
      long[] shape = shape(parameter, factors.contains(name));
      INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
      held.put(name, array);
      weights.parameters.put(name, parameter);
      FloatArrays.write(array, held(parameter, requireNonNull(values.get(name), name)));
    }
    return weights;
  }

  /** Adds the weights that are multiplied by images, or added to them, channel by channel. */
  private static void addFactors(Graph graph, Set<String> factors) {
    for (Node.Operation operation : graph.operations()) {
      boolean isNormalization =
          operation.operator() instanceof Normalize normalize
              && !(normalize instanceof Normalize.Batch);
      if (isNormalization || operation.operator() instanceof Prelu) {
        operation.operands().stream().skip(1).map(Node::name).forEach(factors::add);
      }
    }
  }

  private static long[] shape(Parameter parameter, boolean isFactor) {
    long[] shape = parameter.shape().toArray();
    return shape.length == 4
        ? new long[] {shape[2], shape[3], shape[1], shape[0]}
        : isFactor ? new long[] {shape[0], 1, 1} : shape;
  }

  /** Returns the shape of an array in files. */
  Shape shape(String name) {
    return parameter(name).shape();
  }

  private Parameter parameter(String name) {
    return requireNonNull(parameters.get(name), name);
  }

  /** Returns an array as files have it. */
  Tensor published(String name) {
    return published(name, requireNonNull(all().get(name), name));
  }

  /** Returns an array in the order of the weights of a name, such as their gradient. */
  Tensor published(String name, INDArray array) {
    return published(parameter(name), FloatArrays.read(array));
  }

  /** Returns the samples of a parameter as files have them. */
  static Tensor published(Parameter parameter, float[] held) {
    float[] published = new float[held.length];
    int[] places = parameter.drawingOrder();
    for (int i = 0; i < held.length; i++) {
      published[places[i]] = held[i];
    }
    return Tensor.of(parameter.shape(), published);
  }

  /** Returns all arrays as files have them. */
  Map<String, Tensor> published() {
    Map<String, Tensor> published = new LinkedHashMap<>();
    all().keySet().forEach(name -> published.put(name, published(name)));
    return published;
  }

  /** Returns the samples of a parameter of a file, of the same shape, in the order held here. */
  static float[] held(Parameter parameter, Tensor published) {
    int[] places = parameter.drawingOrder();
    float[] held = new float[places.length];
    for (int i = 0; i < held.length; i++) {
      held[i] = published.samples()[places[i]];
    }
    return held;
  }

  /** Returns the arrays that are trained. */
  Map<String, INDArray> arrays() {
    return arrays;
  }

  /** Returns the arrays that make the network: those that are trained, and the statistics. */
  Map<String, INDArray> all() {
    Map<String, INDArray> all = new LinkedHashMap<>(arrays);
    all.putAll(statistics);
    return all;
  }

  @Override
  public void close() {
    all().values().forEach(INDArray::close);
    arrays.clear();
    statistics.clear();
  }
}
