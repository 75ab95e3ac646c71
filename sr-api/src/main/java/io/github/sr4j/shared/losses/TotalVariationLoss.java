// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;

/**
 * The total variation of the prediction, {@code mean(|dx p|) + mean(|dy p|)} with {@code dx} and
 * {@code dy} the differences of neighbours: what noise and checkerboards cost, whatever the target.
 *
 * <p>L. I. Rudin, S. Osher and E. Fatemi, <i>Nonlinear total variation based noise removal
 * algorithms</i>, Physica D 60, 1992; in losses of networks since J. Johnson et al., <i>Perceptual
 * Losses for Real-Time Style Transfer and Super-Resolution</i>, ECCV 2016. The anisotropic form,
 * without the root over both directions, and a mean where the papers have a sum, so that a weight
 * means the same for patches of any size.
 */
public record TotalVariationLoss() implements Loss {

  @Override
  public void checkShape(PatchBatch.Shape shape) {
    NeighbourDifferences.checkShape("tv", shape);
  }

  @Override
  public double evaluate(
      PatchBatch.Shape shape, float[] prediction, float[] target, float[] gradient) {
    checkShape(shape);
    return NeighbourDifferences.evaluate(shape, i -> prediction[i], gradient);
  }

  @Override
  public String toString() {
    return "tv";
  }
}
