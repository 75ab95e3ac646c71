// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;

class ImageAssertTest {

  private final FloatImage image = TestImages.noise(3, 7, 5, 1);

  private FloatImage changed(float difference) {
    float[] samples = image.samples().clone();
    samples[(1 * 5 + 4) * 7 + 2] += difference;
    return FloatImage.wrap(3, 5, 7, samples);
  }

  @Test
  void closeImages_pass() {
    ImageAssert.assertThat(changed(1e-4f)).isCloseTo(image, 1.1e-4).differsFrom(image);
    ImageAssert.assertThat(image).hasSamplesOf(changed(0));
  }

  @Test
  void difference_isReportedWithItsPlace() {
    assertThatThrownBy(() -> ImageAssert.assertThat(changed(0.25f)).isCloseTo(image, 0.01))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("max |a - b| = 2.5e-01 at c=1, y=4, x=2 exceeds 1.0e-02");
  }

  @Test
  void nan_differsFromEverything() {
    assertThatThrownBy(() -> ImageAssert.assertThat(changed(Float.NaN)).isCloseTo(image, 10))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NaN at c=1, y=4, x=2");
  }

  @Test
  void otherShape_isReported() {
    assertThatThrownBy(
            () -> ImageAssert.assertThat(TestImages.noise(3, 5, 7, 1)).isCloseTo(image, 10))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("7x5 (width x height), 3 channels")
        .hasMessageContaining("5x7 (width x height), 3 channels");
  }

  @Test
  void equalImages_doNotDiffer() {
    assertThatThrownBy(() -> ImageAssert.assertThat(changed(0)).differsFrom(image))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("all samples");
  }
}
