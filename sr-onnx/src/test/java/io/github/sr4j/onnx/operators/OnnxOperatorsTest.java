// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.tracing.GraphValue;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import io.github.sr4j.onnx.tracing.OnnxOperator;
import io.github.sr4j.onnx.tracing.OnnxOperator.Weights;
import io.github.sr4j.onnx.tracing.OnnxOperator.Work;
import io.github.sr4j.onnx.tracing.SizeMismatch;
import io.github.sr4j.onnx.tracing.TracedNode;
import io.github.sr4j.onnx.tracing.Untraceable;
import io.github.sr4j.onnx.tracing.WalkBudget;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class OnnxOperatorsTest {

  private static final int OPSET = 13;

  private static Node node(String operator, int inputs) {
    return new Node(
        operator, "", "it", Collections.nCopies(inputs, "input"), List.of("output"), Map.of());
  }

  private static Image image() {
    return new Image(
        new long[] {1, 4, 6, 8}, ReceptiveInterval.input(6), ReceptiveInterval.input(8), 2, 3);
  }

  private static List<Image> follow(String operator, @Nullable GraphValue... inputs)
      throws Untraceable, SizeMismatch {
    Node node = node(operator, inputs.length);
    return OnnxOperators.of(node)
        .follow(new TracedNode(node, Arrays.asList(inputs), OPSET, new WalkBudget()));
  }

  static Stream<OnnxOperator> inPlace() {
    return OnnxOperators.all()
        .filter(OnnxOperator::isInPlace)
        .filter(operator -> !operator.name().equals("Flatten")); // joins rows and columns
  }

  /** An output that takes the memory of an input must have as many samples. */
  @ParameterizedTest
  @MethodSource("inPlace")
  void operatorInPlace_keepsTheNumberOfSamples(OnnxOperator operator) throws Exception {
    Constant parameter =
        switch (operator.name()) {
          case "Reshape" -> Constant.ofIntegers(1, 2, 2, -1, 8);
          case "Squeeze", "Unsqueeze" -> Constant.ofIntegers(0);
          default -> Constant.ofIntegers(1);
        };
    boolean isOptional = List.of("BatchNormalization", "Dropout").contains(operator.name());

    List<Image> outputs = follow(operator.name(), image(), isOptional ? null : parameter);

    assertThat(outputs).hasSize(1);
    assertThat(size(outputs.get(0))).isEqualTo(size(image()));
  }

  private static long size(Image image) {
    return Arrays.stream(image.shape()).reduce(1, (a, b) -> a * b);
  }

  @Test
  void operatorsThatMultiply_haveWeights_whateverTheirSize() {
    assertThat(
            OnnxOperators.all()
                .filter(operator -> operator.work() != Work.NONE)
                .filter(operator -> operator.work() != Work.UNKNOWN))
        .isNotEmpty()
        .allMatch(operator -> operator.weights() == Weights.ALL);
  }

  @Test
  void unknownOperator_isNamed() {
    assertThatThrownBy(() -> follow("Whirl", image()))
        .isInstanceOf(Untraceable.class)
        .hasMessage("unknown operator Whirl, node it");
  }

  @Test
  void operatorOfAnotherDomain_isNotFollowed() {
    Node node =
        new Node("Relu", "com.example", "it", List.of("input"), List.of("output"), Map.of());

    assertThatThrownBy(
            () ->
                OnnxOperators.of(node)
                    .follow(new TracedNode(node, List.of(image()), OPSET, new WalkBudget())))
        .isInstanceOf(Untraceable.class);
    Constant folded = ShapeArithmetic.fold(node, List.of(Constant.ofIntegers(1, 2)));
    assertThat(folded.shape()).isNull();
  }

  @Test
  void shapeAndSize_areThoseOfImages() {
    Constant shape = ShapeArithmetic.fold(node("Shape", 1), List.of(image()));
    Constant size = ShapeArithmetic.fold(node("Size", 1), List.of(image()));

    assertThat(shape.values()).containsExactly(1, 4, 6, 8);
    assertThat(size.shape()).isEmpty();
    assertThat(size.values()).containsExactly(192);
    assertThat(size.isInteger()).isTrue();
  }
}
