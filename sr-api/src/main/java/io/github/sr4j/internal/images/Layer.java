// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.images;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.WritableRaster;
import org.jspecify.annotations.Nullable;

/** Bands of a picture that are enlarged together, as an image of their own. */
public final class Layer {

  /** All bands of a picture that is one image. */
  public static final Layer WHOLE = new Layer(new int[0], null);

  private final int[] bands;
  private final @Nullable ColorModel model;

  /** Creates a layer of some bands, which is the whole image if there is no colour model. */
  public Layer(int[] bands, @Nullable ColorModel model) {
    this.bands = bands.clone();
    this.model = model;
  }

  /** Returns the layer of an image with all bands, whose samples it shares. */
  public BufferedImage of(BufferedImage image) {
    if (model == null) {
      return image;
    }
    WritableRaster raster =
        image
            .getRaster()
            .createWritableChild(0, 0, image.getWidth(), image.getHeight(), 0, 0, bands);
    return new BufferedImage(model, raster, model.isAlphaPremultiplied(), null);
  }

  /** Returns the colour model of the layer of an image with a colour model. */
  public ColorModel model(ColorModel ofImage) {
    return model == null ? ofImage : model;
  }
}
