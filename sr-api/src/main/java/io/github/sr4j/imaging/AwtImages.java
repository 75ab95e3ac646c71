// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static io.github.sr4j.imaging.Samples.BYTE_LEVELS;

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
 * The conversion between AWT's images and {@link FloatImage}: the only place that knows colour
 * models and transparency.
 *
 * <p>Safe for use by multiple threads as long as nobody draws on the images passed.
 */
public final class AwtImages {

  private AwtImages() {}

  /**
   * Returns the colours of an image, without its transparency.
   *
   * <p>A gray image has one channel, whose samples are those of the image: no transfer function is
   * applied, as {@link BufferedImage#getRGB} would, and no profile. Every other image has three, in
   * sRGB: those of an image in another colour space are converted, by its ICC profile if it has
   * one. What sRGB lacks is then outside {@code [0, 1]} if the profile is of curves and a matrix,
   * as those of displays and working spaces are, and else clipped. An indexed image has the colours
   * of its palette. Premultiplied alpha is divided out; what is fully transparent is then black.
   *
   * <p>Samples of up to 24 bits keep their precision. Those of floating-point images are not
   * clamped. In a colour space other than sRGB, by an ICC profile, both are clamped and rounded to
   * 16 bits.
   *
   * @throws ImageFormatException if the image's ICC profile is damaged, or the image has more
   *     samples than fit in an array
   */
  public static FloatImage toFloat(BufferedImage image) {
    int channels = channels(image);
    int height = image.getHeight();
    int width = image.getWidth();
    float[] samples = new float[ArrayLength.of(width, height, channels)];
    toFloat(image, samples);
    return FloatImage.wrap(channels, height, width, samples);
  }

  /**
   * As {@link #toFloat(BufferedImage)}, into an array, which a caller that reads an image part by
   * part may use again.
   *
   * @param samples receives the samples in CHW order; may be longer than needed
   * @throws ImageFormatException if the image's ICC profile is damaged
   */
  public static void toFloat(BufferedImage image, float[] samples) {
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

  /**
   * Returns the transparency of an image as one channel, 0 where it is transparent and 1 where it
   * is opaque; empty if the image's kind has none.
   */
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
   * Makes an image of the kind of another one: of its colour model, hence its colour space with the
   * ICC profile, its bits per sample, and its alpha, premultiplied or not; and with its order of
   * components. What comes of {@link #toFloat} and {@link #alpha} is the same image again.
   *
   * <p>If {@code like} is indexed or has fewer than 8 bits per sample, the image has 8. If {@code
   * image} has more or fewer channels than {@code like}, the image is gray or sRGB, and if only one
   * of the two has alpha, it gets it or loses it. If the colour profile of {@code like} knows no
   * way back from sRGB, as that of a scanner, the image is sRGB.
   *
   * <p>Samples are clamped to {@code [0, 1]} and rounded half up, but in floating-point images.
   *
   * @param alpha one channel of the image's size, or null for an opaque image
   * @throws IllegalArgumentException if {@code alpha} has another size or three channels
   * @throws ImageFormatException if the ICC profile of {@code like} is damaged, or the image has
   *     more samples than fit in an array
   */
  public static BufferedImage toBuffered(
      FloatImage image, @Nullable FloatImage alpha, BufferedImage like) {
    BufferedImage result =
        blank(image.channels(), image.width(), image.height(), alpha != null, like);
    writeRows(image, alpha, result, 0);
    return result;
  }

  /**
   * Makes the image that {@link #toBuffered} would, but black, to be filled by {@link #writeRows}.
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
   * Writes some rows of an image, so that a caller can spread the work over threads: different rows
   * may be written at the same time. Samples are converted to the colour space of the image,
   * multiplied by its alpha if the image is premultiplied, clamped and rounded as by {@link
   * #toBuffered}.
   *
   * @param rows as wide as {@code target}, with the channels it was made for
   * @param alpha one channel of the size of {@code rows}, or null if {@code target} has no alpha
   * @param target an image that {@link #blank} made
   * @param top where the first row goes
   * @throws IllegalArgumentException if {@code rows} and {@code alpha} are not as {@code target}
   *     needs them, or reach beyond it
   */
  public static void writeRows(
      FloatImage rows, @Nullable FloatImage alpha, BufferedImage target, int top) {
    checkArgument(
        alpha == null
            || (alpha.channels() == 1
                && alpha.width() == rows.width()
                && alpha.height() == rows.height()),
        "alpha must have one channel and the size of the image, %s, but was %s",
        rows,
        alpha);
    ColorModel model = target.getColorModel();
    checkArgument(
        rows.channels() == channels(target)
            && (alpha != null) == model.hasAlpha()
            && rows.width() == target.getWidth()
            && top >= 0
            && rows.height() <= target.getHeight() - top,
        "rows must fit an image of %sx%s (width x height), %s channels and alpha %s, but were %s,"
            + " alpha %s, at row %s",
        target.getWidth(),
        target.getHeight(),
        channels(target),
        model.hasAlpha(),
        rows,
        alpha != null,
        top);
    write(rows.samples(), alpha == null ? null : alpha.samples(), target, top, rows.height());
  }

  /**
   * As {@link #writeRows(FloatImage, FloatImage, BufferedImage, int)}, of all rows of an image, or
   * of a {@linkplain BufferedImage#getSubimage part} of one, from arrays that a caller may use
   * again.
   *
   * @param samples those of the image's channels in CHW order, and anything behind them
   * @param alpha those of the alpha, and anything behind them; null if {@code target} has no alpha
   */
  public static void write(float[] samples, float @Nullable [] alpha, BufferedImage target) {
    checkArgument(
        (alpha != null) == target.getColorModel().hasAlpha(),
        "alpha must be given for an image that has it and only then, but was %s",
        alpha != null);
    write(samples, alpha, target, 0, target.getHeight());
  }

  private static void write(
      float[] rows, float @Nullable [] alpha, BufferedImage target, int top, int height) {
    ColorModel model = target.getColorModel();
    int plane = height * target.getWidth();
    int bottom = top + height;
    int components = model.getNumColorComponents();
    float[] samples =
        isGray(target) ? rows : ColorConversion.of(model.getColorSpace()).fromSrgb(rows, plane);
    if (alpha != null) {
      Samples alphas = Samples.of(target, components);
      alphas.write(top, bottom, alpha, 0);
      if (target.isAlphaPremultiplied()) {
        samples = premultiplied(samples, alpha, alphas, components, plane, !holdsFloats(target));
      }
    }
    for (int component = 0; component < components; component++) {
      Samples.of(target, component).write(top, bottom, samples, component * plane);
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

  /**
   * Gives the fully transparent pixels of an image the colours of the nearest visible ones, blurred
   * with the distance. An image filter then has no edge to sharpen between what is seen and the
   * arbitrary colours that are not. Other pixels are kept; so is an image without a visible pixel.
   *
   * @param image one or three channels
   * @param alpha one channel of the image's size
   * @throws IllegalArgumentException if {@code alpha} has another size or three channels
   */
  public static FloatImage bleed(FloatImage image, FloatImage alpha) {
    return Bleed.apply(image, alpha);
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

  /** Whether all colours of a palette are opaque grays, as in ImageIO's images of 1 to 4 bits. */
  private static boolean isGray(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      int color = palette.getRGB(i);
      if (color != (0xff << 24 | (color & 0xff) * 0x01_01_01)) {
        return false;
      }
    }
    return true;
  }

  /** The channels of {@link #toFloat}. */
  static int channels(BufferedImage image) {
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
