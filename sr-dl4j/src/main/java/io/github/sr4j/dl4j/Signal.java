// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static com.google.common.base.Preconditions.checkArgument;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What flows between the layers of a network: a batch of images of some channels, [N, channels,
 * height, width].
 *
 * <p>A signal stands for values that are computed when the network runs; it holds none. Its
 * arithmetic is that of samples. Where one of two signals has one channel, or one pixel for the
 * whole image, that is used for all channels and pixels of the other. Immutable.
 */
public final class Signal {

  private final SDVariable variable;
  private final int channels;

  Signal(SDVariable variable, int channels) {
    this.variable = variable;
    this.channels = channels;
  }

  SDVariable variable() {
    return variable;
  }

  /** Returns the number of channels. */
  public int channels() {
    return channels;
  }

  /**
   * Returns the sum of two signals.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public Signal plus(Signal other) {
    return new Signal(variable.add(other.variable), common(other));
  }

  /**
   * Returns this signal less another one.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public Signal minus(Signal other) {
    return new Signal(variable.sub(other.variable), common(other));
  }

  /**
   * Returns the product of two signals.
   *
   * @throws IllegalArgumentException if the channels are neither as many nor one
   */
  public Signal times(Signal other) {
    return new Signal(variable.mul(other.variable), common(other));
  }

  /** Returns this signal with a number added to each sample. */
  public Signal plus(double summand) {
    return new Signal(variable.add(summand), channels);
  }

  /** Returns this signal with each sample multiplied. */
  public Signal times(double factor) {
    return new Signal(variable.mul(factor), channels);
  }

  private int common(Signal other) {
    checkArgument(
        channels == other.channels || channels == 1 || other.channels == 1,
        "signals must have as many channels, or one of them one, but had %s and %s",
        channels,
        other.channels);
    return Math.max(channels, other.channels);
  }

  @Override
  public String toString() {
    return variable.name() + " of " + channels + " channels";
  }
}
