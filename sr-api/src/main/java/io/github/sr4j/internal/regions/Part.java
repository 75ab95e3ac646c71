// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.regions;

import java.util.Objects;

/**
 * A region of an image of a known size, of which the rest need not be at hand.
 *
 * @param region within the image
 * @param whole the size of the image
 */
public record Part(Region region, Size whole) {

  /**
   * Checks that there is such a region.
   *
   * @throws IndexOutOfBoundsException if it is not within the image
   */
  public Part {
    Objects.checkFromIndexSize(region.x(), region.width(), whole.width());
    Objects.checkFromIndexSize(region.y(), region.height(), whole.height());
  }

  /** Returns an image as the only part of itself. */
  public static Part whole(Size size) {
    return new Part(Region.ofWhole(size.width(), size.height()), size);
  }

  /** Returns the first column. */
  public int x() {
    return region.x();
  }

  /** Returns the first row. */
  public int y() {
    return region.y();
  }

  /** Returns the number of columns. */
  public int width() {
    return region.width();
  }

  /** Returns the number of rows. */
  public int height() {
    return region.height();
  }

  /** Returns a region of this part, counted within it, as a part of the whole. */
  public Part part(Region within) {
    return new Part(within.movedBy(region.x(), region.y()), whole);
  }

  /** Returns the part once the whole is so many times as wide and high. */
  public Part scaledBy(int times) {
    return new Part(region.scaledBy(times), whole.scaledBy(times));
  }
}
