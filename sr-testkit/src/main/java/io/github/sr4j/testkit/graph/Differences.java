// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** The comparison of arrays with those of the reference. */
final class Differences {

  private Differences() {}

  /**
   * Fails unless an array is close to the expected one.
   *
   * @param subject what the array is, for the message
   * @param tolerance the largest difference, relative to the largest magnitude that is expected
   */
  static void assertClose(String subject, Tensor actual, DoubleTensor expected, double tolerance) {
    boolean isScalar = expected.samples().length == 1 && actual.shape().rank() == 0;
    if (!isScalar && !actual.shape().equals(expected.shape())) {
      throw new AssertionError(
          String.format(
              "%s must be of shape %s, but was of %s", subject, expected.shape(), actual.shape()));
    }
    double largest = Arrays.stream(expected.samples()).map(Math::abs).max().orElse(0);
    int worst = 0;
    double max = -1;
    for (int i = 0; i < expected.samples().length; i++) {
      double difference = Math.abs(actual.samples()[i] - expected.samples()[i]);
      if (Double.isNaN(difference) || difference > max) {
        max = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
        worst = i;
      }
    }
    if (max > tolerance * largest) {
      throw new AssertionError(
          String.format(
              Locale.ROOT,
              "%s must be %.9g at %s, but was %.9g: %.3g apart, more than %s of the largest, %.3g",
              subject,
              expected.samples()[worst],
              place(expected.shape(), worst),
              actual.samples()[worst],
              max,
              tolerance,
              largest));
    }
  }

  /** Returns the position of a sample along each axis, such as {@code [1, 0, 6, 4]}. */
  static String place(Shape shape, int index) {
    long[] positions = new long[shape.rank()];
    long rest = index;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      positions[axis] = rest % shape.length(axis);
      rest /= shape.length(axis);
    }
    return Arrays.toString(positions);
  }
}
