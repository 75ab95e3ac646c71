// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.losses;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.spi.PatchBatch;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The mean absolute difference of horizontal neighbours plus that of vertical ones, and its
 * gradient: a norm of an image's forward differences.
 */
final class NeighbourDifferences {

  private NeighbourDifferences() {}

  static void checkShape(String loss, PatchBatch.Shape shape) {
    checkArgument(
        shape.width() >= 2 && shape.height() >= 2,
        "images must be at least 2x2 for %s, but were %sx%s (width x height)",
        loss,
        shape.width(),
        shape.height());
  }

  /**
   * Computes the value and its gradient.
   *
   * @param image the sample at an index, NCHW
   */
  static double evaluate(PatchBatch.Shape shape, IntToDoubleFunction image, float[] gradient) {
    int width = shape.width();
    int height = shape.height();
    int size = shape.size();
    Arrays.fill(gradient, 0, size, 0);
    double horizontal = (double) size / width * (width - 1); // the number of pairs
    double vertical = (double) size / height * (height - 1);
    double sumOfHorizontal = 0;
    double sumOfVertical = 0;
    for (int i = 0; i < size; i++) {
      double sample = image.applyAsDouble(i);
      if (i % width < width - 1) {
        sumOfHorizontal += pair(sample, image, i, i + 1, horizontal, gradient);
      }
      if (i / width % height < height - 1) {
        sumOfVertical += pair(sample, image, i, i + width, vertical, gradient);
      }
    }
    return sumOfHorizontal / horizontal + sumOfVertical / vertical;
  }

  private static double pair(
      double sample, IntToDoubleFunction image, int i, int next, double pairs, float[] gradient) {
    double difference = image.applyAsDouble(next) - sample;
    double slope = Math.signum(difference) / pairs; // 0 at the kink
    gradient[next] += (float) slope;
    gradient[i] -= (float) slope;
    return Math.abs(difference);
  }
}
