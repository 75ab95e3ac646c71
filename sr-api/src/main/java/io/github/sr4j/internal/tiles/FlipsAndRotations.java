// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.FloatImage;

/** The eight flips and rotations of an image. */
final class FlipsAndRotations {

  static final int COUNT = 8;

  private static final int FLIPPED_X = 1;
  private static final int FLIPPED_Y = 2;
  private static final int TRANSPOSED = 4;

  private FlipsAndRotations() {}

  /** Returns a copy of an image, flipped and then transposed as a number from 0 to 7 says. */
  static FloatImage turned(FloatImage image, int turn) {
    int width = image.width();
    int height = image.height();
    boolean isTransposed = (turn & TRANSPOSED) != 0;
    float[] source = image.samples();
    float[] samples = new float[source.length];
    int stepX = isTransposed ? height : 1;
    int stepY = isTransposed ? 1 : width;
    for (int c = 0; c < image.channels(); c++) {
      for (int y = 0; y < height; y++) {
        int from = (c * height + ((turn & FLIPPED_Y) != 0 ? height - 1 - y : y)) * width;
        int to = c * height * width + y * stepY;
        if ((turn & FLIPPED_X) != 0) {
          for (int x = 0; x < width; x++) {
            samples[to + x * stepX] = source[from + width - 1 - x];
          }
        } else {
          for (int x = 0; x < width; x++) {
            samples[to + x * stepX] = source[from + x];
          }
        }
      }
    }
    return isTransposed
        ? FloatImage.wrap(image.channels(), width, height, samples)
        : FloatImage.wrap(image.channels(), height, width, samples);
  }

  /** Returns the turn that undoes another one. */
  static int inverse(int turn) {
    // Flipping columns after transposing is flipping rows before it.
    return switch (turn) {
      case TRANSPOSED | FLIPPED_X -> TRANSPOSED | FLIPPED_Y;
      case TRANSPOSED | FLIPPED_Y -> TRANSPOSED | FLIPPED_X;
      default -> turn;
    };
  }
}
