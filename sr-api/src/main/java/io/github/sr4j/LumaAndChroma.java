// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;

/**
 * An image whose luma has been enlarged by a network, and whose chroma is still small: it is enlarged
 * bicubically on the way to RGB, a band at a time, since the eye sees little detail in it.
 *
 * @param luma Y of the large image
 * @param blueDifference Cb of the small image
 * @param redDifference Cr of the small image
 */
record LumaAndChroma(FloatImage luma, FloatImage blueDifference, FloatImage redDifference) {

  FloatImage toRgb(Bands bands) {
    int width = luma.width();
    int height = luma.height();
    float[] rgb = new float[3 * height * width];
    bands.run(
        width,
        height,
        (top, bottom) -> {
          float[] band = rows(top, bottom).samples();
          int size = (bottom - top) * width;
          for (int c = 0; c < 3; c++) {
            System.arraycopy(band, c * size, rgb, (c * height + top) * width, size);
          }
        });
    return FloatImage.wrap(3, height, width, rgb);
  }

  /** Returns some rows of the large image in RGB. */
  FloatImage rows(int top, int bottom) {
    int width = luma.width();
    int height = luma.height();
    int size = (bottom - top) * width;
    float[] ycbcr = new float[3 * size];
    System.arraycopy(luma.samples(), top * width, ycbcr, 0, size);
    Resampling.bicubicRows(blueDifference, width, height, top, bottom, ycbcr, size);
    Resampling.bicubicRows(redDifference, width, height, top, bottom, ycbcr, 2 * size);
    return Luma.toRgb(FloatImage.wrap(3, bottom - top, width, ycbcr));
  }
}
