// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import io.github.sr4j.internal.animation.Animation.Disposal;
import io.github.sr4j.internal.animation.Animation.Frame;
import io.github.sr4j.internal.regions.Region;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * The canvas of an animation, on which one frame after the other is drawn. It begins transparent,
 * as viewers have it, whatever background a file names. In memory are the canvas, a copy of it if a
 * frame asks for one, and the frame that is being drawn. Not thread-safe.
 */
public final class Canvas {

  /** A decoder of the pixels of frames. */
  public interface Decoder {

    /** Decodes a frame. */
    BufferedImage decode(int frame) throws IOException;
  }

  private final Animation animation;
  private final Decoder decoder;
  private final boolean isOpaque;
  private int drawn; // frames
  private @Nullable BufferedImage image;
  private @Nullable WritableRaster saved; // what the last frame hides

  /**
   * Makes an empty canvas.
   *
   * @param isOpaque whether it has no alpha, since no frame leaves anything transparent
   */
  public Canvas(Animation animation, boolean isOpaque, Decoder decoder) {
    this.animation = animation;
    this.isOpaque = isOpaque;
    this.decoder = decoder;
  }

  /** Returns whether no pixel of any frame is transparent. */
  public boolean isOpaque() {
    return isOpaque;
  }

  /**
   * Returns the canvas with a frame on it. It is good until the next call. Frames are drawn in
   * order, so that going back begins at the first one.
   */
  public BufferedImage at(int frame) throws IOException {
    BufferedImage canvas = image;
    if (frame < drawn - 1) {
      drawn = 0;
      saved = null;
      if (canvas != null) {
        clear(canvas, Region.ofWhole(canvas.getWidth(), canvas.getHeight()));
      }
    }
    for (; drawn <= frame; drawn++) {
      BufferedImage pixels = decoder.decode(drawn);
      if (canvas == null) {
        canvas = blank(pixels.getColorModel());
        image = canvas;
      }
      draw(pixels, canvas);
    }
    if (canvas == null) {
      throw new IllegalArgumentException("frame must be at least 0, but was " + frame);
    }
    return canvas;
  }

  private BufferedImage blank(ColorModel frames) {
    int width = animation.width();
    int height = animation.height();
    ColorSpace space = frames.getColorSpace();
    if (!isRaw(frames) || (space.isCS_sRGB() && frames.getTransferType() == DataBuffer.TYPE_BYTE)) {
      return new BufferedImage(
          width, height, isOpaque ? BufferedImage.TYPE_3BYTE_BGR : BufferedImage.TYPE_4BYTE_ABGR);
    }
    ColorModel model =
        new ComponentColorModel(
            space,
            !isOpaque,
            false,
            isOpaque ? Transparency.OPAQUE : Transparency.TRANSLUCENT,
            frames.getTransferType());
    return new BufferedImage(
        model, model.createCompatibleWritableRaster(width, height), false, null);
  }

  /** Whether samples are used as they are, and not through a palette. */
  private static boolean isRaw(ColorModel model) {
    return model instanceof ComponentColorModel;
  }

  private void draw(BufferedImage pixels, BufferedImage canvas) throws IOException {
    if (drawn > 0) {
      dispose(animation.frames().get(drawn - 1), canvas);
    }
    Frame frame = animation.frames().get(drawn);
    Region place = place(frame);
    if (place.isEmpty()) {
      return; // beside the canvas
    }
    if (frame.disposal() == Disposal.RESTORE) {
      saved =
          canvas.getRaster().createCompatibleWritableRaster(0, 0, place.width(), place.height());
      saved.setDataElements(
          0,
          0,
          canvas
              .getRaster()
              .createChild(place.x(), place.y(), place.width(), place.height(), 0, 0, null));
    }
    boolean isPalette = !isRaw(pixels.getColorModel());
    int colors = canvas.getColorModel().getNumColorComponents();
    if (!isPalette && pixels.getColorModel().getNumColorComponents() != colors) {
      throw new IIOException("its frames are of different kinds");
    }
    int max = (1 << canvas.getColorModel().getComponentSize(0)) - 1;
    Row source = new Row(place.width(), colors, max);
    Row target = new Row(place.width(), colors, max);
    for (int y = 0; y < place.height(); y++) {
      int from = place.y() + y - frame.y();
      if (isPalette) {
        source.readRgb(pixels, place.x() - frame.x(), from);
      } else {
        source.read(pixels, place.x() - frame.x(), from);
      }
      if (frame.isBlended() && pixels.getColorModel().hasAlpha()) {
        target.read(canvas, place.x(), place.y() + y);
        source.blendOver(target);
      }
      source.write(canvas, place.x(), place.y() + y);
    }
  }

