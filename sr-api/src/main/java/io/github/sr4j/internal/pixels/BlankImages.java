// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import io.github.sr4j.internal.util.ArrayLength;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;

/** The making of images of the kind of others. */
final class BlankImages {

  private BlankImages() {}

  static BufferedImage of(int channels, int width, int height, boolean alpha, BufferedImage like) {
    ColorModel model = like.getColorModel();
    boolean keepsColors =
        channels == AwtPixels.channels(like)
            && (channels == 1 || ColorConversion.of(model.getColorSpace()).isInvertible());
    if (keepsColors && alpha == model.hasAlpha() && isRoomy(model)) {
      ArrayLength.of(
          width, height, model instanceof DirectColorModel ? 1 : model.getNumComponents());
      return new BufferedImage(
          model, raster(model, width, height, like), model.isAlphaPremultiplied(), null);
    }
    ColorSpace standard =
        ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
    boolean isIndexed = model instanceof IndexColorModel; // of which the palette may be of grays
    ColorSpace space = keepsColors && !isIndexed ? model.getColorSpace() : standard;
    int bits = model.getComponentSize(0) > 8 ? 16 : 8;
    if (model instanceof DirectColorModel && isRoomy(model) && bits == 8 && space.isCS_sRGB()) {
      ArrayLength.of(width, height, 1);
      return new BufferedImage(
          width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    }
    return components(space, width, height, alpha, bits);
  }

  /** Whether images of a colour model can hold an enlarged image as well as its original. */
  private static boolean isRoomy(ColorModel model) {
    if (!(model instanceof ComponentColorModel || model instanceof DirectColorModel)
        || model.getTransparency() == Transparency.BITMASK) { // enlarged, it is soft
      return false;
    }
    for (int bits : model.getComponentSize()) {
      if (bits < 8) {
        return false;
      }
    }
    return true;
  }

  private static WritableRaster raster(
      ColorModel model, int width, int height, BufferedImage like) {
    int type = model.getTransferType();
    if (like.getSampleModel() instanceof PixelInterleavedSampleModel layout
        && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT)) {
      return interleaved(type, width, height, order(layout.getBandOffsets()));
    }
    return model.createCompatibleWritableRaster(width, height);
  }

  /** The order of bands, without what lies between them and the pixels. */
  private static int[] order(int[] offsets) {
    int[] sorted = offsets.clone();
    Arrays.sort(sorted);
    return Arrays.stream(offsets).map(offset -> Arrays.binarySearch(sorted, offset)).toArray();
  }

  /** An interleaved image; of a type of AWT's if it has one, which others are quick with. */
  private static BufferedImage components(
      ColorSpace space, int width, int height, boolean alpha, int bits) {
    int count = space.getNumComponents() + (alpha ? 1 : 0);
    ArrayLength.of(width, height, count);
    int type = bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      boolean reverse = space.getType() == ColorSpace.TYPE_RGB && bits == 8;
      order[i] = reverse ? count - 1 - i : i;
    }
    ColorModel model =
        new ComponentColorModel(
            space, alpha, false, alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE, type);
    return new BufferedImage(model, interleaved(type, width, height, order), false, null);
  }

  private static WritableRaster interleaved(int type, int width, int height, int[] order) {
    int bands = order.length;
    return Raster.createInterleavedRaster(type, width, height, width * bands, bands, order, null);
  }
}
