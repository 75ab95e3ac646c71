// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.regions;

/**
 * The size of an image.
 *
 * @param width in pixels
 * @param height in pixels
 */
public record Size(int width, int height) {

  /** Returns the number of pixels. */
  public long pixels() {
    return (long) width * height;
  }

  /** Returns a size of so many times the width and the height. */
  public Size scaledBy(int times) {
    return new Size(Math.multiplyExact(width, times), Math.multiplyExact(height, times));
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
