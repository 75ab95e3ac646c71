// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.files.MetadataReader.Overlooked;
import io.github.sr4j.internal.pixels.AwtPixels;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import org.jspecify.annotations.Nullable;

/** The colours and the alpha that a file states and a reader of ImageIO takes no notice of. */
final class PageColors {

  private PageColors() {}

  /**
   * Returns the type in which a reader leaves an image in the colour space of its profile, where it
   * would convert it to sRGB else; null if there is none.
   */
  static @Nullable ImageTypeSpecifier typeInProfile(
      ImageReader reader, int index, Profile profile) {
    try {
      for (Iterator<ImageTypeSpecifier> types = reader.getImageTypes(index); types.hasNext(); ) {
        ImageTypeSpecifier candidate = types.next();
        ColorModel model = candidate.getColorModel();
        if (!model.getColorSpace().isCS_sRGB()
            && model.getColorSpace().getType() == ColorSpace.TYPE_RGB
            && profile.isOf("RGB ")) {
          return candidate;
        }
      }
      return null;
    } catch (IOException e) {
      return null; // reading the pixels will say so again
    }
  }

  /** Returns the space of a profile of which the JDK's readers take no notice; null if none is. */
  static @Nullable ColorSpace droppedSpace(Profile profile, ColorModel model) {
    boolean isRgb =
        model instanceof IndexColorModel palette
            ? !AwtPixels.isGray(palette) // grays remain what they are
            : model instanceof ComponentColorModel && model.getColorSpace().isCS_sRGB();
    if (!isRgb || !profile.isOf("RGB ")) {
      return null;
    }
    try {
      return new ICC_ColorSpace(ICC_Profile.getInstance(profile.bytes()));
    } catch (IllegalArgumentException e) {
      return null; // not a profile
    }
  }

  /** Returns an image with the alpha of its file that its reader did not make of it. */
  static BufferedImage withOverlookedAlpha(BufferedImage image, Overlooked overlooked) {
    if (overlooked.gray() >= 0 && image.getColorModel().hasAlpha()) {
      // The reader compares the level with that of the file, but after it made 8 bits of it.
      WritableRaster raster = image.getRaster();
      int[] row = new int[2 * image.getWidth()];
      for (int y = 0; y < image.getHeight(); y++) {
        raster.getPixels(0, y, image.getWidth(), 1, row);
        for (int i = 0; i < row.length; i += 2) {
          row[i + 1] = row[i] == overlooked.gray() ? 0 : 255;
        }
        raster.setPixels(0, y, image.getWidth(), 1, row);
      }
    }
    if (overlooked.alphaMask() == 0
        || !(image.getColorModel() instanceof DirectColorModel model)
        || !(image.getRaster().getDataBuffer() instanceof DataBufferUShort data)) {
      return image;
    }
    DirectColorModel withAlpha =
        new DirectColorModel(
            model.getColorSpace(),
            16,
            model.getRedMask(),
            model.getGreenMask(),
            model.getBlueMask(),
            overlooked.alphaMask(),
            false,
            DataBuffer.TYPE_USHORT);
    return new BufferedImage(
        withAlpha,
        Raster.createPackedRaster(
            data,
            image.getWidth(),
            image.getHeight(),
            image.getWidth(),
            withAlpha.getMasks(),
            null),
        false,
        null);
  }

  /** Returns an image with the colours of its palette in place of their numbers. */
  static BufferedImage expanded(BufferedImage image, boolean hasAlpha) {
    BufferedImage colors =
        new BufferedImage(
            image.getWidth(),
            image.getHeight(),
            hasAlpha ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR);
    int[] row = new int[image.getWidth()];
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, row.length, 1, row, 0, row.length);
      colors.setRGB(0, y, row.length, 1, row, 0, row.length);
    }
    return colors;
  }
}
