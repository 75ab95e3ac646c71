// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LumaTest {

  /** Sums of the published coefficients: white is 16 + 219, a primary its own column. */
  @ParameterizedTest(name = "R, G, B = {0}, {1}, {2}")
  @CsvSource({
    "0, 0, 0, 16, 128, 128",
    "1, 1, 1, 235, 128, 128",
    "1, 0, 0, 81.481, 90.203, 240",
    "0, 1, 0, 144.553, 53.797, 34.214",
    "0, 0, 1, 40.966, 240, 109.786"
  })
  void colours_haveTheYcbcrOfBt601(
      float r, float g, float b, float y, float blueness, float redness) {
    FloatImage rgb = FloatImage.wrap(3, 1, 1, new float[] {r, g, b});

    assertThat(Luma.toYcbcr(rgb).samples())
        .containsExactly(new float[] {y / 255, blueness / 255, redness / 255}, within(1e-6f));
    assertThat(Luma.of(rgb).samples()).containsExactly(new float[] {y / 255}, within(1e-6f));
  }

  @Test
  void of_isTheFirstChannelOfToYcbcr() {
    FloatImage image = Images.noise(3, 67, 45); // more than one chunk, and not a whole number

    assertThat(Luma.of(image).samples()).containsExactly(Luma.toYcbcr(image).channel(0).samples());
  }

  @Test
  void of_oneChannel_isTheSameImage() {
    FloatImage gray = Images.noise(1, 3, 2);

    assertThat(Luma.of(gray)).isSameAs(gray);
  }

  @Test
  void toRgb_undoesToYcbcr() {
    FloatImage image = Images.noise(3, 67, 45);

    FloatImage back = Luma.toRgb(Luma.toYcbcr(image));

    assertThat(back.width()).isEqualTo(67);
    assertThat(back.samples()).containsExactly(image.samples(), within(2e-6f));
  }

  @Test
  void conversion_ofOneChannel_isRefused() {
    FloatImage gray = Images.noise(1, 3, 2);

    assertThatThrownBy(() -> Luma.toYcbcr(gray))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the image must have 3 channels, but has 1");
    assertThatThrownBy(() -> Luma.toRgb(gray)).isInstanceOf(IllegalArgumentException.class);
  }
}
