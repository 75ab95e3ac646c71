// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.images;

import io.github.sr4j.internal.util.ArrayLength;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;

/** An empty image of the colour model and the sample order of another one. */
public final class CompatibleImage {

  private CompatibleImage() {}

  /** Returns an image of the kind of another one. */
  public static BufferedImage of(BufferedImage image, int width, int height) {
    // Not by its type, which knows no colour space, nor by ColorModel's method of that name, which
    // would interleave the bands of any image.
    ColorModel model = image.getColorModel();
    ArrayLength.of(width, height, image.getRaster().getNumDataElements());
    return new BufferedImage(
        model,
        image.getRaster().createCompatibleWritableRaster(width, height),
        model.isAlphaPremultiplied(),
        null);
  }
}
