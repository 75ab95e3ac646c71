// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DerivationsTest {

  private static Tensor drawn(int seed, long... shape) {
    Random random = new Random(seed);
    Shape drawn = Shape.of(shape);
    float[] samples = new float[(int) drawn.size()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat() - 0.5f;
    }
    return Tensor.of(drawn, samples);
  }

  private static DoubleTensor convolved(Convolve convolve, DoubleTensor images, Tensor... weights) {
    return convolve.evaluate(
        List.of(images, DoubleTensor.of(weights[0]), DoubleTensor.of(weights[1])));
  }

  /** SPAN pads the image before the three convolutions, so that biases reach the border, too. */
  @Test
  void mergedBranches_areOneConvolution() {
    DoubleTensor images = DoubleTensor.of(drawn(1, 1, 3, 6, 5));
    List<Tensor> kernels =
        List.of(drawn(2, 6, 3, 1, 1), drawn(3, 8, 6, 3, 3), drawn(4, 4, 8, 1, 1));
    List<Tensor> biases = List.of(drawn(5, 6), drawn(6, 8), drawn(7, 4), drawn(8, 4));
    Tensor beside = drawn(9, 4, 3, 1, 1);

    Tensor merged =
        Derivations.mergedKernels(2)
            .apply(List.of(kernels.get(0), kernels.get(1), kernels.get(2), beside));
    Tensor bias =
        Derivations.mergedBiases(
            List.of(
                kernels.get(1),
                kernels.get(2),
                biases.get(0),
                biases.get(1),
                biases.get(2),
                biases.get(3)));

    DoubleTensor x = convolved(Convolve.of(1, 1, 1), images, kernels.get(0), biases.get(0));
    x = convolved(Convolve.of(3, 1, 0), x, kernels.get(1), biases.get(1));
    x = convolved(Convolve.of(1, 1, 0), x, kernels.get(2), biases.get(2));
    DoubleTensor side = convolved(Convolve.of(1, 1, 0), images, beside, biases.get(3));
    DoubleTensor expected = Binary.ADD.evaluate(List.of(x, side));
    DoubleTensor half = DoubleTensor.of(images.shape(), i -> images.samples()[i] / 2);
    DoubleTensor actual = convolved(Convolve.of(3, 1, 1), half, merged, bias);
    assertThat(actual.samples()).containsExactly(expected.samples(), within(1e-5));
  }

  /** PyTorch's transposed convolution of kernel 9 crops (9 - 1) / 2 pixels above and left. */
  @Test
  void enlargedKernel_cropsAsThePaddingOfTheProgram() {
    Tensor kernels = drawn(1, 1, 1, 9, 9);
    DoubleTensor one = DoubleTensor.of(Shape.of(1, 1, 7, 7), i -> i == 24 ? 1 : 0); // the centre

    Tensor enlarged = Derivations.enlarged(10).apply(List.of(kernels));
    DoubleTensor result =
        new ConvolveTransposed(10, 2).evaluate(List.of(one, DoubleTensor.of(enlarged)));

    for (int y = 0; y < 9; y++) {
      for (int x = 0; x < 9; x++) {
        int place = (3 * 2 - 4 + y) * 14 + 3 * 2 - 4 + x;
        assertThat(result.samples()[place]).isEqualTo(kernels.samples()[y * 9 + x]);
      }
    }
  }

  @Test
  void vectors_areComputedFromThoseOfTheFile() {
    Tensor vector = Tensor.of(Shape.of(2), 1, -2);

    assertThat(Derivations.times(3).apply(List.of(vector)).samples()).containsExactly(3, -6);
    assertThat(Derivations.constant(0.2).apply(List.of(vector)).samples())
        .containsExactly(0.2f, 0.2f);
    assertThat(Derivations.repeated(2).apply(List.of(vector))).isEqualTo(vector);
    assertThat(Derivations.repeated(2).apply(List.of(Tensor.of(Shape.of(1), 5))).samples())
        .containsExactly(5, 5);
    Tensor bias = Tensor.of(Shape.of(2), 0.5f, 1);
    assertThat(Derivations.unbiasedMean(List.of(vector, bias)).samples()).containsExactly(0.5f, -3);
  }

  @Test
  void arraysThatDoNotFitTogether_areRefused() {
    Tensor vector = drawn(1, 3);
    assertThatThrownBy(() -> Derivations.unbiasedMean(List.of(vector, drawn(1, 2))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Derivations.enlarged(10).apply(List.of(vector)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Derivations.mergedKernels(1)
                    .apply(
                        List.of(
                            drawn(1, 6, 3, 1, 1),
                            drawn(1, 8, 5, 3, 3),
                            drawn(1, 4, 8, 1, 1),
                            drawn(1, 4, 3, 1, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be of shape [8, 6, 3, 3], but was of [8, 5, 3, 3]");
    assertThatThrownBy(
            () -> Derivations.mergedBiases(List.of(vector, vector, vector, vector, vector, vector)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
