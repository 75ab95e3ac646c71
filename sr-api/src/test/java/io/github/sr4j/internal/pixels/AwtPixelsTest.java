// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AwtPixelsTest {

  private static final int WIDTH = 7;
  private static final int HEIGHT = 11;

  @ParameterizedTest(name = "{0} channels, alpha {1}, like type {2}")
  @CsvSource({
    "3, false, " + BufferedImage.TYPE_INT_RGB,
    "3, true, " + BufferedImage.TYPE_INT_ARGB,
    "3, false, " + BufferedImage.TYPE_3BYTE_BGR,
    "3, true, " + BufferedImage.TYPE_4BYTE_ABGR,
    "3, true, " + BufferedImage.TYPE_USHORT_GRAY,
    "1, false, " + BufferedImage.TYPE_BYTE_GRAY,
    "1, false, " + BufferedImage.TYPE_USHORT_GRAY,
    "1, true, " + BufferedImage.TYPE_BYTE_GRAY
  })
  void rowsWrittenInBands_areTheImage(int channels, boolean hasAlpha, int type) {
    BufferedImage like = new BufferedImage(1, 1, type);
    FloatImage image = noise(channels);
    FloatImage alpha = hasAlpha ? noise(1) : null;
    BufferedImage expected = AwtImages.toBuffered(image, alpha, like);

    BufferedImage actual = AwtPixels.blank(channels, WIDTH, HEIGHT, hasAlpha, like);
    for (int[] band : new int[][] {{4, 11}, {0, 1}, {1, 4}}) {
      int rows = band[1] - band[0];
      AwtPixels.write(
          image.crop(0, band[0], WIDTH, rows).samples(),
          alpha == null ? null : alpha.crop(0, band[0], WIDTH, rows).samples(),
          actual.getSubimage(0, band[0], WIDTH, rows));
    }

    assertThat(actual.getType()).isEqualTo(expected.getType());
    assertThat(samples(actual)).isEqualTo(samples(expected));
  }

  @ParameterizedTest(name = "{0} channels, alpha {1}, type {2}")
  @CsvSource({
    "3, false, " + BufferedImage.TYPE_INT_RGB,
    "3, true, " + BufferedImage.TYPE_INT_ARGB_PRE,
    "3, true, " + BufferedImage.TYPE_4BYTE_ABGR,
    "3, true, " + BufferedImage.TYPE_4BYTE_ABGR_PRE,
    "1, false, " + BufferedImage.TYPE_USHORT_GRAY,
    "1, true, " + BufferedImage.TYPE_BYTE_GRAY
  })
  void partsInArraysThatAreTooLong_areTheImage(int channels, boolean hasAlpha, int type) {
    BufferedImage like = new BufferedImage(1, 1, type);
    FloatImage image = noise(channels);
    FloatImage alpha = hasAlpha ? noise(1) : null;
    BufferedImage expected = AwtImages.toBuffered(image, alpha, like);
    float[] read = new float[3 * WIDTH * HEIGHT + 5];

    BufferedImage actual = AwtPixels.blank(channels, WIDTH, HEIGHT, hasAlpha, like);
    for (int[] part : new int[][] {{0, 0, 3, 11}, {3, 0, 4, 5}, {3, 5, 4, 6}}) {
      AwtPixels.write(
          part(image, part),
          alpha == null ? null : part(alpha, part),
          actual.getSubimage(part[0], part[1], part[2], part[3]));
    }
    AwtPixels.read(actual, read);

    assertThat(samples(actual)).isEqualTo(samples(expected));
    assertThat(read).startsWith(AwtImages.toFloat(expected).samples());
  }

  private static float[] part(FloatImage image, int[] part) {
    float[] samples = image.crop(part[0], part[1], part[2], part[3]).samples();
    return Arrays.copyOf(samples, samples.length + 7);
  }

  @Test
  void writing_withoutTheAlphaOfTheImage_isRefused() {
    BufferedImage target = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);

    assertThatThrownBy(() -> AwtPixels.write(noise(3).samples(), null, target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alpha must be given for an image that has it and only then");
  }

  private static double[] samples(BufferedImage image) {
    return image.getRaster().getPixels(0, 0, WIDTH, HEIGHT, (double[]) null);
  }

  private static FloatImage noise(int channels) {
    Random random = new Random(channels);
    float[] samples = new float[channels * HEIGHT * WIDTH];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat() * 1.2f - 0.1f;
    }
    return FloatImage.wrap(channels, HEIGHT, WIDTH, samples);
  }
}
