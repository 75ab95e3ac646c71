// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.video.internal.ffmpeg.Ratio;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;

/**
 * Frames of a program's own, such as those of a renderer or a camera, which {@link
 * VideoUpscaler#upscale(FrameSource, java.nio.file.Path, VideoOptions)} enlarges.
 *
 * <p>A source is read once, by one thread at a time, not always the same one. When a call fails,
 * the thread that reads is interrupted.
 */
public interface FrameSource {

  /**
   * The kind of all frames of a source.
   *
   * @param pixelFormat FFmpeg's name of a format whose samples lie in planes, as {@code gray},
   *     {@code gbrp}, {@code yuv420p} and {@code yuv420p10le}. Luma and chroma are of limited range
   *     (all codes in {@code yuvj420p}), in BT.709 from 720 rows on and in BT.601 below
   * @param width in pixels
   * @param height in pixels
   * @param timeNumerator of the unit of times in seconds, such as 1 or 1001
   * @param timeDenominator of the unit of times in seconds, such as 25 or 30000
   */
  record Format(
      String pixelFormat, int width, int height, long timeNumerator, long timeDenominator) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is less than 1, or a part of the unit is more than
     *     2^31 - 1
     */
    public Format {
      requireNonNull(pixelFormat, "pixelFormat");
      checkArgument(width >= 1, "width must be at least 1 pixel, but was %s", width);
      checkArgument(height >= 1, "height must be at least 1 pixel, but was %s", height);
      checkArgument(
          timeNumerator >= 1 && timeNumerator <= Integer.MAX_VALUE,
          "timeNumerator must be within 1 to 2^31 - 1, but was %s",
          timeNumerator);
      checkArgument(
          timeDenominator >= 1 && timeDenominator <= Integer.MAX_VALUE,
          "timeDenominator must be within 1 to 2^31 - 1, but was %s",
          timeDenominator);
    }
  }

  /** A frame. */
  final class Frame {

    private final long time;
    private final byte[] samples;

    /**
     * Creates a frame.
     *
     * @param time when it is shown, in units of the source's time: at least 0, and later than the
     *     frame before
     * @param samples one plane after the other, rows without gaps, samples of more than 8 bits in
     *     two bytes, the lower one first; not copied, and not to be written to any more
     */
    public Frame(long time, byte[] samples) {
      this.time = time;
      this.samples = requireNonNull(samples, "samples");
    }

    /** Returns when it is shown, in units of the source's time. */
    public long time() {
      return time;
    }

    /** Returns the samples, which are not copied. */
    public byte[] samples() {
      return samples;
    }
  }

  /** Returns the kind of all frames. */
  Format format();

  /**
   * Returns the next frame; empty after the last one.
   *
   * @throws IOException if it cannot be had; that ends the call and reaches its caller
   */
  Optional<Frame> next() throws IOException;

  /**
   * Returns images as frames at a constant rate: gray or RGB, of 8 or 16 bits, with alpha, as the
   * first image is. Others may have less, but not more.
   *
   * @param images at least one, all of one size; each is left alone once the next one is asked for
   * @param framesPerSecond such as 25; 23.976, 29.97 and 59.94 stand for multiples of 1000/1001
   * @throws IllegalArgumentException if there is no image, or {@code framesPerSecond} is not within
   *     0.001 to 1000
   * @throws ImageFormatException later, if an image has another size, or more than the first one
   */
  static FrameSource ofImages(Iterator<BufferedImage> images, double framesPerSecond) {
    requireNonNull(images, "images");
    return new IteratedImages(images, Ratio.ofFrameRate(framesPerSecond));
  }
}
