// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.operators.samples;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;

/** The samples of a batch of images, [N, C, H, W], by their places. */
@SuppressWarnings("ArrayRecordComponent") // a carrier: nothing compares arrays
public record Planes(double[] samples, int number, int channels, int height, int width) {

  /** Views a batch of images, [N, C, H, W]. */
  public Planes(DoubleTensor images) {
    this(images.samples(), images.length(0), images.length(1), images.length(2), images.length(3));
  }

  /** Returns images of the same number that are all 0. */
  public Planes empty(int newChannels, int newHeight, int newWidth) {
    return new Planes(
        new double[number * newChannels * newHeight * newWidth],
        number,
        newChannels,
        newHeight,
        newWidth);
  }

  /** Returns the place of a sample. */
  public int index(int n, int c, int y, int x) {
    return ((n * channels + c) * height + y) * width + x;
  }

  /** Returns a sample. */
  public double at(int n, int c, int y, int x) {
    return samples[index(n, c, y, x)];
  }

  /** Returns a sample, or 0 beyond the edges. */
  public double atOrZero(int n, int c, int y, int x) {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : at(n, c, y, x);
  }

  /** Adds to a sample. */
  public void add(int n, int c, int y, int x, double value) {
    samples[index(n, c, y, x)] += value;
  }

  /** Returns the channel of the sample at an index. */
  public int channel(int index) {
    return index / (height * width) % channels;
  }

  /** Returns the samples as a tensor. */
  public DoubleTensor toTensor() {
    return DoubleTensor.of(Shape.of(number, channels, height, width), samples);
  }
}
