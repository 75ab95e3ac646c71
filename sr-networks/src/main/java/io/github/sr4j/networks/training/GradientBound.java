// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.training;

import io.github.sr4j.networks.training.engine.EngineArray;
import io.github.sr4j.spi.TrainingSetup.Clipping;
import io.github.sr4j.spi.TrainingSetup.Clipping.Kind;

/** The application of a bound to gradients. */
record GradientBound(Clipping clipping) {

  /**
   * Returns the factor by which every gradient is multiplied.
   *
   * @param norm the common L2 norm of all gradients
   */
  double factor(double norm) {
    return clipping.kind() == Kind.NORM && norm > clipping.bound() ? clipping.bound() / norm : 1;
  }

  /**
   * Bounds the gradients of some weights.
   *
   * @param factor {@link #factor} of all gradients
   * @param rate the learning rate of the weights
   */
  void apply(EngineArray<?> gradient, double factor, double rate) {
    if (factor != 1) {
      gradient.multiply(factor);
    }
    boolean isOfValues = clipping.kind() == Kind.VALUE;
    if (isOfValues || (clipping.kind() == Kind.ADJUSTABLE && rate > 0)) {
      float most = (float) (isOfValues ? clipping.bound() : clipping.bound() / rate);
      float[] samples = gradient.samples();
      for (int i = 0; i < samples.length; i++) {
        samples[i] = Math.max(-most, Math.min(most, samples[i]));
      }
      gradient.write(samples);
    }
  }
}
