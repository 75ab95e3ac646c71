// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;

final class CropsTest {

  private static final FloatImage IMAGE = Images.noise(3, 11, 8);

  @Test
  void crop_takesTheRectangleOfEveryChannel() {
    assertRectangle(Crops.crop(IMAGE, 4, 1, 5, 6), 4, 1, 5, 6);
    assertRectangle(Crops.crop(IMAGE, 0, 0, 11, 8), 0, 0, 11, 8);
  }

  @Test
  void modCrop_keepsTopAndLeft() {
    assertRectangle(Crops.modCrop(IMAGE, 3), 0, 0, 9, 6);
    assertRectangle(Crops.modCrop(IMAGE, 1), 0, 0, 11, 8);
    assertRectangle(Crops.modCrop(IMAGE, 8), 0, 0, 8, 8);
  }

  @Test
  void shave_takesAllFourSides() {
    assertRectangle(Crops.shave(IMAGE, 3), 3, 3, 5, 2);
    assertRectangle(Crops.shave(IMAGE, 0), 0, 0, 11, 8);
  }

  @Test
  void crop_notWithinTheImage_isRefused() {
    assertThatThrownBy(() -> Crops.crop(IMAGE, 7, 1, 5, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a crop must be at least 1x1 and within the image of 11x8, but was 5x6 at (7, 1)"
                + " (width x height)");
    assertThatThrownBy(() -> Crops.crop(IMAGE, -1, 0, 5, 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Crops.crop(IMAGE, 0, 0, 5, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Crops.crop(IMAGE, 2, 2, Integer.MAX_VALUE, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void modCrop_smallerThanTheScale_isRefused() {
    assertThatThrownBy(() -> Crops.modCrop(IMAGE, 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an image cropped to a multiple of 9 must be at least 9x9, but was 11x8"
                + " (width x height)");
    assertThatThrownBy(() -> Crops.modCrop(IMAGE, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be at least 1, but was 0");
  }

  @Test
  void shave_ofEverything_isRefused() {
    assertThatThrownBy(() -> Crops.shave(IMAGE, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an image must be larger than twice the border of 4, but was 11x8 (width x height)");
    assertThatThrownBy(() -> Crops.shave(IMAGE, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("border must be at least 0, but was -1");
    assertThatThrownBy(() -> Crops.shave(IMAGE, Integer.MAX_VALUE))
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
