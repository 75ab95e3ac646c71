// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.internal.pixels.Samples.BYTE_LEVELS;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.util.ArrayLength;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reading and writing of AWT images' samples, of a part of an image at a time. Safe for use by
 * multiple threads as long as nobody draws on the images passed; different parts of an image may be
 * written at the same time.
 */
public final class AwtPixels {

  private AwtPixels() {}

  /**
   * Reads the colours of an image, or of a {@linkplain BufferedImage#getSubimage part} of one, as
   * {@link io.github.sr4j.imaging.AwtImages#toFloat} has them.
   *
   * @param samples receives the samples in CHW order; may be longer than needed
   * @throws ImageFormatException if the image's ICC profile is damaged
   */
  public static void read(BufferedImage image, float[] samples) {
    if (!Samples.areIn(image)) {
      fromGetRgb(image, samples);
      return;
    }
    ColorModel model = image.getColorModel();
    int height = image.getHeight();
    int plane = height * image.getWidth();
    int components = model.getNumColorComponents();
    // CMYK has more components than the result.
    float[] values =
        components <= channels(image)
            ? samples
            : new float[ArrayLength.of(image.getWidth(), height, components)];
    for (int component = 0; component < components; component++) {
      Samples.of(image, component).read(0, height, values, component * plane);
    }
    if (image.isAlphaPremultiplied()) {
      float[] alpha = new float[plane];
      Samples.of(image, components).read(0, height, alpha, 0);
      float most = holdsFloats(image) ? Float.POSITIVE_INFINITY : 1;
      for (int i = 0; i < components * plane; i++) {
        float a = alpha[i % plane];
        values[i] = a > 0 ? Math.min(most, values[i] / a) : 0;
      }
    }
    if (!isGray(image)) {
      float[] converted = ColorConversion.of(model.getColorSpace()).toSrgb(values, plane);
      if (converted != samples) {
        System.arraycopy(converted, 0, samples, 0, 3 * plane);
      }
    }
  }

  /** Returns the transparency of an image as one channel; empty if the image's kind has none. */
  public static Optional<FloatImage> alpha(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (!model.hasAlpha()) {
      return Optional.empty();
    }
    int width = image.getWidth();
    int height = image.getHeight();
    float[] samples = new float[ArrayLength.of(width, height, 1)];
    if (Samples.areIn(image)) {
      Samples.of(image, model.getNumColorComponents()).read(0, height, samples, 0);
    } else {
      int[] row = new int[width];
      for (int y = 0; y < height; y++) {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          samples[y * width + x] = BYTE_LEVELS[row[x] >>> 24];
        }
      }
    }
    return Optional.of(FloatImage.wrap(1, height, width, samples));
  }

  /**
   * Makes the image that {@link io.github.sr4j.imaging.AwtImages#toBuffered} would, but black, to
   * be filled by {@link #write}.
   *
   * @param channels 1 for gray, 3 for sRGB
   * @param alpha whether the image has alpha
   * @throws ImageFormatException if the ICC profile of {@code like} is damaged, or the image has
   *     more samples than fit in an array
   */
  public static BufferedImage blank(
      int channels, int width, int height, boolean alpha, BufferedImage like) {
    return BlankImages.of(channels, width, height, alpha, like);
  }

  /**
   * Writes all pixels of an image that {@link #blank} made, or of a {@linkplain
   * BufferedImage#getSubimage part} of one. Samples are converted to the colour space of the image,
   * multiplied by its alpha if the image is premultiplied, clamped and rounded.
   *
   * @param rows the samples of the image's channels in CHW order, and anything behind them
   * @param alpha the samples of the alpha, and anything behind them; null if {@code target} has no
   *     alpha
   */
  public static void write(float[] rows, float @Nullable [] alpha, BufferedImage target) {
    checkArgument(
        (alpha != null) == target.getColorModel().hasAlpha(),
        "alpha must be given for an image that has it and only then, but was %s",
        alpha != null);
    ColorModel model = target.getColorModel();
    int bottom = target.getHeight();
    int plane = bottom * target.getWidth();
    int components = model.getNumColorComponents();
    float[] samples =
        isGray(target) ? rows : ColorConversion.of(model.getColorSpace()).fromSrgb(rows, plane);
    if (alpha != null) {
      Samples alphas = Samples.of(target, components);
      alphas.write(0, bottom, alpha, 0);
      if (target.isAlphaPremultiplied()) {
        samples = premultiplied(samples, alpha, alphas, components, plane, !holdsFloats(target));
      }
    }
    for (int component = 0; component < components; component++) {
      Samples.of(target, component).write(0, bottom, samples, component * plane);
    }
  }

  private static float[] premultiplied(
      float[] samples, float[] alpha, Samples alphas, int components, int plane, boolean clamped) {
    float[] result = new float[components * plane];
    for (int i = 0; i < plane; i++) {
      float a = alphas.rounded(alpha[i]); // by which a reader will divide
      for (int j = i; j < result.length; j += plane) {
        result[j] = (clamped ? Math.max(0, Math.min(1, samples[j])) : samples[j]) * a;
      }
    }
    return result;
  }

  /** Whether the samples of an image are neither rounded nor clamped. */
  private static boolean holdsFloats(BufferedImage image) {
    int type = image.getRaster().getTransferType();
    return type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE;
  }

  static boolean isGray(BufferedImage image) {
    ColorModel model = image.getColorModel();
    return model instanceof IndexColorModel palette
        ? isGray(palette)
        : model instanceof ComponentColorModel
            && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  /**
   * Returns whether all colours of a palette are opaque grays, as in ImageIO's images of 1 to 4
   * bits.
   */
  public static boolean isGray(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      int color = palette.getRGB(i);
      if (color != (0xff << 24 | (color & 0xff) * 0x01_01_01)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the number of channels that {@link #read} reads: 1 if the image is gray, else 3. */
  public static int channels(BufferedImage image) {
    return isGray(image) ? 1 : 3;
  }

  /** The slow way, for indexed images and colour models that AWT does not know. */
  private static void fromGetRgb(BufferedImage image, float[] samples) {
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = height * width;
    boolean isGray = isGray(image);
    int[] row = new int[width];
    for (int y = 0, i = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++, i++) {
        samples[i] = BYTE_LEVELS[row[x] >> 16 & 0xff];
        if (!isGray) {
          samples[plane + i] = BYTE_LEVELS[row[x] >> 8 & 0xff];
          samples[2 * plane + i] = BYTE_LEVELS[row[x] & 0xff];
        }
      }
    }
  }
}
