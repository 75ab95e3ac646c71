// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.FloatImage;
import java.util.Arrays;
import java.util.Locale;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions on images that say where they fail: {@code max |a - b| = 3.1e-04 at c=1, y=17, x=64
 * exceeds 1.0e-05}.
 */
public final class ImageAssert extends AbstractAssert<ImageAssert, FloatImage> {

  private ImageAssert(FloatImage actual) {
    super(actual, ImageAssert.class);
  }

  /** Returns the assertions on an image. */
  public static ImageAssert assertThat(FloatImage actual) {
    return new ImageAssert(actual);
  }

  /**
   * Requires the same shape, and samples that differ by no more than a tolerance; NaN differs from
   * everything.
   */
  public ImageAssert isCloseTo(FloatImage expected, double tolerance) {
    isNotNull();
    if (!actual.toString().equals(expected.toString())) {
      failWithMessage("expected an image of %s, but was %s", expected, actual);
    }
    float[] a = actual.samples();
    float[] b = expected.samples();
    double worst = 0;
    int place = 0;
    for (int i = 0; i < a.length && !Double.isNaN(worst); i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      if (!(difference <= worst)) { // also if it is NaN
        worst = difference;
        place = i;
      }
    }
    if (!(worst <= tolerance)) {
      int area = actual.width() * actual.height();
      failWithMessage(
          "%s",
          String.format(
              Locale.ROOT,
              "max |a - b| = %.1e at c=%d, y=%d, x=%d exceeds %.1e (a = %s, b = %s)",
              worst,
              place / area,
              place % area / actual.width(),
              place % actual.width(),
              tolerance,
              a[place],
              b[place]));
    }
    return this;
  }

  /** Requires the same shape and the same samples, bit for bit. */
  public ImageAssert hasSamplesOf(FloatImage expected) {
    return isCloseTo(expected, 0);
  }

  /** Requires that some sample differs. */
  public ImageAssert differsFrom(FloatImage other) {
    isNotNull();
    if (Arrays.equals(actual.samples(), other.samples())) {
      failWithMessage("expected images that differ, but all samples of %s are equal", actual);
    }
    return this;
  }
}
