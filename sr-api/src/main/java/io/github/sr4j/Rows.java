// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;

/**
 * An image that is computed a band of rows at a time, so that bands can be spread over threads and
 * stay in a core's cache until they are pixels. Safe for use by multiple threads.
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

  /**
   * Returns the rows of an RGB image whose luma was enlarged by a network and whose chroma is still
   * small. The chroma is enlarged bicubically: the eye sees little detail in it.
   *
   * @param luma Y of the large image
   * @param blueDifference Cb of the small image
   * @param redDifference Cr of the small image
   */
  static Rows ofLumaAndChroma(
      FloatImage luma, FloatImage blueDifference, FloatImage redDifference) {
    int width = luma.width();
    int height = luma.height();
    return new Rows(3, height, width) {
      @Override
      FloatImage read(int top, int bottom) {
        int size = (bottom - top) * width;
        float[] ycbcr = new float[3 * size];
        System.arraycopy(luma.samples(), top * width, ycbcr, 0, size);
        Resampling.bicubicRows(blueDifference, width, height, top, bottom, ycbcr, size);
        Resampling.bicubicRows(redDifference, width, height, top, bottom, ycbcr, 2 * size);
        return Luma.toRgb(FloatImage.wrap(3, bottom - top, width, ycbcr));
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
