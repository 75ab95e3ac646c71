// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Images;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.internal.regions.Part;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BicubicResamplerTest {

  private static final int WIDTH = 41;
  private static final int HEIGHT = 37;

  @ParameterizedTest(name = "to {0}x{1}")
  @CsvSource({
    "41, 37",
    "82, 74",
    "123, 111",
    "82, 50",
    "60, 55",
    "109, 38",
    "30, 31",
    "13, 12",
    "4, 3",
    "1, 1"
  })
  void part_isThatOfTheWhole(int width, int height) {
    FloatImage image = Images.noise(3, WIDTH, HEIGHT);
    FloatImage whole = Resampling.bicubic(image, width, height);
    Random random = new Random(width);

    for (int i = 0; i < 50; i++) {
      int x = random.nextInt(width);
      int y = random.nextInt(height);
      Part result =
          part(x, y, 1 + random.nextInt(width - x), 1 + random.nextInt(height - y), width, height);
      Part source = around(result);
      float[] samples = new float[5 + 3 * result.width() * result.height()];

      BicubicResampler.resample(cut(image, source), source, result, samples, 5);

      for (int c = 0, at = 5; c < 3; c++) {
        for (int v = 0; v < result.height(); v++) {
          for (int u = 0; u < result.width(); u++, at++) {
            assertThat(samples[at])
                .as("%s of %s", result, source)
                .isEqualTo(whole.sample(c, x + u, y + v));
          }
        }
      }
    }
  }

  @Test
  void sourceThatIsTooSmall_isRefused() {
    Part source = part(10, 10, 11, 11, 100, 100);
    Part result = part(20, 20, 20, 20, 200, 200);
    FloatImage image = Images.noise(1, 11, 11);

    assertThatThrownBy(() -> BicubicResampler.resample(image, source, result, new float[400], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the result needs the source from 8 to 22");
  }

  @Test
  void partBeyondTheImage_isRefused() {
    assertThatThrownBy(() -> part(5, 0, 6, 10, 10, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest(name = "to {0}x{1}")
  @CsvSource({"34, 26", "51, 39", "9, 7", "20, 29"})
  void bands_areExactlyTheRowsOfTheWhole(int width, int height) {
    FloatImage image = Images.noise(3, 17, 13);
    FloatImage whole = Resampling.bicubic(image, width, height);

    for (int from = 0; from < height; from += 3) {
      int rows = Math.min(3, height - from);
      float[] band = new float[2 + 3 * rows * width + 1];
      resampleRows(image, width, height, from, from + rows, band, 2);

      assertThat(Arrays.copyOfRange(band, 2, band.length - 1))
          .containsExactly(whole.crop(0, from, width, rows).samples());
      assertThat(new float[] {band[0], band[1], band[band.length - 1]}).containsOnly(0);
    }
  }

  @Test
  void bands_empty_writeNothing() {
    resampleRows(Images.noise(1, 3, 3), 6, 6, 4, 4, new float[0], 0);
  }

  @Test
  void bands_outOfRange_areRefused() {
    FloatImage image = Images.noise(1, 3, 3);

    assertThatThrownBy(() -> resampleRows(image, 6, 6, 4, 7, new float[99], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> resampleRows(image, 6, 6, 4, 6, new float[12], 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static Part part(int x, int y, int width, int height, int wholeWidth, int wholeHeight) {
    return new Part(new Region(x, y, width, height), new Size(wholeWidth, wholeHeight));
  }

  private static void resampleRows(
      FloatImage image, int width, int height, int from, int to, float[] samples, int offset) {
    BicubicResampler.resample(
        image,
        Part.whole(new Size(image.width(), image.height())),
        part(0, from, width, to - from, width, height),
        samples,
        offset);
  }

  /** The source pixels that the kernel covers around a part of the result. */
  private static Part around(Part result) {
    double horizontal = (double) WIDTH / result.whole().width();
    double vertical = (double) HEIGHT / result.whole().height();
    int left = before(result.x(), horizontal);
    int top = before(result.y(), vertical);
    int right = after(result.x() + result.width(), horizontal, WIDTH);
    int bottom = after(result.y() + result.height(), vertical, HEIGHT);
    return part(left, top, right - left, bottom - top, WIDTH, HEIGHT);
  }

  private static int before(int edge, double step) {
    return (int) Math.max(0, Math.floor(edge * step - 2 * Math.max(1, step) - 1));
  }

  private static int after(int edge, double step, int side) {
    return (int) Math.min(side, Math.ceil(edge * step + 2 * Math.max(1, step) + 1));
  }

  private static FloatImage cut(FloatImage image, Part part) {
    float[] samples = new float[3 * part.height() * part.width()];
    for (int c = 0, i = 0; c < 3; c++) {
      for (int y = 0; y < part.height(); y++) {
        for (int x = 0; x < part.width(); x++, i++) {
          samples[i] = image.sample(c, part.x() + x, part.y() + y);
        }
      }
    }
    return FloatImage.wrap(3, part.height(), part.width(), samples);
  }
}
