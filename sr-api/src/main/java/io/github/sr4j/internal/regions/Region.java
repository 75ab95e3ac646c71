// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.regions;

/**
 * A rectangle of pixels.
 *
 * @param x the first column
 * @param y the first row
 * @param width the number of columns
 * @param height the number of rows
 */
public record Region(int x, int y, int width, int height) {

  /** Returns all pixels of an image of a size. */
  public static Region ofWhole(int width, int height) {
    return new Region(0, 0, width, height);
  }

  /** Returns the number of pixels. */
  public int pixels() {
    return Math.multiplyExact(width, height);
  }

  /** Returns whether there is no pixel in it. */
  public boolean isEmpty() {
    return width == 0 || height == 0;
  }

  /** Returns the column after the last one. */
  public int right() {
    return x + width;
  }

  /** Returns the row after the last one. */
  public int bottom() {
    return y + height;
  }

  /** Returns the width and height. */
  public Size size() {
    return new Size(width, height);
  }

  /** Returns some of this region's rows, counted within it. */
  public Region rows(int top, int bottom) {
    return new Region(x, y + top, width, bottom - top);
  }

  /** Returns the region moved to the right and down. */
  public Region movedBy(int byX, int byY) {
    return new Region(x + byX, y + byY, width, height);
  }

  /** Returns this region as seen from the first pixel of another one. */
  public Region from(Region origin) {
    return movedBy(-origin.x, -origin.y);
  }

  /** Returns the region of the same pixels once the image is so many times as wide and high. */
  public Region scaledBy(int times) {
    return new Region(x * times, y * times, width * times, height * times);
  }

  /** Returns the intersection of this region and the image of a size; may be empty. */
  public Region within(int imageWidth, int imageHeight) {
    int left = Math.max(0, x);
    int top = Math.max(0, y);
    return new Region(
        left,
        top,
        (int) Math.max(0, Math.min(imageWidth, (long) x + width) - left),
        (int) Math.max(0, Math.min(imageHeight, (long) y + height) - top));
  }
}
