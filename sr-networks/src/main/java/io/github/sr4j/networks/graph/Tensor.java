// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;

/**
 * An array of float32 samples with its shape, row-major. Weights have the order of PyTorch and
 * ONNX: convolutions are [out, in, height, width], transposed ones [in, out, height, width].
 *
 * <p>The samples are shared, not copied: whoever holds a tensor must not change them. Two tensors
 * are equal if their shapes and samples are.
 */
public final class Tensor {

  private final Shape shape;
  private final float[] samples;

  private Tensor(Shape shape, float[] samples) {
    this.shape = shape;
    this.samples = samples;
  }

  /**
   * Returns a tensor of the given samples.
   *
   * @throws IllegalArgumentException if they are not as many as the shape has
   */
  public static Tensor of(Shape shape, float... samples) {
    checkArgument(
        shape.size() == samples.length,
        "samples must be as many as those of shape %s, but were %s",
        shape,
        samples.length);
    return new Tensor(shape, samples);
  }

  /** Returns a scalar. */
  public static Tensor scalar(float value) {
    return of(Shape.of(), value);
  }

  /** Returns the shape. */
  public Shape shape() {
    return shape;
  }

  /** Returns the samples, row-major, which must not be changed. */
  public float[] samples() {
    return samples;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor tensor
        && tensor.shape.equals(shape)
        && Arrays.equals(tensor.samples, samples);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(samples);
  }

  @Override
  public String toString() {
    return "tensor of shape " + shape;
  }
}
