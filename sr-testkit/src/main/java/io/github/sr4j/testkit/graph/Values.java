// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.util.SplittableRandom;

/**
 * The samples of an array: spread over the numbers between two bounds, in a random order. No two
 * samples, and no two differences of samples, are equal, and no sample is close to a whole number,
 * so that neither a maximum nor an activation is differentiated at its kink.
 */
enum Values {
  /** Of images; not around 0, so that their sum is not a difference of large numbers. */
  SIGNED(-3.4, 4.2),
  /** Of the operands of logarithms, roots and divisions, and of variances. */
  POSITIVE(0.5, 4),
  /** Of kernels and slopes. */
  SMALL(-0.9, 0.9),
  /** Of images that losses compare. */
  UNIT(0.02, 0.98);

  private static final double CLEARANCE = 0.01; // between a sample and a whole number

  private final double low;
  private final double high;

  Values(double low, double high) {
    this.low = low;
    this.high = high;
  }

  Tensor draw(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = Math.toIntExact(shape.size());
    float[] samples = new float[count];
    for (int i = 0; i < count; i++) {
      int place = random.nextInt(i + 1);
      samples[i] = samples[place];
      samples[place] =
          (float) cleared(low + (high - low) * (i + 0.2 + 0.6 * random.nextDouble()) / count);
    }
    return Tensor.of(shape, samples);
  }

  /** Moves a sample away from the whole number that it is close to, if it is. */
  private static double cleared(double sample) {
    double distance = sample - Math.rint(sample);
    return Math.abs(distance) >= CLEARANCE
        ? sample
        : sample + (distance < 0 ? -CLEARANCE : CLEARANCE);
  }
}
