// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Prelu;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The order in which SameDiff's operations train weights, which is that of {@link
 * Parameter#drawingOrder}:
 *
 * <ul>
 *   <li>Convolutions are [height, width, in, out], transposed ones [height, width, out, in].
 *   <li>The channels before a pixel shuffle have the upper left pixel of every channel first, then
 *       the next pixel of every channel.
 *   <li>Factors of each channel, such as slopes, are [channels, 1, 1].
 * </ul>
 */
final class WeightLayout {

  private WeightLayout() {}

  /**
   * Creates the arrays of parameters, which the caller closes.
   *
   * @param graphs those that have these parameters
   * @param values in the order of files, by name
   * @return the arrays by name, in the order of the parameters
   */
  static Map<String, INDArray> create(
      List<Parameter> parameters, Collection<Graph> graphs, Map<String, Tensor> values) {
    Set<String> factors = new HashSet<>();
    graphs.forEach(graph -> addFactors(graph, factors));
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      long[] shape = shape(parameter, factors.contains(name));
      INDArray array = Nd4j.create(DataType.FLOAT, shape, 'c');
      arrays.put(name, array);
      FloatArrays.write(array, held(parameter, requireNonNull(values.get(name), name)));
    }
    return arrays;
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

  /** Returns the samples of a parameter, or of its gradient, in the order of files. */
  static Tensor published(Parameter parameter, float[] held) {
    float[] published = new float[held.length];
    int[] places = parameter.drawingOrder();
    for (int i = 0; i < held.length; i++) {
      published[places[i]] = held[i];
    }
    return Tensor.of(parameter.shape(), published);
  }

  /** Returns the samples of a parameter, given in the order of files, in that of SameDiff. */
  static float[] held(Parameter parameter, Tensor published) {
    int[] places = parameter.drawingOrder();
    float[] held = new float[places.length];
    for (int i = 0; i < held.length; i++) {
      held[i] = published.samples()[places[i]];
    }
    return held;
  }
}
