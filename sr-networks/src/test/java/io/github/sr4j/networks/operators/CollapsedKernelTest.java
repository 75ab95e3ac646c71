// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way back from a kernel to the two that collapse into it. */
final class CollapsedKernelTest {

  private final SplittableRandom random = new SplittableRandom(1);

  private Tensor drawn(Shape shape) {
    float[] samples = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble(-1, 1);
    }
    return Tensor.of(shape, samples);
  }

  @ParameterizedTest
  @CsvSource({"5, 5, 12, 3, true", "5, 5, 12, 3, false", "4, 7, 9, 1, false", "6, 3, 6, 5, false"})
  void first_collapsesIntoTheKernel(int out, int in, int inner, int side, boolean hasIdentity) {
    CollapsedKernel collapsed = new CollapsedKernel(hasIdentity);
    Tensor kernel = drawn(Shape.of(out, in, side, side));
    Tensor second = drawn(Shape.of(out, inner, 1, 1));

    Tensor first = collapsed.first(kernel, second).orElseThrow();

    assertThat(first.shape()).isEqualTo(Shape.of(inner, in, side, side));
    DoubleTensor again =
        collapsed.evaluate(List.of(DoubleTensor.of(first), DoubleTensor.of(second)));
    for (int i = 0; i < kernel.samples().length; i++) {
      assertThat(again.samples()[i]).isCloseTo(kernel.samples()[i], within(1e-4));
    }
  }

  @ParameterizedTest
  @CsvSource({"3", "4"})
  void first_ofKernelsThatDependOnOneAnother_isNone(int inner) {
    Tensor kernel = drawn(Shape.of(4, 4, 3, 3));
    Tensor second = drawn(Shape.of(4, inner, 1, 1));
    System.arraycopy(second.samples(), 0, second.samples(), inner, inner);

    assertThat(new CollapsedKernel(false).first(kernel, second)).isEmpty();
  }
}
