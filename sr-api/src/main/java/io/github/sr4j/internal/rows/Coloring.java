// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.pixels.AwtPixels;
import java.awt.image.BufferedImage;
import java.util.Optional;

/** The colours of an image as its enlargement keeps them. */
public enum Coloring {
  /** One channel of gray. */
  ONE_CHANNEL,
  /** Three channels, equal wherever they can be seen: hidden pixels take the colours of those. */
  EQUAL_CHANNELS,
  /** Three channels. */
  COLORS;

  /** The finding of an image's coloring, from all of its rows. Used by one thread. */
  public static final class Scan {

    private static final int PART_PIXELS = 1 << 14; // that are looked at together

    private final Optional<ValueScale> scale;
    private final float[] samples = new float[Rows.SCRATCH * PART_PIXELS];
    private boolean isOfOneChannel;
    private boolean isColored;
    private boolean isSeen; // some pixel
    private boolean isColoredUnseen;

    /**
     * Begins without rows.
     *
     * @param scale of the values of the image; empty if they are shades of a picture
     */
    public Scan(Optional<ValueScale> scale) {
      this.scale = scale;
    }

    /** Returns whether further rows change nothing. */
    public boolean isDone() {
      return isOfOneChannel || isColored;
    }

    /** Takes more rows into account. */
    public void add(BufferedImage rows) {
      isOfOneChannel = AwtPixels.channels(rows) == 1;
      int across = Math.min(rows.getWidth(), PART_PIXELS);
      int down = PART_PIXELS / across;
      for (int top = 0; top < rows.getHeight() && !isDone(); top += down) {
        for (int left = 0; left < rows.getWidth() && !isDone(); left += across) {
          addPart(
              rows.getSubimage(
                  left,
                  top,
                  Math.min(across, rows.getWidth() - left),
                  Math.min(down, rows.getHeight() - top)));
        }
      }
    }

    private void addPart(BufferedImage part) {
      float[] colors = samples;
      if (scale.isPresent()) {
        colors = scale.get().read(part).samples();
      } else {
        AwtPixels.read(part, colors);
      }
      float[] alpha = AwtPixels.alpha(part).map(FloatImage::samples).orElse(null);
      int plane = part.getWidth() * part.getHeight();
      for (int i = 0; i < plane; i++) {
        boolean isVisible = alpha == null || alpha[i] > 0;
        isSeen |= isVisible;
        if (Float.compare(colors[i], colors[plane + i]) != 0
            || Float.compare(colors[i], colors[2 * plane + i]) != 0) {
          isColored |= isVisible;
          isColoredUnseen = true;
        }
      }
    }

    /** Returns the coloring of the rows that were added. */
    public Coloring coloring() {
      if (isOfOneChannel) {
        return ONE_CHANNEL;
      }
      return isColored || (isColoredUnseen && !isSeen) ? COLORS : EQUAL_CHANNELS;
    }
  }
}
