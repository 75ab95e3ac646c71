// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import java.util.Optional;

/**
 * The weights of red and blue in luma, from which the conversion between RGB and luma and chroma
 * follows (ITU-T H.273, table 4).
 *
 * @param name by which FFmpeg knows it
 * @param red the weight of red
 * @param blue the weight of blue
 */
public record YuvMatrix(String name, double red, double blue) {

  private static final int HIGH_DEFINITION = 720; // rows from which on it is taken for BT.709

  /**
   * Returns the matrix of a tag of FFmpeg.
   *
   * @return empty for one that is not linear, such as that of constant luminance, or unknown
   */
  public static Optional<YuvMatrix> of(String tag) {
    return switch (tag) {
      case "bt709" -> Optional.of(new YuvMatrix(tag, 0.2126, 0.0722));
      case "bt470bg", "smpte170m" -> Optional.of(new YuvMatrix(tag, 0.299, 0.114)); // BT.601
      case "fcc" -> Optional.of(new YuvMatrix(tag, 0.30, 0.11));
      case "smpte240m" -> Optional.of(new YuvMatrix(tag, 0.212, 0.087));
      case "bt2020nc" -> Optional.of(new YuvMatrix(tag, 0.2627, 0.0593));
      default -> Optional.empty();
    };
  }

  /** Returns the tag that players assume for a film without one: BT.709 from 720 rows on. */
  public static String assumed(int height) {
    return height >= HIGH_DEFINITION ? "bt709" : "smpte170m";
  }

  /** Converts luma in [0, 1] and chroma in [-0.5, 0.5] to red, green and blue, in place. */
  void toRgb(float[] y, float[] cb, float[] cr) {
    float redOfCr = (float) (2 * (1 - red));
    float blueOfCb = (float) (2 * (1 - blue));
    float green = (float) (1 - red - blue);
    float greenOfCr = (float) red * redOfCr / green;
    float greenOfCb = (float) blue * blueOfCb / green;
    for (int i = 0; i < y.length; i++) {
      float luma = y[i];
      float b = cb[i];
      float r = cr[i];
      y[i] = luma + redOfCr * r;
      cb[i] = luma - greenOfCb * b - greenOfCr * r;
      cr[i] = luma + blueOfCb * b;
    }
  }

  /** Converts red, green and blue to luma in [0, 1] and chroma in [-0.5, 0.5], in place. */
  void fromRgb(float[] r, float[] g, float[] b) {
    float ofRed = (float) red;
    float ofGreen = (float) (1 - red - blue);
    float ofBlue = (float) blue;
    float toCb = (float) (0.5 / (1 - blue));
    float toCr = (float) (0.5 / (1 - red));
    for (int i = 0; i < r.length; i++) {
      float luma = ofRed * r[i] + ofGreen * g[i] + ofBlue * b[i];
      float cr = (r[i] - luma) * toCr;
      float cb = (b[i] - luma) * toCb;
      r[i] = luma;
      g[i] = cb;
      b[i] = cr;
    }
  }
}
