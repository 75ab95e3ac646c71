// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ShapeTest {

  @Test
  void images_haveKnownChannelsOnly() {
    Shape shape = Shape.ofImages(3);

    assertThat(shape).isEqualTo(Shape.of(Shape.FREE, 3, Shape.FREE, Shape.FREE));
    assertThat(shape.rank()).isEqualTo(4);
    assertThat(shape.isKnown()).isFalse();
    assertThat(shape).hasToString("[?, 3, ?, ?]");
  }

  @Test
  void size_isTheProductOfLengths() {
    assertThat(Shape.of(2, 3, 7, 5).size()).isEqualTo(210);
    assertThat(Shape.of().size()).isEqualTo(1);
    assertThatThrownBy(() -> Shape.ofImages(3).size())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape must be known, but was [?, 3, ?, ?]");
    assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40).size())
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void with_changesOneLength_andLeavesTheShape() {
    Shape shape = Shape.of(2, 3);

    assertThat(shape.with(1, 5)).isEqualTo(Shape.of(2, 5));
    assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    shape.toArray()[0] = 9;
    assertThat(shape.length(0)).isEqualTo(2);
  }

  @Test
  void negativeLength_isRefused() {
    assertThatThrownBy(() -> Shape.of(2, -2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but one was -2");
  }

  @Test
  void samples_areAsManyAsTheShapeHas() {
    assertThatThrownBy(() -> Tensor.of(Shape.of(2, 3), 1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("samples must be as many as those of shape [2, 3], but were 3");
    assertThatThrownBy(() -> DoubleTensor.of(Shape.of(2), 1.0, 2.0, 3.0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("samples must be as many as those of shape [2], but were 3");
    assertThatThrownBy(() -> Tensor.of(Shape.ofImages(1), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tensors_areEqualByShapeAndSamples() {
    Tensor tensor = Tensor.of(Shape.of(2), 1, 2);

    assertThat(tensor)
        .isEqualTo(Tensor.of(Shape.of(2), 1, 2))
        .hasSameHashCodeAs(Tensor.of(Shape.of(2), 1, 2))
        .isNotEqualTo(Tensor.of(Shape.of(1, 2), 1, 2))
        .isNotEqualTo(Tensor.of(Shape.of(2), 1, 3));
  }

  @Test
  void doubles_areThoseOfFloats_andBack() {
    Tensor tensor = Tensor.of(Shape.of(3), 0.1f, -1e-30f, 3e30f);

    assertThat(DoubleTensor.of(tensor).samples()).containsExactly(0.1f, -1e-30f, 3e30f);
    assertThat(DoubleTensor.of(tensor).toTensor()).isEqualTo(tensor);
  }
}
