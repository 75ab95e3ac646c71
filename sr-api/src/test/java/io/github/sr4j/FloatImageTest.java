// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.imaging.Images;
import org.junit.jupiter.api.Test;

final class FloatImageTest {

  private static final FloatImage IMAGE = Images.noise(3, 11, 8);

  @Test
  void sample_isInChannelRowColumnOrder() {
    float[] samples = new float[3 * 2 * 4];
    samples[(2 * 2 + 1) * 4 + 3] = 5;

    FloatImage image = FloatImage.wrap(3, 2, 4, samples);

    assertThat(image.sample(2, 3, 1)).isEqualTo(5);
    assertThat(image.channel(2).sample(0, 3, 1)).isEqualTo(5);
    assertThat(image.channel(1).sample(0, 3, 1)).isEqualTo(0);
  }

  @Test
  void channel_isACopy() {
    FloatImage image = Images.noise(3, 2, 2);
    float first = image.samples()[4];

    image.channel(1).samples()[0] = 9;

    assertThat(image.samples()[4]).isEqualTo(first);
  }

  @Test
  void channel_outOfRange_isRefused() {
    assertThatThrownBy(() -> Images.noise(1, 2, 2).channel(1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void wrap_malformed_isRefused() {
    assertThatThrownBy(() -> FloatImage.wrap(2, 1, 1, new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("channels must be 1 or 3, but was 2");
    assertThatThrownBy(() -> FloatImage.wrap(1, 0, 5, new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an image must be at least 1x1, but was 5x0 (width x height)");
    assertThatThrownBy(() -> FloatImage.wrap(3, 4, 5, new float[59]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "samples must hold 60 values for 3 x 4 x 5 (channels x height x width), but held 59");
    assertThatThrownBy(() -> FloatImage.wrap(3, 1 << 16, 1 << 16, new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12884901888");
  }

  @Test
  void rounded_clampsAndRoundsHalfUp() {
    FloatImage rounded =
        Images.row(-3, 0, 0.4f / 255, 0.5f / 255, 1.49f / 255, 254.5f / 255, 1, 7, Float.NaN)
            .rounded();

    assertThat(rounded.samples()).containsExactly(0, 0, 0, 1f / 255, 1f / 255, 1, 1, 1, 0);
  }

  @Test
  void rounded_keepsEveryLevelOfEightBits() {
    float[] levels = new float[256];
    for (int i = 0; i < 256; i++) {
      levels[i] = i / 255f;
    }

    assertThat(Images.row(levels).rounded().samples()).containsExactly(levels);
  }

  @Test
  void crop_takesTheRectangleOfEveryChannel() {
    assertRectangle(IMAGE.crop(4, 1, 5, 6), 4, 1, 5, 6);
    assertRectangle(IMAGE.crop(0, 0, 11, 8), 0, 0, 11, 8);
  }

  @Test
  void modCrop_keepsTopAndLeft() {
    assertRectangle(IMAGE.modCrop(3), 0, 0, 9, 6);
    assertRectangle(IMAGE.modCrop(1), 0, 0, 11, 8);
    assertRectangle(IMAGE.modCrop(8), 0, 0, 8, 8);
  }

  @Test
  void shave_takesAllFourSides() {
    assertRectangle(IMAGE.shave(3), 3, 3, 5, 2);
    assertRectangle(IMAGE.shave(0), 0, 0, 11, 8);
  }

  @Test
  void crop_notWithinTheImage_isRefused() {
    assertThatThrownBy(() -> IMAGE.crop(7, 1, 5, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a crop must be at least 1x1 and within the image of 11x8, but was 5x6 at (7, 1)"
                + " (width x height)");
    assertThatThrownBy(() -> IMAGE.crop(-1, 0, 5, 6)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> IMAGE.crop(0, 0, 5, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> IMAGE.crop(2, 2, Integer.MAX_VALUE, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void modCrop_smallerThanTheScale_isRefused() {
    assertThatThrownBy(() -> IMAGE.modCrop(9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an image cropped to a multiple of 9 must be at least 9x9, but was 11x8"
                + " (width x height)");
    assertThatThrownBy(() -> IMAGE.modCrop(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be at least 1, but was 0");
  }

  @Test
  void shave_ofEverything_isRefused() {
    assertThatThrownBy(() -> IMAGE.shave(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an image must be larger than twice the border of 4, but was 11x8 (width x height)");
    assertThatThrownBy(() -> IMAGE.shave(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("border must be at least 0, but was -1");
    assertThatThrownBy(() -> IMAGE.shave(Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRectangle(FloatImage actual, int left, int top, int width, int height) {
    assertThat(actual.toString()).isEqualTo(width + "x" + height + " (width x height), 3 channels");
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          assertThat(actual.sample(channel, x, y))
              .isEqualTo(IMAGE.sample(channel, left + x, top + y));
        }
      }
    }
  }
}
