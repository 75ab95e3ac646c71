// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.SampleKind;
import io.github.sr4j.internal.images.SampleKind.Encoding;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The meaning of the samples of a TIFF's pixels, where AWT's colour models cannot express it.
 *
 * @param photometric 0 (white is zero), 1 (black is zero), 2 (RGB), or of what is written only 5
 *     (CMYK)
 * @param extraSamples of the samples behind those of the colour: 0 (unspecified), 1 (alpha by which
 *     colours are multiplied), 2 (alpha) or another number
 */
public record TiffLayout(SampleKind kind, int photometric, List<Integer> extraSamples) {

  /** The space of pixels that are no colour but numbers. */
  private static final class Numbers extends ColorSpace {
    private static final long serialVersionUID = 1;

    Numbers(int count) {
      super(ColorSpace.TYPE_FCLR, count);
    }

    @Override
    public float[] toRGB(float[] values) {
      return new float[] {values[0], values[0], values[0]};
    }

    @Override
    public float[] fromRGB(float[] rgb) {
      float[] values = new float[getNumComponents()];
      Arrays.fill(values, rgb[0]);
      return values;
    }

    @Override
    public float[] toCIEXYZ(float[] values) {
      return ColorSpace.getInstance(CS_sRGB).toCIEXYZ(toRGB(values));
    }

    @Override
    public float[] fromCIEXYZ(float[] xyz) {
      return fromRGB(ColorSpace.getInstance(CS_sRGB).fromCIEXYZ(xyz));
    }
  }

  int colors() {
    return photometric == 5 ? 4 : photometric == 2 ? 3 : 1;
  }

  /** Returns the number of samples of a pixel. */
  public int samples() {
    return colors() + extraSamples.size();
  }

  /** Returns the sample that is alpha, or -1. */
  public int alpha() {
    if (kind.encoding() == Encoding.SIGNED || (kind.bits() > 32 && kind.isWhole())) {
      return -1;
    }
    for (int i = 0; i < extraSamples.size(); i++) {
      if (extraSamples.get(i) == 1 || extraSamples.get(i) == 2) {
        return colors() + i;
      }
    }
    return -1;
  }

  /** Returns whether there are samples that are neither colour nor alpha. */
  public boolean hasBands() {
    return samples() > colors() + (alpha() >= 0 ? 1 : 0);
  }

  /** Returns whether AWT's images lack something of it, so that they alone cannot be written. */
  public boolean isSpecial() {
    boolean isKindOfAwt =
        kind.encoding() == Encoding.UNSIGNED
            ? kind.bits() <= 32
            : kind.encoding() == Encoding.FLOAT && kind.bits() == 32 && photometric != 0;
    return hasBands() || !isKindOfAwt;
  }

  /** Returns the colour model of pixels with all samples. */
  public ColorModel model() {
    return hasBands() ? model(new Numbers(samples()), false, false) : colorModel();
  }

  /** Returns the colour model of the colours with their alpha, in sRGB or gray. */
  public ColorModel colorModel() {
    return colorModel(
        ColorSpace.getInstance(colors() == 3 ? ColorSpace.CS_sRGB : ColorSpace.CS_GRAY));
  }

  /** Returns how many bytes of an image in memory a pixel takes. */
  public int bytesPerPixel() {
    return samples() * DataBuffer.getDataTypeSize(kind.transferType()) / 8;
  }

  /** Returns the colour model of the colours with their alpha. */
  public ColorModel colorModel(ColorSpace space) {
    boolean hasAlpha = alpha() >= 0;
    return model(space, hasAlpha, hasAlpha && extraSamples.get(alpha() - colors()) == 1);
  }

  private ColorModel model(ColorSpace space, boolean hasAlpha, boolean isPremultiplied) {
    int type = kind.transferType();
    int[] bits = new int[space.getNumComponents() + (hasAlpha ? 1 : 0)];
    Arrays.fill(bits, kind.bits());
    int transparency = hasAlpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE;
    return kind.encoding() == Encoding.UNSIGNED && kind.bits() <= 32
        ? new ComponentColorModel(space, bits, hasAlpha, isPremultiplied, transparency, type)
        : new ComponentColorModel(space, hasAlpha, isPremultiplied, transparency, type);
  }

  /**
   * Returns the layers, each of which is enlarged by itself: the colours with their alpha, and each
   * further band.
   *
   * @param space of the colours
   */
  public List<Layer> layers(ColorSpace space) {
    if (!hasBands()) {
      return List.of(Layer.WHOLE);
    }
    List<Layer> layers = new ArrayList<>();
    int[] bands = new int[colors() + (alpha() >= 0 ? 1 : 0)];
    for (int i = 0; i < bands.length; i++) {
      bands[i] = i < colors() ? i : alpha();
    }
    layers.add(new Layer(bands, colorModel(space)));
    ColorModel gray = model(ColorSpace.getInstance(ColorSpace.CS_GRAY), false, false);
    for (int i = colors(); i < samples(); i++) {
      if (i != alpha()) {
        layers.add(new Layer(new int[] {i}, gray));
      }
    }
    return layers;
  }
}
