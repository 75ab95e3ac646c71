// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling.Part;
import java.awt.image.BufferedImage;

/**
 * An image that is computed a band of rows at a time, so that bands can be spread over threads and
 * stay in a core's cache until they are used. Safe for use by multiple threads.
 */
abstract class Rows {

  private final int channels;
  private final int height;
  private final int width;

  private Rows(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /** Returns the rows of an image in memory. */
  static Rows of(FloatImage image) {
    int width = image.width();
    return new Rows(image.channels(), image.height(), width) {
      @Override
      FloatImage read(int top, int bottom) {
        int size = (bottom - top) * width;
        float[] samples = new float[image.channels() * size];
        for (int c = 0; c < image.channels(); c++) {
          int from = (c * image.height() + top) * width;
          System.arraycopy(image.samples(), from, samples, c * size, size);
        }
        return FloatImage.wrap(image.channels(), bottom - top, width, samples);
      }

      @Override
      FloatImage toImage(Bands bands) {
        return image;
      }
    };
  }

  /** Returns the colours of an image: one channel if it is gray, else three. */
  static Rows of(BufferedImage image) {
    int width = image.getWidth();
    int channels = AwtImages.toFloat(image.getSubimage(0, 0, 1, 1)).channels();
    return new Rows(channels, image.getHeight(), width) {
      @Override
      FloatImage read(int top, int bottom) {
        return AwtImages.toFloat(image.getSubimage(0, top, width, bottom - top));
      }
    };
  }

  /** Returns the rows of an image that is enlarged or shrunk bicubically. */
  static Rows bicubic(FloatImage image, int width, int height) {
    return bicubic(image, Frame.whole(image.width(), image.height(), width, height));
  }

  /**
   * Returns the rows of a part of an image that is enlarged or shrunk bicubically.
   *
   * @param image the source of the frame, or a whole number of times as large
   */
  static Rows bicubic(FloatImage image, Frame frame) {
    Part source = frame.sourceOf(image);
    Part result = frame.result();
    if (source.equals(result)) {
      return of(image);
    }
    return new Rows(image.channels(), result.height(), result.width()) {
      @Override
      FloatImage read(int top, int bottom) {
        float[] samples = new float[image.channels() * (bottom - top) * result.width()];
        frame.bicubicRows(image, top, bottom, samples, 0);
        return FloatImage.wrap(image.channels(), bottom - top, result.width(), samples);
      }
    };
  }

  /**
   * Returns the rows of an RGB image whose luma was enlarged by a network and whose chroma is still
   * small. The chroma is enlarged bicubically: the eye sees little detail in it.
   *
   * @param luma Y, of any size
   * @param blueDifference Cb of the small image
   * @param redDifference Cr of the small image
   */
  static Rows ofLumaAndChroma(
      FloatImage luma, FloatImage blueDifference, FloatImage redDifference, Frame frame) {
    int width = frame.result().width();
    return new Rows(3, frame.result().height(), width) {
      @Override
      FloatImage read(int top, int bottom) {
        int size = (bottom - top) * width;
        float[] ycbcr = new float[3 * size];
        frame.bicubicRows(luma, top, bottom, ycbcr, 0);
        frame.bicubicRows(blueDifference, top, bottom, ycbcr, size);
        frame.bicubicRows(redDifference, top, bottom, ycbcr, 2 * size);
        return Luma.toRgb(FloatImage.wrap(3, bottom - top, width, ycbcr));
      }
    };
  }

  /** A function of a band of rows that keeps their number and width. */
  interface Mapping {
    FloatImage apply(FloatImage rows);
  }

  /** Returns these rows, changed when they are read. */
  Rows map(int channels, Mapping mapping) {
    Rows source = this;
    return new Rows(channels, height, width) {
      @Override
      FloatImage read(int top, int bottom) {
        return mapping.apply(source.read(top, bottom));
      }
    };
  }

  /** Returns the rows from {@code top}, inclusive, to {@code bottom}, exclusive. */
  abstract FloatImage read(int top, int bottom);

  /** Returns all rows. */
  FloatImage toImage(Bands bands) {
    float[] samples = new float[channels * height * width];
    bands.run(
        width,
        height,
        (top, bottom) -> {
          float[] band = read(top, bottom).samples();
          int size = (bottom - top) * width;
          for (int c = 0; c < channels; c++) {
            System.arraycopy(band, c * size, samples, (c * height + top) * width, size);
          }
        });
    return FloatImage.wrap(channels, height, width, samples);
  }

  int channels() {
    return channels;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }
}
