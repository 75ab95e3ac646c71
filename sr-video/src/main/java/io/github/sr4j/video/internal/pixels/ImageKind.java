// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.video.internal.pixels.Samples.Coding;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.util.Arrays;
import java.util.Optional;

/**
 * The kind of AWT's images as frames: gray or RGB, with or without alpha, of 8 or 16 bits.
 *
 * @param isGray whether they have one channel beside alpha
 * @param hasAlpha whether some pixels may be transparent
 * @param isDeep whether samples have more than 8 bits
 */
public record ImageKind(boolean isGray, boolean hasAlpha, boolean isDeep) {

  /** Returns the kind of the images of a colour model. */
  public static ImageKind of(ColorModel model) {
    int depth = 0;
    for (int bits : model.getComponentSize()) {
      depth = Math.max(depth, bits);
    }
    // A gray frame with alpha has no format of its own in planes.
    boolean isGray = model.getNumColorComponents() == 1 && !model.hasAlpha();
    return new ImageKind(isGray, model.hasAlpha(), depth > 8);
  }

  /** Returns the kind that holds images of this one and of another one. */
  public ImageKind with(ImageKind other) {
    return new ImageKind(
        isGray && other.isGray, hasAlpha || other.hasAlpha, isDeep || other.isDeep);
  }

  /** Returns whether images of another kind become frames of this one without loss. */
  public boolean holds(ImageKind other) {
    return with(other).equals(this);
  }

  /** Returns the format of the frames. */
  public PixelFormat pixels() {
    String name = isGray ? "gray" : (hasAlpha ? "gbrap" : "gbrp");
    return PixelFormat.of(isDeep ? name + "16le" : name).orElseThrow();
  }

  /** Returns the words for it, such as {@code "RGB of 8 bits"}. */
  @Override
  public String toString() {
    return (isGray ? "gray" : "RGB")
        + (isDeep ? " of 16 bits" : " of 8 bits")
        + (hasAlpha ? " with alpha" : "");
  }

  /**
   * Returns an image as a frame. Colours of other spaces become those of sRGB.
   *
   * @throws IllegalArgumentException if this kind does not hold it
   */
  public byte[] frame(BufferedImage image) {
    ImageKind own = of(image.getColorModel());
    checkArgument(holds(own), "image must be %s, but is %s", this, own);
    PixelFormat pixels = pixels();
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] frame =
        new byte[FrameScaler.requireFitting(pixels.frameBytes(width, height), width, height)];
    FloatImage colors = AwtImages.toFloat(image);
    int count = width * height;
    if (isGray) {
      write(colors.samples(), 0, 0, frame, width, height);
      return frame;
    }
    boolean isColored = colors.channels() == 3;
    // FFmpeg's order is green, blue, red.
    write(colors.samples(), isColored ? count : 0, 0, frame, width, height);
    write(colors.samples(), isColored ? 2 * count : 0, 1, frame, width, height);
    write(colors.samples(), 0, 2, frame, width, height);
    if (hasAlpha) {
      Optional<FloatImage> alpha = AwtImages.alpha(image);
      if (alpha.isPresent()) {
        write(alpha.get().samples(), 0, 3, frame, width, height);
      } else {
        Arrays.fill(frame, (int) pixels.offset(3, width, height), frame.length, (byte) 0xff);
      }
    }
    return frame;
  }

  private void write(float[] samples, int first, int plane, byte[] frame, int width, int height) {
    PixelFormat pixels = pixels();
    Samples.write(
        samples,
        first,
        width * height,
        pixels.depth(),
        Coding.full(pixels.depth()),
        frame,
        (int) pixels.offset(plane, width, height));
  }
}
