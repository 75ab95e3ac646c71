// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.ffmpeg;

import java.nio.ByteBuffer;

/**
 * The only stream of a film in the container NUT.
 *
 * @param codecTag the four characters of the codec, or of the pixel format of raw frames
 * @param timeBase the unit of time stamps
 * @param decodeDelay how many frames a decoder holds back, because they are out of order
 * @param codecData what a decoder needs before the first packet
 * @param width in pixels
 * @param height in pixels
 * @param sampleAspect the width of a pixel for its height; 0/0 if it is not known
 */
public record NutStream(
    int codecTag,
    Ratio timeBase,
    int decodeDelay,
    ByteBuffer codecData,
    int width,
    int height,
    Ratio sampleAspect) {

  /** Returns the same with frames of another size. */
  public NutStream sized(int newWidth, int newHeight) {
    return new NutStream(
        codecTag, timeBase, decodeDelay, codecData, newWidth, newHeight, sampleAspect);
  }
}
