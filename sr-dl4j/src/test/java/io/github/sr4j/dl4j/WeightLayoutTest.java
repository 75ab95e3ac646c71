// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The order in which SameDiff's operations train weights, and that of files. */
final class WeightLayoutTest {

  private static Parameter parameter(int shuffle, long... shape) {
    return new Parameter(
        "w", Shape.of(shape), new Parameter.Initial.Uniform(1), Parameter.Role.TRAINED, shuffle);
  }

  private static Tensor counted(long... shape) {
    float[] samples = new float[(int) Shape.of(shape).size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i;
    }
    return Tensor.of(Shape.of(shape), samples);
  }

  private static INDArray held(Parameter parameter, Tensor published) {
    return requireNonNull(
        WeightLayout.create(List.of(parameter), List.of(), Map.of("w", published)).get("w"));
  }

  @Test
  void kernels_areHeldWithTheirChannelsLast() {
    Tensor oihw = counted(5, 4, 2, 3);
    Parameter parameter = parameter(1, 5, 4, 2, 3);
    try (INDArray held = held(parameter, oihw)) {
      assertThat(held.shape()).containsExactly(2, 3, 4, 5);
      // [o=1, i=2, y=1, x=0] is [y=1, x=0, i=2, o=1] of the other order.
      assertThat(held.getFloat(1, 0, 2, 1)).isEqualTo(((1 * 4 + 2) * 2 + 1) * 3);
      assertThat(WeightLayout.published(parameter, FloatArrays.read(held))).isEqualTo(oihw);
    }
  }

  /** Channel {@code c * 4 + y * 2 + x} of a file is channel {@code (y * 2 + x) * 3 + c} here. */
  @Test
  void channelsBeforeAPixelShuffle_areHeldInTensorFlowsOrder() {
    for (Tensor published : List.of(counted(12), counted(12, 1, 1, 1))) {
      Parameter parameter = parameter(2, published.shape().toArray());
      try (INDArray held = held(parameter, published)) {
        float[] samples = FloatArrays.read(held);
        assertThat(samples).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
        assertThat(WeightLayout.published(parameter, samples)).isEqualTo(published);
      }
    }
  }
}
