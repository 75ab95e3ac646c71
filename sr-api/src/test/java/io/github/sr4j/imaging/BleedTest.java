// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;

final class BleedTest {

  @Test
  void visiblePixels_areKept_andHiddenOnesAreNot() {
    FloatImage image = Images.noise(3, 9, 7);
    FloatImage alpha = everyOther(9, 7);

    FloatImage filled = AwtImages.bleed(image, alpha);

    for (int i = 0; i < 3 * 63; i++) {
      if (alpha.samples()[i % 63] > 0) {
        assertThat(filled.samples()[i]).isEqualTo(image.samples()[i]);
      } else {
        assertThat(filled.samples()[i]).isNotEqualTo(image.samples()[i]);
      }
    }
  }

  @Test
  void oneVisiblePixel_coloursEverything() {
    float[] alpha = new float[13 * 6];
    alpha[30] = 0.25f;
    FloatImage image = Images.noise(3, 13, 6);

    FloatImage filled = AwtImages.bleed(image, FloatImage.wrap(1, 6, 13, alpha));

    for (int i = 0; i < filled.samples().length; i++) {
      assertThat(filled.samples()[i]).isCloseTo(image.samples()[i / 78 * 78 + 30], within(1e-6f));
    }
  }

  @Test
  void hiddenPixels_takeTheColourNextToThem() {
    // Two visible colours at the ends of a row.
    float[] samples = new float[32];
    float[] alpha = new float[32];
    for (int x = 0; x < 3; x++) {
      samples[x] = 1;
      alpha[x] = 1;
      alpha[31 - x] = 1;
    }

    FloatImage filled = AwtImages.bleed(Images.row(samples), Images.row(alpha));

    for (int x = 0; x < 16; x++) {
      assertThat(filled.sample(0, x, 0)).isEqualTo(1);
      assertThat(filled.sample(0, 31 - x, 0)).isEqualTo(0);
    }
  }

  @Test
  void nothingHiddenOrNothingVisible_isTheSameImage() {
    FloatImage image = Images.noise(3, 5, 4);

    assertThat(AwtImages.bleed(image, Images.constant(1, 5, 4, 0.1f))).isSameAs(image);
    assertThat(AwtImages.bleed(image, Images.constant(1, 5, 4, 0))).isSameAs(image);
  }

  @Test
  void image_isNotWrittenTo() {
    FloatImage image = Images.noise(1, 8, 8);

    AwtImages.bleed(image, everyOther(8, 8));

    assertThat(image.samples()).containsExactly(Images.noise(1, 8, 8).samples());
  }

  @Test
  void alphaOfAnotherShape_isRefused() {
    assertThatThrownBy(() -> AwtImages.bleed(Images.noise(3, 5, 4), Images.noise(1, 4, 5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("alpha must have one channel", "5x4", "4x5");
    assertThatThrownBy(() -> AwtImages.bleed(Images.noise(3, 5, 4), Images.noise(3, 5, 4)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static FloatImage everyOther(int width, int height) {
    float[] alpha = new float[width * height];
    for (int i = 0; i < alpha.length; i += 2) {
      alpha[i] = 1;
    }
    return FloatImage.wrap(1, height, width, alpha);
  }
}
