// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.imaging.Images;
import org.junit.jupiter.api.Test;

final class FloatImageTest {

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
}
