// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.NetworkGraph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.onnx.OnnxWriter;
import io.github.sr4j.networks.operators.GramMatrix;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of {@link OnnxWriter}: a runtime computes the same from the file that it writes as
 * the reference evaluation does from the graph, for each operator and each built-in network. Extend
 * it with a runtime of ONNX.
 */
public abstract class OnnxWriterContract {

  /** Relative to the largest value: sums of a few thousand 32-bit products. */
  private static final double TOLERANCE = 1e-5;

  /** For subclasses. */
  protected OnnxWriterContract() {}

  /**
   * Runs a model once.
   *
   * @param model the bytes of an ONNX file
   * @param inputs by name
   * @return the output, {@value OnnxWriter#OUTPUT}
   */
  protected abstract Tensor run(byte[] model, Map<String, Tensor> inputs) throws Exception;

  /** Whether an operator is part of training alone, and therefore has no form in ONNX. */
  private static boolean isOfTraining(OperatorCases.Case operator) {
    return operator.operator() instanceof GramMatrix
        || (operator.operator() instanceof Normalize.Batch batch && batch.isTraining());
  }

  static List<OperatorCases.Case> written() {
    return OperatorCases.all().stream().filter(operator -> !isOfTraining(operator)).toList();
  }

  static List<OperatorCases.Case> refused() {
    return OperatorCases.all().stream().filter(OnnxWriterContract::isOfTraining).toList();
  }

  static List<GraphCase> networks() {
    return NetworkCases.running();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("written")
  void operator_isWrittenAsTheReferenceIs(OperatorCases.Case operator) throws Exception {
    assertSame(operator.graph());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void network_isWrittenAsTheReferenceIs(GraphCase network) throws Exception {
    assertSame(network);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void operatorOfTraining_isRefusedByName(OperatorCases.Case operator) {
    GraphCase graph = operator.graph();

    assertThatThrownBy(() -> write(graph))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(operator.operator().id(), "ONNX");
  }

  /** Layers are named by whoever defines a network. */
  @Test
  void layersNamedAsTheOutput_areTakenForWhatTheyAre() throws Exception {
    GraphBuilder builder = new GraphBuilder();
    Shape images = Shape.of(2, 4, 7, 5);
    Node input = builder.input(NetworkGraph.INPUT, Shape.ofImages(4));
    Node inner = builder.add(OnnxWriter.OUTPUT, Unary.TANH, input);
    Node output = builder.add(NetworkGraph.INPUT, new PixelShuffle(2), inner);
    Map<String, Tensor> arrays =
        Map.of(NetworkGraph.INPUT, Values.SIGNED.draw(images, /* seed= */ 1));

    assertSame(GraphCase.of("layer named as the output", builder.build(output), arrays));
    assertSame(GraphCase.of("output named as such", builder.build(inner), arrays));
    assertSame(GraphCase.of("input as the output", builder.build(input), arrays));
  }

  private static byte[] write(GraphCase graph) {
    return OnnxWriter.write(graph.graph(), graph.arrays(), new TreeMap<>());
  }

  private void assertSame(GraphCase graph) throws Exception {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Node.Input input : graph.graph().inputs()) {
      inputs.put(input.name(), graph.arrays().get(input.name()));
    }
    Tensor actual = run(write(graph), inputs);

    assertThat(actual).as("output of %s", graph).isNotNull();
    Differences.assertClose(graph + ": output", actual, graph.expected(), TOLERANCE);
  }
}
