// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * An array of float64 samples with its shape, row-major: what the reference evaluation computes
 * with.
 *
 * <p>The samples are shared, not copied.
 */
public final class DoubleTensor {

  private final Shape shape;
  private final double[] samples;

  private DoubleTensor(Shape shape, double[] samples) {
    this.shape = shape;
    this.samples = samples;
  }

  /**
   * Returns a tensor of the given samples.
   *
   * @throws IllegalArgumentException if they are not as many as the shape has
   */
  public static DoubleTensor of(Shape shape, double... samples) {
    checkArgument(
        shape.size() == samples.length,
        "samples must be as many as those of shape %s, but were %s",
        shape,
        samples.length);
    return new DoubleTensor(shape, samples);
  }

  /** Returns a tensor whose samples are computed from their places, counted row-major. */
  public static DoubleTensor of(Shape shape, IntToDoubleFunction sample) {
    double[] samples = new double[Math.toIntExact(shape.size())];
    Arrays.setAll(samples, sample);
    return new DoubleTensor(shape, samples);
  }

  /** Returns the samples of a float32 tensor, which are exact in float64. */
  public static DoubleTensor of(Tensor tensor) {
    return of(tensor.shape(), i -> tensor.samples()[i]);
  }

  /** Returns the shape. */
  public Shape shape() {
    return shape;
  }

  /** Returns the samples, row-major. */
  public double[] samples() {
    return samples;
  }

  /** Returns the length of an axis. */
  public int length(int axis) {
    return Math.toIntExact(shape.length(axis));
  }

  /** Returns the same samples in another shape of as many. */
  public DoubleTensor reshaped(Shape other) {
    return of(other, samples);
  }

  /** Returns the samples, rounded to float32. */
  public Tensor toTensor() {
    float[] rounded = new float[samples.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) samples[i];
    }
    return Tensor.of(shape, rounded);
  }

  @Override
  public String toString() {
    return "tensor of shape " + shape;
  }
}
