// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.data;

import io.github.sr4j.FloatImage;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A decoded image, and what the network is given of it at each scale.
 *
 * @param highRes the original, not trimmed
 * @param inputs one for each scale; none if they are made anew for each patch
 */
public record TrainingImage(Plane highRes, List<Plane> inputs) {

  /** Returns the memory it takes. */
  public long bytes() {
    return highRes.samples.bytes() + inputs.stream().mapToLong(p -> p.samples.bytes()).sum();
  }

  /** Adds the samples of 8 bits to a sum: what tells this image from another. */
  public void addTo(CRC32 sum) {
    highRes.samples.addTo(sum);
    inputs.forEach(input -> input.samples.addTo(sum));
  }

  /** One of the eight flips and rotations of a square. */
  public record Orientation(
      int number) { // bit 0 mirrors columns, bit 1 mirrors rows, bit 2 swaps the two

    /**
     * Returns the index, in a plane of rows of {@code stride}, of what goes to a row and column.
     */
    int source(int row, int column, int size, int x, int y, int stride) {
      int i = (number & 4) == 0 ? row : column;
      int j = (number & 4) == 0 ? column : row;
      i = (number & 2) == 0 ? i : size - 1 - i;
      j = (number & 1) == 0 ? j : size - 1 - j;
      return (y + i) * stride + x + j;
    }
  }

  /**
   * An image in one kind of samples.
   *
   * @param channels of {@code samples}
   * @param width in pixels
   * @param height in pixels
   * @param samples CHW
   */
  public record Plane(int channels, int width, int height, Samples samples) {

    /** Keeps an image of 8 bits in 8 bits. */
    public static Plane ofBytes(FloatImage image) {
      return new Plane(image.channels(), image.width(), image.height(), Bytes.of(image));
    }

    /** Keeps an image in 32-bit floats. */
    public static Plane ofFloats(FloatImage image) {
      return new Plane(
          image.channels(), image.width(), image.height(), new Floats(image.samples()));
    }

    /** Copies a square, flipped and rotated, to {@code offset} of a patch in CHW order. */
    public void cut(int x, int y, int size, Orientation orientation, float[] patch, int offset) {
      int first = orientation.source(0, 0, size, x, y, width);
      int nextRow = orientation.source(1, 0, size, x, y, width) - first;
      int nextColumn = orientation.source(0, 1, size, x, y, width) - first;
      int at = offset;
      for (int channel = 0; channel < channels; channel++) {
        int plane = channel * width * height + first;
        for (int row = 0; row < size; row++, at += size) {
          samples.copy(plane + row * nextRow, nextColumn, patch, at, size);
        }
      }
    }

    /** Returns a rectangle as an image of its own. */
    public FloatImage crop(int x, int y, int cropWidth, int cropHeight) {
      float[] crop = new float[channels * cropWidth * cropHeight];
      for (int row = 0; row < channels * cropHeight; row++) {
        int source = (row / cropHeight * height + y + row % cropHeight) * width + x;
        samples.copy(source, 1, crop, row * cropWidth, cropWidth);
      }
      return FloatImage.wrap(channels, cropHeight, cropWidth, crop);
    }
  }

  /** Samples in [0, 1]. */
  public sealed interface Samples {
    /** Copies every {@code step}-th sample from {@code from} on. */
    void copy(int from, int step, float[] destination, int at, int count);

    /** Returns the memory they take. */
    long bytes();

    /** Adds the samples of 8 bits to a sum. */
    void addTo(CRC32 sum);
  }

  private static final class Floats implements Samples {

    private final float[] values;

    Floats(float[] values) {
      this.values = values;
    }

    @Override
    public void copy(int from, int step, float[] destination, int at, int count) {
      for (int i = 0; i < count; i++) {
        destination[at + i] = values[from + i * step];
      }
    }

    @Override
    public long bytes() {
      return 4L * values.length;
    }

    @Override
    public void addTo(CRC32 sum) {
      byte[] rounded = new byte[values.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (byte) Math.round(values[i] * 255);
      }
      sum.update(rounded);
    }
  }

  /** Samples of 8 bits, in a quarter of the memory. */
  private static final class Bytes implements Samples {

    private static final float[] LEVELS = new float[256];

    static {
      for (int i = 0; i < LEVELS.length; i++) {
        LEVELS[i] = i / 255f;
      }
    }

    private final byte[] values;

    private Bytes(byte[] values) {
      this.values = values;
    }

    static Bytes of(FloatImage image) {
      float[] samples = image.samples();
      byte[] values = new byte[samples.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (byte) Math.round(samples[i] * 255);
      }
      return new Bytes(values);
    }

    @Override
    public void copy(int from, int step, float[] destination, int at, int count) {
      for (int i = 0; i < count; i++) {
        destination[at + i] = LEVELS[values[from + i * step] & 0xFF];
      }
    }

    @Override
    public long bytes() {
      return values.length;
    }

    @Override
    public void addTo(CRC32 sum) {
      sum.update(values);
    }
  }
}
