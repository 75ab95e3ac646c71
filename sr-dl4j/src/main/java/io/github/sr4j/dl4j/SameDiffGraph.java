// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph as one of SameDiff, in which weights are variables and inputs are placeholders, or
 * variables too if they are differentiated.
 *
 * @param variables by the nodes that they stand for
 * @param observed the statistics of a batch, by the names of the running ones
 */
record SameDiffGraph(
    SameDiff graph, Map<Node, SDVariable> variables, Map<String, SDVariable> observed) {

  /**
   * Translates a graph.
   *
   * @param arrays the weights, in the order of {@link WeightLayout}, and the inputs that are
   *     differentiated
   * @param isDifferentiated whether gradients are wanted: some operations have none
   */
  static SameDiffGraph of(Graph graph, Map<String, INDArray> arrays, boolean isDifferentiated) {
    SameDiff translated = SameDiff.create();
    Map<Node, SDVariable> variables = new HashMap<>();
    Translator translator = new Translator(translated, graph, isDifferentiated);
    Map<String, SDVariable> observed = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      SDVariable variable;
      INDArray array = arrays.get(node.name());
      if (node instanceof Node.Operation operation) {
        List<SDVariable> operands = operation.operands().stream().map(variables::get).toList();
        variable = translator.translate(operation, operands, observed);
      } else if (node instanceof Node.Constant constant) {
        variable = translated.constant(array(constant.tensor(), translator.isKernel(node)));
      } else if (array == null && node instanceof Node.Input) {
        variable = translated.placeHolder(node.name(), DataType.FLOAT, node.shape().toArray());
      } else {
        variable = translated.var(node.name(), requireNonNull(array, node.name()));
      }
      variables.put(node, variable);
    }
    return new SameDiffGraph(translated, variables, observed);
  }

  /** Returns a constant, kernels as [height, width, in, out]. */
  private static INDArray array(Tensor tensor, boolean isKernel) {
    INDArray array = Nd4j.create(DataType.FLOAT, tensor.shape().toArray(), 'c');
    FloatArrays.write(array, tensor.samples());
    return isKernel ? array.permute(2, 3, 1, 0).dup('c') : array;
  }

  /** Returns the variable of a node. */
  SDVariable variable(Node node) {
    return requireNonNull(variables.get(node), node.name());
  }

  /** Returns the name of the variable of a node. */
  String name(Node node) {
    return variable(node).name();
  }
}
