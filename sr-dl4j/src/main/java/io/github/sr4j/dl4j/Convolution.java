// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.OptionalDouble;

/**
 * How a convolution is made: {@code Convolution.of(64, 3).stride(2).unbiased()}. Immutable.
 *
 * <p>By default it has a stride of 1, a bias and zeros around the image, and its weights and biases
 * are drawn evenly as PyTorch does: within 1 divided by the root of the number of samples that make
 * one.
 */
public final class Convolution {

  /** What is beyond the edges of an image. */
  enum Padding {
    ZEROS,
    REFLECTION,
    NONE
  }

  private final int features;
  private final int kernel;
  private final int stride;
  private final boolean hasBias;
  private final Padding padding;
  private final OptionalDouble deviation;

  private Convolution(
      int features,
      int kernel,
      int stride,
      boolean hasBias,
      Padding padding,
      OptionalDouble deviation) {
    this.features = features;
    this.kernel = kernel;
    this.stride = stride;
    this.hasBias = hasBias;
    this.padding = padding;
    this.deviation = deviation;
  }

  /**
   * Returns a convolution.
   *
   * @param features the channels that it makes, at least 1
   * @param kernel the side of its kernel in pixels, at least 1
   * @throws IllegalArgumentException if an argument is too small
   */
  public static Convolution of(int features, int kernel) {
    checkArgument(features >= 1, "features must be at least 1, but was %s", features);
    checkArgument(kernel >= 1, "kernel must be at least 1, but was %s", kernel);
    return new Convolution(features, kernel, 1, true, Padding.ZEROS, OptionalDouble.empty());
  }

  /**
   * Returns this convolution with a stride: by how much the image becomes smaller, or, for a
   * transposed convolution, larger.
   *
   * @throws IllegalArgumentException if {@code stride} is not at least 1
   */
  public Convolution stride(int stride) {
    checkArgument(stride >= 1, "stride must be at least 1, but was %s", stride);
    return new Convolution(features, kernel, stride, hasBias, padding, deviation);
  }

  /** Returns this convolution without a bias, for what is normalised next. */
  public Convolution unbiased() {
    return new Convolution(features, kernel, stride, false, padding, deviation);
  }

  /**
   * Returns this convolution with the image mirrored beyond its edges, the outermost pixels not
   * repeated, instead of zeros. Images must be larger than half the kernel.
   */
  public Convolution reflecting() {
    return new Convolution(features, kernel, stride, hasBias, Padding.REFLECTION, deviation);
  }

  /**
   * Returns this convolution with weights drawn from a Gaussian, and biases of 0.
   *
   * @param deviation the standard deviation, such as {@link Layers#he}
   * @throws IllegalArgumentException if {@code deviation} is not positive
   */
  public Convolution deviation(double deviation) {
    checkArgument(deviation > 0, "deviation must be positive, but was %s", deviation);
    return new Convolution(
        features, kernel, stride, hasBias, padding, OptionalDouble.of(deviation));
  }

  int features() {
    return features;
  }

  int kernel() {
    return kernel;
  }

  int stride() {
    return stride;
  }

  boolean hasBias() {
    return hasBias;
  }

  Padding padding() {
    return padding;
  }

  /** Returns the deviation of the Gaussian; empty if weights are drawn evenly. */
  OptionalDouble deviation() {
    return deviation;
  }
}
