// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.animation;

import io.github.sr4j.internal.regions.Region;
import java.awt.Transparency;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;

/**
 * The transparency that a lossy WebP holds apart from its colours. TwelveMonkeys' reader takes that
 * which is not compressed for opaque.
 *
 * @param samples row by row, as they are predicted in the file
 * @param width in pixels
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record WebpAlpha(byte[] samples, int width) {

  /** Takes back the prediction of samples: RFC 9649, 2.7.1.2, "filtering method". */
  public static WebpAlpha unfiltered(byte[] samples, int width, int filter) {
    if (filter == 0) {
      return new WebpAlpha(samples, width);
    }
    for (int i = 1; i < samples.length; i++) {
      int x = i % width;
      int prediction;
      if (i < width || (filter == 1 && x > 0)) {
        prediction = samples[i - 1];
      } else if (filter == 2 || x == 0) {
        prediction = samples[i - width];
      } else {
        int left = samples[i - 1] & 0xff;
        int above = samples[i - width] & 0xff;
        int corner = samples[i - width - 1] & 0xff;
        prediction = Math.max(0, Math.min(255, left + above - corner));
      }
      samples[i] += (byte) prediction;
    }
    return new WebpAlpha(samples, width);
  }

  /** Returns colours with the transparency of the region that they are. */
  public BufferedImage with(BufferedImage colors, Region region) {
    int height = region.height();
    BufferedImage result;
    if (colors.getType() == BufferedImage.TYPE_3BYTE_BGR) {
      result = new BufferedImage(region.width(), height, BufferedImage.TYPE_4BYTE_ABGR);
    } else {
      ColorModel model =
          new ComponentColorModel(
              colors.getColorModel().getColorSpace(),
              true,
              false,
              Transparency.TRANSLUCENT,
              DataBuffer.TYPE_BYTE);
      result =
          new BufferedImage(
              model, model.createCompatibleWritableRaster(region.width(), height), false, null);
    }
    WritableRaster raster = result.getRaster();
    raster
        .createWritableChild(0, 0, region.width(), height, 0, 0, new int[] {0, 1, 2})
        .setRect(colors.getRaster());
    int[] row = new int[region.width()];
    for (int y = 0; y < height; y++) {
      int start = (region.y() + y) * width + region.x();
      for (int x = 0; x < region.width(); x++) {
        row[x] = samples[start + x] & 0xff;
      }
      raster.setSamples(0, y, region.width(), 1, 3, row);
    }
    return result;
  }
}
