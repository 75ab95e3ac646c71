// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/** The mean squared difference, {@code mean(d^2)} with {@code d = prediction - target}. */
public record MseLoss() implements Loss {

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    double sum = 0;
    int size = shape.size();
    for (int i = 0; i < size; i++) {
      double d = (double) prediction[i] - target[i];
      sum += d * d;
      gradient[i] = (float) (2 * d / size);
    }
    return sum / size;
  }

  @Override
  public String toString() {
    return "mse";
  }
}
