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
  private final int expanded; // channels between the two convolutions of training, 0 if it is one

  private Convolution(
      int features,
      int kernel,
      int stride,
      boolean hasBias,
      Padding padding,
      OptionalDouble deviation,
      int expanded) {
    this.features = features;
    this.kernel = kernel;
    this.stride = stride;
    this.hasBias = hasBias;
    this.padding = padding;
    this.deviation = deviation;
    this.expanded = expanded;
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
    return new Convolution(features, kernel, 1, true, Padding.ZEROS, OptionalDouble.empty(), 0);
  }

  /**
   * Returns this convolution with a stride: by how much the image becomes smaller, or, for a
   * transposed convolution, larger.
   *
   * @throws IllegalArgumentException if {@code stride} is not at least 1
   */
  public Convolution stride(int stride) {
    checkArgument(stride >= 1, "stride must be at least 1, but was %s", stride);
    return new Convolution(features, kernel, stride, hasBias, padding, deviation, expanded);
  }

  /** Returns this convolution without a bias, for what is normalised next. */
  public Convolution unbiased() {
    return new Convolution(features, kernel, stride, false, padding, deviation, expanded);
  }

  /**
   * Returns this convolution with the image mirrored beyond its edges, the outermost pixels not
   * repeated, instead of zeros. Images must be larger than half the kernel.
   */
  public Convolution reflecting() {
    return new Convolution(
        features, kernel, stride, hasBias, Padding.REFLECTION, deviation, expanded);
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
        features, kernel, stride, hasBias, padding, OptionalDouble.of(deviation), expanded);
  }

  /**
   * Returns this convolution with its weights trained as a collapsible linear block: the product of
   * a convolution to {@code channels} and a 1x1 convolution back, plus the identity where input and
   * result have the same number of channels (Bhardwaj et al., <i>Collapsible Linear Blocks for
   * Super-Efficient Super Resolution</i>, MLSys 2022, section 3).
   *
   * <p>The two are multiplied into one kernel before each convolution, so that training costs
   * little more, and exported files hold that kernel alone. The function is that of the plain
   * convolution; gradient descent finds better weights of it.
   *
   * @throws IllegalArgumentException if {@code channels} is not at least 1
   */
  public Convolution expanded(int channels) {
    checkArgument(channels >= 1, "channels must be at least 1, but was %s", channels);
    return new Convolution(features, kernel, stride, hasBias, padding, deviation, channels);
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

  /** Returns the channels between the two convolutions of training; 0 if it is trained as one. */
  int expanded() {
    return expanded;
  }

  /** Returns the deviation of the Gaussian; empty if weights are drawn evenly. */
  OptionalDouble deviation() {
    return deviation;
  }
}
