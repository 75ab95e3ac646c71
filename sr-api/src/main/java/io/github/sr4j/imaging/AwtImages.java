// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.pixels.AwtPixels;
import io.github.sr4j.internal.pixels.Bleed;
import io.github.sr4j.internal.util.ArrayLength;
import java.awt.image.BufferedImage;
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
   * one. Colours that sRGB lacks are then outside {@code [0, 1]} if the profile is of curves and a
   * matrix, as those of displays and working spaces are, and clipped otherwise. An indexed image
   * has the colours of its palette. Premultiplied alpha is divided out; what is fully transparent
   * is then black.
   *
   * <p>Samples of up to 24 bits keep their precision. Those of floating-point images are not
   * clamped. In a colour space other than sRGB, by an ICC profile, both are clamped and rounded to
   * 16 bits.
   *
   * @throws ImageFormatException if the image's ICC profile is damaged, or the image has more
   *     samples than fit in an array
   */
  public static FloatImage toFloat(BufferedImage image) {
    int channels = AwtPixels.channels(image);
    int height = image.getHeight();
    int width = image.getWidth();
    float[] samples = new float[ArrayLength.of(width, height, channels)];
    AwtPixels.read(image, samples);
    return FloatImage.wrap(channels, height, width, samples);
  }

  /**
   * Returns the transparency of an image as one channel, 0 where it is transparent and 1 where it
   * is opaque; empty if the image's kind has none.
   */
  public static Optional<FloatImage> alpha(BufferedImage image) {
    return AwtPixels.alpha(image);
  }

  /**
   * Makes an image of the kind of another one: of its colour model, hence its colour space with the
   * ICC profile, its bits per sample, and its alpha, premultiplied or not; and with its order of
   * components. Applied to the results of {@link #toFloat} and {@link #alpha}, it gives the same
   * image again.
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
    checkArgument(
        alpha == null
            || (alpha.channels() == 1
                && alpha.width() == image.width()
                && alpha.height() == image.height()),
        "alpha must have one channel and the size of the image, %s, but was %s",
        image,
        alpha);
    BufferedImage result =
        AwtPixels.blank(image.channels(), image.width(), image.height(), alpha != null, like);
    AwtPixels.write(image.samples(), alpha == null ? null : alpha.samples(), result);
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
}
