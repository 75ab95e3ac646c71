// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * An image held as planar 32-bit floats, nominally in {@code [0, 1]}.
 *
 * <p>Samples are stored channel by channel, row by row: the sample of channel {@code c} at column
 * {@code x}, row {@code y} is {@code samples[(c * height + y) * width + x]}, the CHW order that
 * networks expect. Values outside {@code [0, 1]} are kept; they are clamped only when the image is
 * converted to integer pixels.
 *
 * <p>Safe for use by multiple threads as long as nobody writes to {@link #samples}.
 */
public final class FloatImage {

  private final int channels;
  private final int height;
  private final int width;
  private final float[] samples; // CHW, nominally [0, 1]

  private FloatImage(int channels, int height, int width, float[] samples) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.samples = samples;
  }

  /**
   * Views an array as an image, without copying it. The caller gives the array away and must not
   * write to it again.
   *
   * @param channels 1 for luma or gray, 3 for red, green and blue or for Y, Cb and Cr
   * @throws IllegalArgumentException if {@code channels} is neither 1 nor 3, a side is less than 1,
   *     or {@code samples} is not exactly as long as the shape demands
   */
  public static FloatImage wrap(int channels, int height, int width, float[] samples) {
    requireNonNull(samples, "samples");
    checkArgument(channels == 1 || channels == 3, "channels must be 1 or 3, but was %s", channels);
    checkArgument(
        height > 0 && width > 0,
        "an image must be at least 1x1, but was %sx%s (width x height)",
        width,
        height);
    long expected = (long) channels * height * width;
    checkArgument(
        samples.length == expected,
        "samples must hold %s values for %s x %s x %s (channels x height x width), but held %s",
        expected,
        channels,
        height,
        width,
        samples.length);
    return new FloatImage(channels, height, width, samples);
  }

  /** Returns the number of channels: 1 or 3. */
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

  /** Returns the samples in CHW order; the array is not copied and must not be written to. */
  public float[] samples() {
    return samples;
  }

  /** Returns the sample of a channel at a column and row. */
  public float sample(int channel, int x, int y) {
    return samples[(channel * height + y) * width + x];
  }

  /**
   * Returns a copy of one channel as an image of its own.
   *
   * @throws IndexOutOfBoundsException if there is no such channel
   */
  public FloatImage channel(int channel) {
    Objects.checkIndex(channel, channels);
    int plane = height * width;
    return new FloatImage(
        1, height, width, Arrays.copyOfRange(samples, channel * plane, (channel + 1) * plane));
  }

  /**
   * Returns this image as 8-bit pixels would keep it: clamped to {@code [0, 1]} and rounded, half
   * up, to a multiple of 1/255. NaN becomes 0.
   */
  public FloatImage rounded() {
    float[] rounded = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      int level = (int) (samples[i] * 255f + 0.5f);
      rounded[i] = Math.max(0, Math.min(255, level)) / 255f;
    }
    return new FloatImage(channels, height, width, rounded);
  }

  /**
   * Cuts out a rectangle.
   *
   * @param x the leftmost column of the rectangle
   * @param y its topmost row
   * @throws IllegalArgumentException if the rectangle is empty or not within the image
   */
  public FloatImage crop(int x, int y, int width, int height) {
    checkArgument(
        x >= 0
            && y >= 0
            && width > 0
            && height > 0
            && width <= this.width - x
            && height <= this.height - y,
        "a crop must be at least 1x1 and within the image of %sx%s, but was %sx%s at (%s, %s)"
            + " (width x height)",
        this.width,
        this.height,
        width,
        height,
        x,
        y);
    float[] samples = new float[this.channels * height * width];
    for (int row = 0; row < this.channels * height; row++) {
      int sourceRow = row / height * this.height + y + row % height;
      System.arraycopy(this.samples, sourceRow * this.width + x, samples, row * width, width);
    }
    return FloatImage.wrap(this.channels, height, width, samples);
  }

  /**
   * Cuts off the fewest right columns and bottom rows that make both sides multiples of a scale.
   *
   * @throws IllegalArgumentException if {@code scale} is less than 1 or a side is less than {@code
   *     scale}
   */
  public FloatImage modCrop(int scale) {
    checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
    checkArgument(
        this.width >= scale && this.height >= scale,
        "an image cropped to a multiple of %s must be at least %sx%s, but was %sx%s"
            + " (width x height)",
        scale,
        scale,
        scale,
        this.width,
        this.height);
    return crop(0, 0, this.width - this.width % scale, this.height - this.height % scale);
  }

  /**
   * Cuts off a border on all four sides.
   *
   * @param border the width of the border in pixels, at least 0
   * @throws IllegalArgumentException if {@code border} is negative or nothing would be left
   */
  public FloatImage shave(int border) {
    checkArgument(border >= 0, "border must be at least 0, but was %s", border);
    checkArgument(
        Math.min(this.width, this.height) > 2L * border,
        "an image must be larger than twice the border of %s, but was %sx%s (width x height)",
        border,
        this.width,
        this.height);
    return crop(border, border, this.width - 2 * border, this.height - 2 * border);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%dx%d (width x height), %d channels", width, height, channels);
  }
}
