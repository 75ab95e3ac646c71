// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import java.util.Optional;

/**
 * The kind of a film's raw frames.
 *
 * @param pixels the planes
 * @param width in pixels
 * @param height in pixels
 * @param isFullRange whether luma and chroma take all codes, instead of 16 to 235 or 240 of 8 bits
 * @param chroma where samples of chroma lie
 * @param matrix between RGB and the planes; empty if they are none of luma and chroma, or if it is
 *     not linear
 */
public record FrameFormat(
    PixelFormat pixels,
    int width,
    int height,
    boolean isFullRange,
    ChromaLocation chroma,
    Optional<YuvMatrix> matrix) {

  /** Returns the bytes of a frame. */
  public long frameBytes() {
    return pixels.frameBytes(width, height);
  }

  /** Returns the format of frames of another size. */
  public FrameFormat sized(int newWidth, int newHeight) {
    return new FrameFormat(pixels, newWidth, newHeight, isFullRange, chroma, matrix);
  }
}
