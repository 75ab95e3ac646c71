// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import java.awt.image.BufferedImage;
import java.util.Optional;

/**
 * The kind of an image's pixels, which is the same in all of its regions and known before the first
 * of them is enlarged.
 *
 * @param scale of the values; empty if they are shades of a picture
 * @param coloring of the whole image
 */
public record PixelKind(Optional<ValueScale> scale, Coloring coloring) {

  /**
   * Finds the kind of an image in memory.
   *
   * @throws io.github.sr4j.ImageFormatException if its alpha is no number somewhere
   */
  public static PixelKind of(BufferedImage image) {
    return of(image, ValueScale.of(image));
  }

  /** Finds the kind of an image in memory whose scale is known. */
  public static PixelKind of(BufferedImage image, Optional<ValueScale> scale) {
    Coloring.Scan scan = new Coloring.Scan(scale);
    scan.add(image);
    return new PixelKind(scale, scan.coloring());
  }
}
