// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import java.util.function.DoubleUnaryOperator;

/** A function from 0 to a limit, sampled at equal steps and interpolated linearly. Immutable. */
final class Curve {

  private static final int STEPS = 4096; // to 1

  private final float[] samples;
  private final float limit;

  private Curve(float[] samples, float limit) {
    this.samples = samples;
    this.limit = limit;
  }

  /** Samples a function, which is asked for rising arguments. */
  static Curve sampled(int limit, DoubleUnaryOperator function) {
    float[] samples = new float[limit * STEPS + 2]; // the last is never weighted
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) function.applyAsDouble(Math.min(limit, (double) i / STEPS));
    }
    return new Curve(samples, limit);
  }

  /** Returns the value at {@code x}, at least 0; beyond the limit, the value there. */
  float at(float x) {
    float position = Math.min(x, limit) * STEPS;
    int step = (int) position;
    return samples[step] + (position - step) * (samples[step + 1] - samples[step]);
  }
}
