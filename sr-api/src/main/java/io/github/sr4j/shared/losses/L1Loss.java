// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/** The mean absolute difference, {@code mean(|d|)} with {@code d = prediction - target}. */
public record L1Loss() implements Loss {

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    double sum = 0;
    int size = shape.size();
    for (int i = 0; i < size; i++) {
      double d = (double) prediction[i] - target[i];
      sum += Math.abs(d);
      gradient[i] = (float) (Math.signum(d) / size); // 0 at the kink
    }
    return sum / size;
  }

  @Override
  public String toString() {
    return "l1";
  }
}
