// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

/** The conversion of a plane's samples between codes of 8 to 16 bits and numbers. */
final class Samples {

  private Samples() {}

  /**
   * A linear function from codes to numbers.
   *
   * @param scale the number that a code adds
   * @param zero the code of the number 0, which need not be whole
   */
  record Coding(double scale, double zero) {

    /** Codes themselves. */
    static final Coding CODES = new Coding(1, 0);

    /** Alpha and full-range colours in [0, 1]. */
    static Coding full(int depth) {
      return new Coding(1.0 / ((1 << depth) - 1), 0);
    }

    /**
     * Luma as {@link io.github.sr4j.imaging.Luma} has it: 16/255 for black, 235/255 for white.
     *
     * @param isFullRange whether black is code 0 and white the largest one
     */
    static Coding studioLuma(int depth, boolean isFullRange) {
      if (!isFullRange) {
        return new Coding(1.0 / (255 << (depth - 8)), 0);
      }
      int max = (1 << depth) - 1;
      return new Coding(219.0 / 255 / max, -16.0 * max / 219);
    }

    /** Luma in [0, 1] from black to white. */
    static Coding luma(int depth, boolean isFullRange) {
      return isFullRange ? full(depth) : new Coding(1.0 / (219 << (depth - 8)), 16 << (depth - 8));
    }

    /** Chroma in [-0.5, 0.5]. */
    static Coding chroma(int depth, boolean isFullRange) {
      double scale = isFullRange ? 1.0 / ((1 << depth) - 1) : 1.0 / (224 << (depth - 8));
      return new Coding(scale, 1 << (depth - 1));
    }
  }

  /** Returns the numbers of consecutive samples of a frame. */
  static float[] read(byte[] frame, int offset, int count, int depth, Coding coding) {
    float[] numbers = new float[count];
    read(frame, offset, count, depth, coding, numbers, 0);
    return numbers;
  }

  /** Puts the numbers of consecutive samples of a frame into an array. */
  static void read(
      byte[] frame, int offset, int count, int depth, Coding coding, float[] numbers, int first) {
    float scale = (float) coding.scale;
    float shift = (float) (-coding.zero * coding.scale);
    if (depth == 8) {
      for (int i = 0; i < count; i++) {
        numbers[first + i] = (frame[offset + i] & 0xff) * scale + shift;
      }
      return;
    }
    for (int i = 0, at = offset; i < count; i++, at += 2) {
      int code = (frame[at] & 0xff) | ((frame[at + 1] & 0xff) << 8);
      numbers[first + i] = code * scale + shift;
    }
  }

  /** Puts the nearest codes of numbers into a frame; those beyond the codes become the last one. */
  static void write(
      float[] numbers, int first, int count, int depth, Coding coding, byte[] frame, int offset) {
    float scale = (float) (1 / coding.scale);
    float shift = (float) coding.zero + 0.5f;
    float max = (1 << depth) - 1;
    if (depth == 8) {
      for (int i = 0; i < count; i++) {
        frame[offset + i] = (byte) (int) clamp(numbers[first + i] * scale + shift, max);
      }
      return;
    }
    for (int i = 0, at = offset; i < count; i++, at += 2) {
      int code = (int) clamp(numbers[first + i] * scale + shift, max);
      frame[at] = (byte) code;
      frame[at + 1] = (byte) (code >> 8);
    }
  }

  private static float clamp(float code, float max) {
    return Math.max(0, Math.min(max, code));
  }
}
