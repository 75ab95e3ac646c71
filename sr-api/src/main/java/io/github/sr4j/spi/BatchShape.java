// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * The shape of a batch of images in NCHW order.
 *
 * @param batch the number of images
 * @param channels the channels of each
 * @param height the height in pixels
 * @param width the width in pixels
 */
public record BatchShape(int batch, int channels, int height, int width) {

  /**
   * Checks the sides.
   *
   * @throws IllegalArgumentException if one is less than 1
   */
  public BatchShape {
    checkArgument(
        batch > 0 && channels > 0 && height > 0 && width > 0,
        "sides must be at least 1, but were %s x %s x %s x %s (batch x channels x height x width)",
        batch,
        channels,
        height,
        width);
  }

  /** Returns the number of samples. */
  public int size() {
    return Math.multiplyExact(
        Math.multiplyExact(batch, channels), Math.multiplyExact(height, width));
  }

  @Override
  public String toString() {
    return batch + " x " + channels + " x " + height + " x " + width;
  }
}
