// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;

final class MetricsTest {

  @Test
  void psnr_isTenTimesTheLogarithmOfTheInverseMeanSquare() {
    assertThat(Metrics.psnr(Images.constant(3, 4, 5, 0.5f), Images.constant(3, 4, 5, 0.4f)))
        .isCloseTo(20, within(1e-5));
    // One of four samples off by 1: a mean square of 1/4.
    assertThat(Metrics.psnr(Images.row(0, 1, 0, 0), Images.row(0, 0, 0, 0)))
        .isCloseTo(6.0206, within(1e-4));
    // One level of 255 everywhere.
    assertThat(Metrics.psnr(Images.constant(1, 4, 5, 1 / 255f), Images.constant(1, 4, 5, 0)))
        .isCloseTo(48.1308, within(1e-4));
  }

  @Test
  void psnr_isSymmetric() {
    FloatImage image = Images.noise(3, 7, 5);

    assertThat(Metrics.psnr(image, Images.turned(image)))
        .isEqualTo(Metrics.psnr(Images.turned(image), image));
  }

  @Test
  void psnr_ofEqualImages_isInfinite() {
    FloatImage image = Images.noise(3, 7, 5);

    assertThat(Metrics.psnr(image, image)).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void psnr_ofDifferentShapes_isRefused() {
    assertThatThrownBy(() -> Metrics.psnr(Images.noise(1, 7, 5), Images.noise(1, 5, 7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("7x5 (width x height), 1 channels", "5x7 (width x height)");
    assertThatThrownBy(() -> Metrics.psnr(Images.noise(3, 7, 5), Images.noise(1, 7, 5)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
