// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.images;

import io.github.sr4j.internal.regions.Region;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * The rotation or reflection that shows the stored pixels of an image upright: the tag Orientation
 * of TIFF 6.0 and EXIF, whose values 1 to 8 are these in order.
 */
public enum Orientation {
  /** As stored. */
  NORMAL(false, false, false),
  /** Mirrored left to right. */
  MIRRORED(false, false, true),
  /** Upside down. */
  HALF_TURN(false, true, true),
  /** Mirrored top to bottom. */
  FLIPPED(false, true, false),
  /** Rows become columns. */
  TRANSPOSED(true, false, false),
  /** Turned clockwise by a quarter. */
  CLOCKWISE(true, true, false),
  /** Rows become columns, both reversed. */
  TRANSVERSED(true, true, true),
  /** Turned anticlockwise by a quarter. */
  ANTICLOCKWISE(true, false, true);

  private final boolean swapsSides; // a stored row becomes a column
  private final boolean reversesRows; // the first stored row comes last
  private final boolean reversesPixels; // the first pixel of a stored row comes last

  Orientation(boolean swapsSides, boolean reversesRows, boolean reversesPixels) {
    this.swapsSides = swapsSides;
    this.reversesRows = reversesRows;
    this.reversesPixels = reversesPixels;
  }

  /** Returns the orientation of a tag's value; what is not one is taken for 1, as by viewers. */
  public static Orientation of(long tag) {
    return tag >= 1 && tag <= values().length ? values()[(int) tag - 1] : NORMAL;
  }

  /** Returns whether stored rows become columns. */
  public boolean swapsSides() {
    return swapsSides;
  }

  /** Returns where points of the stored image go, from corner to corner. */
  public AffineTransform upright(int storedWidth, int storedHeight) {
    int right = reversesPixels ? -1 : 1;
    int down = reversesRows ? -1 : 1;
    int fromX = reversesPixels ? storedWidth : 0;
    int fromY = reversesRows ? storedHeight : 0;
    return swapsSides
        ? new AffineTransform(0, right, down, 0, fromY, fromX)
        : new AffineTransform(right, 0, 0, down, fromX, fromY);
  }

  /** The stored pixels that rows of the turned image consist of. */
  public Region stored(int top, int bottom, int storedWidth, int storedHeight) {
    int height = bottom - top;
    if (swapsSides) {
      return new Region(reversesPixels ? storedWidth - bottom : top, 0, height, storedHeight);
    }
    return new Region(0, reversesRows ? storedHeight - bottom : top, storedWidth, height);
  }

  /** Turns stored pixels. */
  public BufferedImage turn(BufferedImage stored) {
    if (this == NORMAL) {
      return stored;
    }
    int width = stored.getWidth();
    int height = stored.getHeight();
    BufferedImage turned =
        CompatibleImage.of(stored, swapsSides ? height : width, swapsSides ? width : height);
    Raster from = stored.getRaster();
    WritableRaster to = turned.getRaster();
    int elements = from.getNumDataElements();
    Object row = from.getDataElements(0, 0, width, 1, null);
    Object reversed = from.getDataElements(0, 0, width, 1, null);
    for (int y = 0; y < height; y++) {
      from.getDataElements(0, y, width, 1, row);
      Object line = row;
      if (reversesPixels) {
        for (int x = 0; x < width; x++) {
          System.arraycopy(row, x * elements, reversed, (width - 1 - x) * elements, elements);
        }
        line = reversed;
      }
      int place = reversesRows ? height - 1 - y : y;
      if (swapsSides) {
        to.setDataElements(place, 0, 1, width, line);
      } else {
        to.setDataElements(0, place, width, 1, line);
      }
    }
    return turned;
  }
}
