// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.networks.graph.Parameter.Initial;
import java.util.OptionalDouble;

/**
 * The settings of a convolution: {@code Convolution.of(64, 3).stride(2).unbiased()}. Immutable.
 *
 * <p>By default it has a stride and a dilation of 1, one group, a bias and zeros around the image.
 * Initial weights and biases are uniform, as in PyTorch: within 1 divided by the root of the number
 * of samples that make one.
 */
public final class Convolution {

  /** The samples beyond the edges of an image. */
  enum Padding {
    ZEROS,
    REFLECTION,
    NONE
  }

  private final int features;
  private final int kernel;
  private int stride = 1;
  private int dilation = 1;
  private int groups = 1;
  private boolean hasBias = true;
  private Padding padding = Padding.ZEROS;
  private OptionalDouble deviation = OptionalDouble.empty();
  private int expanded; // channels between the two convolutions of training, 0 if it is one

  private Convolution(int features, int kernel) {
    this.features = features;
    this.kernel = kernel;
  }

  private Convolution copy() {
    Convolution copy = new Convolution(features, kernel);
    copy.stride = stride;
    copy.dilation = dilation;
    copy.groups = groups;
    copy.hasBias = hasBias;
    copy.padding = padding;
    copy.deviation = deviation;
    copy.expanded = expanded;
    return copy;
  }

  /**
   * Returns a convolution.
   *
   * @param features the channels of the result, at least 1
   * @param kernel the side of its kernel in pixels, at least 1
   * @throws IllegalArgumentException if an argument is too small
   */
  public static Convolution of(int features, int kernel) {
    checkArgument(features >= 1, "features must be at least 1, but was %s", features);
    checkArgument(kernel >= 1, "kernel must be at least 1, but was %s", kernel);
    return new Convolution(features, kernel);
  }

  /**
   * Returns a depthwise convolution: one of as many groups as channels, so that each channel has a
   * kernel of its own.
   *
   * @param channels of the input and of the result
   * @param kernel the side of its kernels in pixels, at least 1
   * @throws IllegalArgumentException if an argument is too small
   */
  public static Convolution depthwise(int channels, int kernel) {
    return of(channels, kernel).groups(channels);
  }

  /**
   * Returns this convolution with a stride: by how much the image becomes smaller, or, for a
   * transposed convolution, larger.
   *
   * @throws IllegalArgumentException if {@code stride} is not at least 1
   */
  public Convolution stride(int stride) {
    checkArgument(stride >= 1, "stride must be at least 1, but was %s", stride);
    Convolution copy = copy();
    copy.stride = stride;
    return copy;
  }

  /**
   * Returns this convolution with the pixels of its kernel so far apart (F. Yu and V. Koltun,
   * <i>Multi-Scale Context Aggregation by Dilated Convolutions</i>, ICLR 2016).
   *
   * @throws IllegalArgumentException if {@code dilation} is not at least 1
   */
  public Convolution dilation(int dilation) {
    checkArgument(dilation >= 1, "dilation must be at least 1, but was %s", dilation);
    Convolution copy = copy();
    copy.dilation = dilation;
    return copy;
  }

  /**
   * Returns this convolution with its channels divided into groups, each computed from the same
   * group of the input alone.
   *
   * @throws IllegalArgumentException if {@code groups} is not at least 1, or the features are no
   *     multiple of it
   */
  public Convolution groups(int groups) {
    checkArgument(
        groups >= 1 && features % groups == 0,
        "groups must be at least 1 and divide the features, %s, but were %s",
        features,
        groups);
    Convolution copy = copy();
    copy.groups = groups;
    return copy;
  }

  /** Returns this convolution without a bias, for one that is normalised next. */
  public Convolution unbiased() {
    Convolution copy = copy();
    copy.hasBias = false;
    return copy;
  }

  /**
   * Returns this convolution with the image mirrored beyond its edges, the outermost pixels not
   * repeated, instead of zeros. Images must be larger than half the kernel.
   */
  public Convolution reflecting() {
    Convolution copy = copy();
    copy.padding = Padding.REFLECTION;
    return copy;
  }

  /** Returns this convolution without padding: the result is smaller than the image. */
  public Convolution unpadded() {
    Convolution copy = copy();
    copy.padding = Padding.NONE;
    return copy;
  }

  /**
   * Returns this convolution with initial weights from a Gaussian, and initial biases of 0.
   *
   * @param deviation the standard deviation, such as {@link Layers#he}
   * @throws IllegalArgumentException if {@code deviation} is not positive
   */
  public Convolution deviation(double deviation) {
    checkArgument(deviation > 0, "deviation must be positive, but was %s", deviation);
    Convolution copy = copy();
    copy.deviation = OptionalDouble.of(deviation);
    return copy;
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
    Convolution copy = copy();
    copy.expanded = channels;
    return copy;
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

  int dilation() {
    return dilation;
  }

  int groups() {
    return groups;
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

  /** Returns the deviation of the Gaussian; empty if weights are uniform. */
  OptionalDouble deviation() {
    return deviation;
  }

  /**
   * Returns the distribution of initial weights.
   *
   * @param channels those that a sample of the result is computed from
   */
  Initial initial(int channels) {
    return deviation.isPresent()
        ? new Initial.Normal(deviation.getAsDouble())
        : new Initial.Uniform(1 / Math.sqrt((double) channels * kernel * kernel));
  }
}
