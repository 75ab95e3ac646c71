// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.graph.Parameter.Role;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.LeakyRelu;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GraphTest {

  private final GraphBuilder builder = new GraphBuilder();
  private final Node input = builder.input("input", Shape.ofImages(3));

  private Node weights(String name, Role role, int shuffle, long... shape) {
    return builder.weights(
        new Parameter(name, Shape.of(shape), new Parameter.Initial.Constant(0), role, shuffle));
  }

  private Node weights(String name, long... shape) {
    return weights(name, Role.TRAINED, 1, shape);
  }

  @Test
  void equalComputations_areOneNode() {
    Node once = builder.add(new LeakyRelu(0.2), input);

    assertThat(builder.add(new LeakyRelu(0.2), input)).isSameAs(once);
    assertThat(builder.add("another name", new LeakyRelu(0.2), input)).isSameAs(once);
    assertThat(builder.add(new LeakyRelu(0.3), input)).isNotSameAs(once);
    assertThat(builder.add(new LeakyRelu(0.2), once)).isNotSameAs(once);
    assertThat(builder.add(Reduce.mean(3, 2), input))
        .isSameAs(builder.add(Reduce.mean(2, 3), input));
  }

  @Test
  void operandsInAnotherOrder_areAnotherComputation() {
    Node other = builder.input("other", Shape.ofImages(3));

    assertThat(builder.add(Binary.SUBTRACT, input, other))
        .isNotSameAs(builder.add(Binary.SUBTRACT, other, input));
  }

  @Test
  void equalConstantsOfOneName_areOneNode() {
    Node once = builder.constant(Tensor.of(Shape.of(2), 1, 2));

    assertThat(builder.constant(Tensor.of(Shape.of(2), 1, 2))).isSameAs(once);
    assertThat(builder.constant("name", Tensor.of(Shape.of(2), 1, 2))).isNotSameAs(once);
    assertThat(builder.constant(Tensor.of(Shape.of(2, 1), 1, 2))).isNotSameAs(once);
    assertThat(builder.constant(Tensor.of(Shape.of(2), 1, 3))).isNotSameAs(once);
  }

  @Test
  void names_areUnique() {
    Node first = builder.add(Unary.RELU, input);
    Node second = builder.add(Unary.RELU, builder.add(Unary.TANH, input));
    Node third = builder.add("input", Unary.RELU, second);

    assertThat(first.name()).isEqualTo("relu");
    assertThat(second.name()).isEqualTo("relu_1");
    assertThat(third.name()).isEqualTo("input_1");
    assertThat(builder.constant("relu", Tensor.scalar(1)).name()).isEqualTo("relu_2");
    assertThat(first).hasToString("relu of shape [?, 3, ?, ?]");
  }

  @Test
  void inputOfANameThatIsTaken_isRefused() {
    weights("conv.weight", 3);

    for (String name : new String[] {"input", "conv.weight"}) {
      assertThatThrownBy(() -> builder.input(name, Shape.ofImages(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("there must not be two nodes named \"" + name + "\"");
    }
    assertThatThrownBy(() -> weights("input", 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there must not be two nodes named \"input\"");
  }

  @Test
  void weightsOfOneName_areOneNode_ofOneShapeAndRole() {
    Node once = weights("w", 3);

    assertThat(weights("w", 3)).isSameAs(once);
    assertThatThrownBy(() -> weights("w", 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights \"w\" must have one shape in all layers of that name, but had [3] and [4]");
    assertThatThrownBy(() -> weights("w", Role.STATISTIC, 1, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> weights("w", Role.TRAINED, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be followed by one pixel shuffle");
  }

  @Test
  void unneededNodes_areLeftOut_butNotInputs() {
    Node other = builder.input("other", Shape.ofImages(3));
    Node wanted = builder.add(Binary.MULTIPLY, input, weights("scale", 1, 3, 1, 1));
    builder.add(Binary.ADD, wanted, weights("unneeded", 1, 3, 1, 1));
    builder.constant(Tensor.scalar(5));
    Graph graph = builder.build(wanted);

    assertThat(graph.nodes())
        .extracting(Node::name)
        .containsExactly("input", "other", "scale", "multiply");
    assertThat(graph.inputs()).extracting(Node::name).containsExactly("input", "other");
    assertThat(graph.parameters()).extracting(Parameter::name).containsExactly("scale");
    assertThat(graph.outputs()).containsExactly(wanted);
    assertThat(other.name()).isEqualTo("other");
  }

  @Test
  void nodes_standBehindTheirOperands() {
    Node first = builder.add(Unary.RELU, input);
    Node second = builder.add(Unary.TANH, first);
    Graph graph = builder.build(second, first);

    assertThat(graph.nodes()).containsExactly(input, first, second);
    assertThat(graph.outputs()).containsExactly(second, first);
  }

  @Test
  void dependents_areWhatInputsChange() {
    Node weights = weights("w", 1, 3, 1, 1);
    Node ofWeights = builder.add(Unary.SQUARE, weights);
    Node both = builder.add(Binary.MULTIPLY, input, ofWeights);
    Graph graph = builder.build(both);

    assertThat(graph.dependents()).containsExactlyInAnyOrder(input, both);
  }

  @Test
  void uses_countOperandsAndOutputs() {
    Node relu = builder.add(Unary.RELU, input);
    Node sum = builder.add(Binary.ADD, relu, relu);
    Graph graph = builder.build(sum, relu);

    assertThat(graph.uses())
        .containsOnly(Map.entry(input, 1), Map.entry(relu, 3), Map.entry(sum, 1));
  }

  @Test
  void shapes_followFromThoseOfInputs() {
    Node convolved = builder.add(Convolve.of(3, 2, 1), input, weights("kernels", 4, 3, 3, 3));
    Graph graph = builder.build(convolved);

    assertThat(convolved.shape()).isEqualTo(Shape.ofImages(4));
    assertThat(graph.shapes(node -> Shape.of(2, 3, 7, 6)).get(convolved))
        .isEqualTo(Shape.of(2, 4, 4, 3));
  }

  @Test
  void evaluation_needsEachArrayInItsShape() {
    Node shifted = builder.add(Binary.ADD, input, weights("shift", 1, 3, 1, 1));
    Graph graph = builder.build(shifted);
    Map<String, DoubleTensor> images =
        Map.of("input", DoubleTensor.of(Shape.of(1, 3, 2, 1), i -> i));
    Map<String, DoubleTensor> shifts =
        Map.of("shift", DoubleTensor.of(Shape.of(1, 3, 1, 1), 10, 20, 30));

    assertThat(graph.evaluate(images, shifts).get(shifted).samples())
        .containsExactly(10, 11, 22, 23, 34, 35);
    assertThatThrownBy(() -> graph.evaluate(images, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there must be an array for \"shift\"");
    assertThatThrownBy(() -> graph.evaluate(shifts, shifts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there must be an array for \"input\"");
    Map<String, DoubleTensor> luma = Map.of("input", DoubleTensor.of(Shape.of(1, 1, 2, 1), i -> i));
    assertThatThrownBy(() -> graph.evaluate(luma, shifts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the array for \"input\" must be of shape [?, 3, ?, ?], but was of [1, 1, 2, 1]");
  }

  @Test
  void operandsThatAnOperatorCannotTake_areRefusedWhenItIsAdded() {
    assertThatThrownBy(() -> builder.add(new Slice(1, 2, 5), input))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5");
    assertThatThrownBy(() -> builder.add(Unary.RELU, input, input))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("relu must have 1 operands, but had 2");
  }

  @Test
  void parameterOfAFreeShape_isRefused() {
    assertThatThrownBy(() -> weights("w", 3, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights must have a known shape, but had [3, ?]");
  }
}
