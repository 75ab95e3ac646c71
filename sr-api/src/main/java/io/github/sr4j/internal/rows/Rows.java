// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.pixels.AwtPixels;
import io.github.sr4j.internal.pixels.YcbcrPlanes;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.util.ArrayLength;
import java.awt.image.BufferedImage;

/**
 * An image that is computed a few rows at a time, or a part of them, so that the work can be spread
 * over threads and its samples stay in a core's cache until they are used. Safe for use by multiple
 * threads.
 */
public abstract class Rows {

  /** The samples of each pixel that the array for reading any rows must hold. */
  public static final int SCRATCH = 3;

  private final int channels;
  private final int height;
  private final int width;

  /** Creates an image of a size. */
  public Rows(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /** Returns the rows of an image in memory. */
  public static Rows of(FloatImage image) {
    return new Rows(image.channels(), image.height(), image.width()) {
      @Override
      public void read(Region region, float[] samples) {
        copy(image, region, samples);
      }

      @Override
      public FloatImage toImage(RowExecutor executor) {
        return image;
      }
    };
  }

  /** Copies a region of an image in CHW order. */
  public static void copy(FloatImage image, Region region, float[] samples) {
    for (int c = 0, to = 0; c < image.channels(); c++) {
      for (int y = region.y(); y < region.bottom(); y++, to += region.width()) {
        int from = (c * image.height() + y) * image.width() + region.x();
        System.arraycopy(image.samples(), from, samples, to, region.width());
      }
    }
  }

  /** Returns the colours of an image: one channel if it is gray, else three. */
  public static Rows of(BufferedImage image) {
    int channels = AwtPixels.channels(image);
    return new Rows(channels, image.getHeight(), image.getWidth()) {
      @Override
      public void read(Region region, float[] samples) {
        AwtPixels.read(
            image.getSubimage(region.x(), region.y(), region.width(), region.height()), samples);
      }
    };
  }

  /** Returns the rows of an image that is enlarged or shrunk bicubically. */
  public static Rows bicubic(FloatImage image, int width, int height) {
    return bicubic(
        image, RegionPair.whole(new Size(image.width(), image.height()), new Size(width, height)));
  }

  /**
   * Returns the rows of a part of an image that is enlarged or shrunk bicubically.
   *
   * @param image the source of the pair, or a whole number of times as large
   */
  public static Rows bicubic(FloatImage image, RegionPair regions) {
    if (regions.sourceOf(image).equals(regions.result())) {
      return of(image);
    }
    return new Rows(image.channels(), regions.result().height(), regions.result().width()) {
      @Override
      public void read(Region region, float[] samples) {
        regions.bicubic(image, region, samples, 0);
      }
    };
  }

  /**
   * Returns the rows of an RGB image whose luma was enlarged by a network and whose chroma is still
   * small. The chroma is enlarged bicubically: the eye sees little detail in it.
   *
   * @param luma Y, of the size of the result
   * @param blueDifference Cb of the low-resolution image
   * @param redDifference Cr of the low-resolution image
   */
  public static Rows ofLumaAndChroma(
      Rows luma, FloatImage blueDifference, FloatImage redDifference, RegionPair regions) {
    return new Rows(3, luma.height, luma.width) {
      @Override
      public void read(Region region, float[] samples) {
        int pixels = region.pixels();
        luma.read(region, samples);
        regions.bicubic(blueDifference, region, samples, pixels);
        regions.bicubic(redDifference, region, samples, 2 * pixels);
        YcbcrPlanes.toRgb(samples, pixels, samples);
      }
    };
  }

  /** A function of pixels, in place. */
  public interface Mapping {

    /**
     * Replaces pixels.
     *
     * @param samples in CHW order, before and after, with room for three channels
     */
    void apply(float[] samples, int pixels);
  }

  /** Returns these rows, changed when they are read. */
  public Rows map(int channels, Mapping mapping) {
    Rows source = this;
    return new Rows(channels, height, width) {
      @Override
      public void read(Region region, float[] samples) {
        source.read(region, samples);
        mapping.apply(samples, region.pixels());
      }
    };
  }

  /** Returns a part of these rows, of which only regions within the whole may be read. */
  public Rows part(Region part) {
    Rows source = this;
    return new Rows(channels, part.height(), part.width()) {
      @Override
      public void read(Region region, float[] samples) {
        source.read(region.movedBy(part.x(), part.y()), samples);
      }
    };
  }

  /**
   * Reads a region.
   *
   * @param samples receives the samples in CHW order; has room for {@link #SCRATCH} of each pixel,
   *     and those behind the result may become anything
   */
  public abstract void read(Region region, float[] samples);

  /** Returns all rows. */
  public FloatImage toImage(RowExecutor executor) {
    FloatImage image =
        FloatImage.wrap(
            channels, height, width, new float[ArrayLength.of(width, height, channels)]);
    readInto(image, 0, 0, new Region(0, 0, width, height), executor);
    return image;
  }

  /**
   * Reads a region, spread over threads.
   *
   * @param image to be filled
   * @param x where in {@code image} the region goes
   * @param y where in {@code image} the region goes
   */
  public void readInto(FloatImage image, int x, int y, Region region, RowExecutor executor) {
    executor.run(
        region.width(),
        region.height(),
        SCRATCH,
        (top, bottom, band) -> {
          read(region.rows(top, bottom), band);
          for (int c = 0, from = 0; c < channels; c++) {
            for (int row = top; row < bottom; row++, from += region.width()) {
              int to = (c * image.height() + y + row) * image.width() + x;
              System.arraycopy(band, from, image.samples(), to, region.width());
            }
          }
        });
  }

  /** Returns the number of channels. */
  public int channels() {
    return channels;
  }

  /** Returns the height in pixels. */
  public int height() {
    return height;
  }

  /** Returns the width in pixels. */
  public int width() {
    return width;
  }
}
