// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BandedSampleModel;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.awt.image.WritableRaster;
import java.util.Random;

/** Images of the kinds that there are, with random samples. */
@SuppressWarnings("ImmutableEnumChecker") // AWT's colour models and layouts are not annotated
enum ImageKinds {
  INT_RGB(BufferedImage.TYPE_INT_RGB),
  INT_ARGB(BufferedImage.TYPE_INT_ARGB),
  INT_ARGB_PRE(BufferedImage.TYPE_INT_ARGB_PRE),
  INT_BGR(BufferedImage.TYPE_INT_BGR),
  BGR(BufferedImage.TYPE_3BYTE_BGR),
  ABGR(BufferedImage.TYPE_4BYTE_ABGR),
  ABGR_PRE(BufferedImage.TYPE_4BYTE_ABGR_PRE),
  GRAY(BufferedImage.TYPE_BYTE_GRAY),
  GRAY_16(BufferedImage.TYPE_USHORT_GRAY),
  RGB(DataBuffer.TYPE_BYTE, ColorSpace.CS_sRGB, false),
  RGBA(DataBuffer.TYPE_BYTE, ColorSpace.CS_sRGB, true),
  RGB_16(DataBuffer.TYPE_USHORT, ColorSpace.CS_sRGB, false),
  RGBA_16(DataBuffer.TYPE_USHORT, ColorSpace.CS_sRGB, true),
  GRAY_ALPHA(DataBuffer.TYPE_BYTE, ColorSpace.CS_GRAY, true),
  GRAY_ALPHA_16(DataBuffer.TYPE_USHORT, ColorSpace.CS_GRAY, true),
  GRAY_SIGNED(DataBuffer.TYPE_SHORT, ColorSpace.CS_GRAY, false),
  GRAY_FLOAT(DataBuffer.TYPE_FLOAT, ColorSpace.CS_GRAY, false),
  RGB_FLOAT(DataBuffer.TYPE_FLOAT, ColorSpace.CS_sRGB, false),
  RGBA_DOUBLE(DataBuffer.TYPE_DOUBLE, ColorSpace.CS_sRGB, true),
  RGBA_16_PRE(component(DataBuffer.TYPE_USHORT, ColorSpace.CS_sRGB, true, true)),
  GRAY_ALPHA_PRE(component(DataBuffer.TYPE_BYTE, ColorSpace.CS_GRAY, true, true)),
  GRAY_12_OF_16(component(DataBuffer.TYPE_USHORT, 12)),
  GRAY_20_OF_32(component(DataBuffer.TYPE_INT, 20)),
  RGB_BANDED(
      RGB.model, new BandedSampleModel(DataBuffer.TYPE_BYTE, 9, 7, 9, new int[] {2, 0, 1}, at(0))),
  RGB_16_BANDED(RGB_16.model, new BandedSampleModel(DataBuffer.TYPE_USHORT, 9, 7, 3)),
  /** Every fourth byte unused, and some at the end of a row. */
  BGR_PADDED(
      RGB.model, new PixelInterleavedSampleModel(DataBuffer.TYPE_BYTE, 9, 7, 4, 50, at(3, 2, 1))),
  RGB_IN_HIGH_BYTES(new DirectColorModel(32, 0xff000000, 0xff0000, 0xff00)),
  RGBA_IN_INTEGERS(new DirectColorModel(32, 0xff000000, 0xff0000, 0xff00, 0xff)),
  RGB_OF_10_BITS(new DirectColorModel(30, 0x3ff00000, 0xffc00, 0x3ff));

  static final int WIDTH = 9;
  static final int HEIGHT = 7;

  private final ColorModel model;
  private final SampleModel layout;

  ImageKinds(int type) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
    model = image.getColorModel();
    layout = image.getSampleModel();
  }

  ImageKinds(int type, int space, boolean alpha) {
    this(component(type, space, alpha, false));
  }

  ImageKinds(ColorModel model) {
    this(model, model.createCompatibleSampleModel(9, 7));
  }

  ImageKinds(ColorModel model, SampleModel layout) {
    this.model = model;
    this.layout = layout;
  }

  static ColorModel component(int type, int space, boolean alpha, boolean premultiplied) {
    return new ComponentColorModel(
        ColorSpace.getInstance(space),
        alpha,
        premultiplied,
        alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
        type);
  }

  private static ColorModel component(int type, int bits) {
    ColorSpace gray = ColorSpace.getInstance(ColorSpace.CS_GRAY);
    int[] each = {bits};
    return new ComponentColorModel(gray, each, false, false, Transparency.OPAQUE, type);
  }

  private static int[] at(int... offsets) {
    return offsets.length == 1 ? new int[] {0, 0, 0} : offsets;
  }

  /** An image that can be of that kind: premultiplied colours are at most alpha. */
  BufferedImage random() {
    WritableRaster raster = Raster.createWritableRaster(layout, null);
    Random random = new Random(7);
    int bands = raster.getNumBands();
    int type = layout.getDataType();
    double[] pixel = new double[bands];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      for (int band = bands - 1; band >= 0; band--) {
        if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE) {
          pixel[band] = random.nextFloat() * 1.5f - 0.2f;
        } else if (type == DataBuffer.TYPE_SHORT) {
          pixel[band] = random.nextInt(1 << 16) - (1 << 15);
        } else {
          int max = (1 << model.getComponentSize(band)) - 1;
          boolean color = band < model.getNumColorComponents();
          int highest = color && model.isAlphaPremultiplied() ? (int) pixel[bands - 1] : max;
          pixel[band] = random.nextInt(highest + 1);
          if (!color && i % 5 == 0) {
            pixel[band] = i % 2 * max;
          }
        }
      }
      raster.setPixel(i % WIDTH, i / WIDTH, pixel);
    }
    return new BufferedImage(model, raster, model.isAlphaPremultiplied(), null);
  }

  /** The samples, pixel by pixel. */
  static double[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (double[]) null);
  }
}
