// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;

final class SsimTest {

  @Test
  void ssim_ofEqualImages_isOne() {
    FloatImage image = Images.noise(3, 17, 13);

    assertThat(Metrics.ssim(image, image)).isCloseTo(1, within(1e-12));
  }

  @Test
  void ssim_ofConstants_isTheLuminanceTerm() {
    // No variance: (2 a b + C1) / (a^2 + b^2 + C1) with a = 1/2, b = 1/4, C1 = 1/10000.
    double expected = (0.25 + 1e-4) / (0.3125 + 1e-4);

    assertThat(Metrics.ssim(Images.constant(1, 12, 15, 0.5f), Images.constant(1, 12, 15, 0.25f)))
        .isCloseTo(expected, within(1e-9));
  }

  @Test
  void ssim_ofOneWindow_isTheFormula() {
    FloatImage a = Images.noise(1, 11, 11);
    FloatImage b = Images.transposed(a);

    assertThat(Metrics.ssim(a, b)).isCloseTo(window(a, b, 0, 0), within(1e-9));
  }

  @Test
  void ssim_isTheMeanOverWindowsWithinTheImage() {
    FloatImage a = Images.noise(1, 14, 12);
    FloatImage b = Images.turned(a);
    double sum = 0;
    for (int y = 0; y < 2; y++) {
      for (int x = 0; x < 4; x++) {
        sum += window(a, b, x, y);
      }
    }

    assertThat(Metrics.ssim(a, b)).isCloseTo(sum / 8, within(1e-9));
  }

  @Test
  void ssim_ofThreeChannels_isTheirMean() {
    FloatImage a = Images.noise(3, 14, 12);
    FloatImage b = Images.turned(a);
    double sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      sum += Metrics.ssim(a.channel(channel), b.channel(channel));
    }

    assertThat(Metrics.ssim(a, b)).isCloseTo(sum / 3, within(1e-12));
  }

  @Test
  void ssim_ofAnInvertedImage_isNegative() {
    FloatImage image = Images.noise(1, 30, 30);
    float[] inverted = image.samples().clone();
    for (int i = 0; i < inverted.length; i++) {
      inverted[i] = 1 - inverted[i];
    }

    assertThat(Metrics.ssim(image, FloatImage.wrap(1, 30, 30, inverted))).isNegative();
  }

  @Test
  void ssim_belowTheWindow_isRefused() {
    FloatImage image = Images.noise(1, 30, 10);

    assertThatThrownBy(() -> Metrics.ssim(image, image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("images must be at least 11x11 for SSIM, but were 30x10 (width x height)");
    assertThatThrownBy(() -> Metrics.ssim(image, Images.noise(1, 30, 11)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one shape");
  }

  /** Equation 13 of the paper, with its central moments, on one window. */
  private static double window(FloatImage a, FloatImage b, int left, int top) {
    double[] weights = new double[121];
    double total = 0;
    for (int i = 0; i < 121; i++) {
      int dx = i % 11 - 5;
      int dy = i / 11 - 5;
      weights[i] = Math.exp(-(dx * dx + dy * dy) / (2 * 1.5 * 1.5));
      total += weights[i];
    }
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < 121; i++) {
      weights[i] /= total;
      meanA += weights[i] * a.sample(0, left + i % 11, top + i / 11);
      meanB += weights[i] * b.sample(0, left + i % 11, top + i / 11);
    }
    double varianceA = 0;
    double varianceB = 0;
    double covariance = 0;
    for (int i = 0; i < 121; i++) {
      double da = a.sample(0, left + i % 11, top + i / 11) - meanA;
      double db = b.sample(0, left + i % 11, top + i / 11) - meanB;
      varianceA += weights[i] * da * da;
      varianceB += weights[i] * db * db;
      covariance += weights[i] * da * db;
    }
    double c1 = 0.0001;
    double c2 = 0.0009;
    return (2 * meanA * meanB + c1)
        * (2 * covariance + c2)
        / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
  }
}
