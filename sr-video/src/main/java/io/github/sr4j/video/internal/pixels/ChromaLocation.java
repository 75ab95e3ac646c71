// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

/**
 * The place of a chroma sample within the luma samples that it belongs to, by FFmpeg's names: for
 * 4:2:0, {@code left} is beside the upper and the lower of the left column, {@code center} in the
 * middle of the four.
 */
public enum ChromaLocation {
  /** In the left column, between the rows: MPEG-2, H.264 and most others unless they say more. */
  LEFT(0, 0.5),
  /** In the middle: JPEG and MPEG-1. */
  CENTER(0.5, 0.5),
  /** On the first sample: HEVC of ultra-high definition, and DV. */
  TOPLEFT(0, 0),
  /** Between the columns, in the first row. */
  TOP(0.5, 0),
  /** In the left column, in the last row. */
  BOTTOMLEFT(0, 1),
  /** Between the columns, in the last row. */
  BOTTOM(0.5, 1);

  private final double horizontal; // 0 for the first column, 1 for the last one
  private final double vertical;

  ChromaLocation(double horizontal, double vertical) {
    this.horizontal = horizontal;
    this.vertical = vertical;
  }

  /** Returns how far right of the first of its luma samples the sample is, in luma samples. */
  double offsetX(PixelFormat format) {
    return horizontal * ((1 << format.chromaShiftX()) - 1);
  }

  /** Returns how far below the first of its luma samples the sample is, in luma samples. */
  double offsetY(PixelFormat format) {
    return vertical * ((1 << format.chromaShiftY()) - 1);
  }
}
