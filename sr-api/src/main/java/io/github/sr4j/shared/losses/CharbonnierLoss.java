// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/**
 * The Charbonnier loss, {@code mean(sqrt(d^2 + epsilon^2) - epsilon)} with {@code d = prediction -
 * target}: an L1 that is smooth at zero.
 *
 * <p>W.-S. Lai et al., <i>Deep Laplacian Pyramid Networks for Fast and Accurate
 * Super-Resolution</i>, CVPR 2017, on the loss function. The paper does not subtract {@code
 * epsilon}; it is subtracted here so that a perfect prediction costs nothing, which leaves the
 * gradient unchanged.
 */
public record CharbonnierLoss(double epsilon) implements Loss {

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    double sum = 0; // double: a batch of 16 patches of 96x96 RGB has 4e5 terms
    int size = shape.size();
    for (int i = 0; i < size; i++) {
      double d = (double) prediction[i] - target[i];
      double root = Math.sqrt(d * d + epsilon * epsilon);
      sum += root - epsilon;
      gradient[i] = (float) (d / root / size);
    }
    return sum / size;
  }

  @Override
  public String toString() {
    return "charbonnier(epsilon=" + epsilon + ")";
  }
}