  private void dispose(Frame frame, BufferedImage canvas) {
    Region place = place(frame);
    WritableRaster before = saved;
    if (frame.disposal() == Disposal.CLEAR) {
      clear(canvas, place);
    } else if (frame.disposal() == Disposal.RESTORE && before != null) {
      canvas.getRaster().setDataElements(place.x(), place.y(), before);
    }
    saved = null;
  }

  private Region place(Frame frame) {
    return new Region(frame.x(), frame.y(), frame.width(), frame.height())
        .within(animation.width(), animation.height());
  }

  private static void clear(BufferedImage canvas, Region place) {
    if (place.isEmpty()) {
      return;
    }
    int[] nothing = new int[place.width() * canvas.getRaster().getNumBands()];
    for (int y = place.y(); y < place.y() + place.height(); y++) {
      canvas.getRaster().setPixels(place.x(), y, place.width(), 1, nothing);
    }
  }

  /** The samples of some pixels that lie side by side: colours, then alpha. */
  private static final class Row {

    private final int width;
    private final int colors; // 1 or 3
    private final int max; // the level of white, and of what is opaque
    private final int[] samples; // pixel by pixel

    Row(int width, int colors, int max) {
      this.width = width;
      this.colors = colors;
      this.max = max;
      this.samples = new int[width * (colors + 1)];
    }

    void readRgb(BufferedImage image, int x, int y) {
      int[] argb = image.getRGB(x, y, width, 1, null, 0, width);
      for (int i = 0; i < width; i++) {
        samples[4 * i] = argb[i] >> 16 & 0xff;
        samples[4 * i + 1] = argb[i] >> 8 & 0xff;
        samples[4 * i + 2] = argb[i] & 0xff;
        samples[4 * i + 3] = argb[i] >>> 24;
      }
    }

    void read(BufferedImage image, int x, int y) {
      if (image.getColorModel().hasAlpha()) {
        image.getRaster().getPixels(x, y, width, 1, samples);
        return;
      }
      int[] opaque = image.getRaster().getPixels(x, y, width, 1, (int[]) null);
      Arrays.fill(samples, max);
      for (int i = 0; i < width; i++) {
        System.arraycopy(opaque, i * colors, samples, i * (colors + 1), colors);
      }
    }

    void write(BufferedImage image, int x, int y) {
      if (image.getColorModel().hasAlpha()) {
        image.getRaster().setPixels(x, y, width, 1, samples);
        return;
      }
      int[] opaque = new int[width * colors];
      for (int i = 0; i < width; i++) {
        System.arraycopy(samples, i * (colors + 1), opaque, i * colors, colors);
      }
      image.getRaster().setPixels(x, y, width, 1, opaque);
    }

    /**
     * Draws this row over another one: PNG, third edition, 13.16, on samples as they are stored.
     */
    void blendOver(Row under) {
      for (int i = 0; i < samples.length; i += colors + 1) {
        long alpha = samples[i + colors];
        if (alpha == max) {
          continue;
        }
        long rest = (max - alpha) * under.samples[i + colors]; // what shines through, times max
        long sum = alpha * max + rest;
        for (int c = i; c < i + colors; c++) {
          samples[c] =
              sum == 0
                  ? 0
                  : (int) ((samples[c] * alpha * max + under.samples[c] * rest + sum / 2) / sum);
        }
        samples[i + colors] = (int) ((sum + max / 2) / max);
      }
    }
  }
}
