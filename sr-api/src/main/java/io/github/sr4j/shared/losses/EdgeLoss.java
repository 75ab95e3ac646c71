// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/**
 * The mean absolute difference of the image gradients, {@code mean(|dx p - dx t|) + mean(|dy p - dy
 * t|)} with {@code dx} and {@code dy} the differences of neighbours: edges must be as steep as the
 * target's, while a constant offset costs nothing.
 *
 * <p>M. Mathieu, C. Couprie and Y. LeCun, <i>Deep multi-scale video prediction beyond mean square
 * error</i>, ICLR 2016, equation 6 with alpha = 1. The paper compares the magnitudes of the
 * differences; signed ones are compared here, so that an inverted edge is not taken for a perfect
 * one, and a mean is taken where the paper has a sum.
 */
public record EdgeLoss() implements Loss {

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    NeighbourDifferences.checkShape("edge", shape);
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    return NeighbourDifferences.evaluate(shape, i -> (double) prediction[i] - target[i], gradient);
  }

  @Override
  public String toString() {
    return "edge";
  }
}
