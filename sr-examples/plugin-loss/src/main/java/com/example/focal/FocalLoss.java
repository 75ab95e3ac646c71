// SPDX-License-Identifier: Apache-2.0
package com.example.focal;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/**
 * The mean of {@code |d|^(1 + gamma)} with {@code d = prediction - target}: an L1 in which each
 * difference is weighted with a power of itself, so that training attends to where the result is
 * still bad.
 *
 * @param gamma the power, at least 0, which makes it the L1
 */
record FocalLoss(double gamma) implements Loss {

  FocalLoss {
    if (!(gamma >= 0)) {
      throw new IllegalArgumentException("gamma must be at least 0, but was " + gamma);
    }
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    double sum = 0;
    for (int i = 0; i < prediction.length; i++) {
      double d = (double) prediction[i] - target[i];
      double weight = Math.pow(Math.abs(d), gamma);
      sum += weight * Math.abs(d);
      gradient[i] = (float) ((1 + gamma) * weight * Math.signum(d) / prediction.length);
    }
    return sum / prediction.length;
  }

  /** The form that is read back; it goes into reports and into the exported model. */
  @Override
  public String toString() {
    return "focal(gamma=" + gamma + ")";
  }
}
