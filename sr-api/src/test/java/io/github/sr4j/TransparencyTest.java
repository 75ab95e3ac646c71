// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A red disc on transparent green: nothing of the green must ever be seen. */
final class TransparencyTest {

  private static final int SIDE = 48;
  private static final int SCALE = 2;

  @ParameterizedTest(name = "{0}, type {1}, soft {2}")
  @CsvSource({
    "RGB, " + BufferedImage.TYPE_INT_ARGB + ", false",
    "RGB, " + BufferedImage.TYPE_INT_ARGB + ", true",
    "RGB, " + BufferedImage.TYPE_4BYTE_ABGR + ", true",
    "RGB, " + BufferedImage.TYPE_INT_ARGB_PRE + ", true",
    "RGB, " + BufferedImage.TYPE_4BYTE_ABGR_PRE + ", false",
    "LUMA, " + BufferedImage.TYPE_INT_ARGB + ", false",
    "LUMA, " + BufferedImage.TYPE_INT_ARGB + ", true",
    "LUMA, " + BufferedImage.TYPE_INT_ARGB_PRE + ", true"
  })
  void hiddenColours_areNeverSeen(ModelInfo.Color color, int type, boolean soft) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, type);
    for (int i = 0; i < SIDE * SIDE; i++) {
      int alpha = alpha(i % SIDE, i / SIDE, soft);
      image.setRGB(i % SIDE, i / SIDE, alpha > 0 ? alpha << 24 | 0xff0000 : 0x00ff00);
    }

    BufferedImage result;
    try (Upscaler upscaler = Upscaler.of(new Sharpening(color))) {
      result = upscaler.upscale(image);
    }

    assertThat(result.getType()).isEqualTo(type);
    FloatImage colors = AwtImages.toFloat(result);
    FloatImage alpha = AwtImages.alpha(result).orElseThrow();
    boolean premultiplied = result.isAlphaPremultiplied();
    int partly = 0;
    for (int y = 0; y < result.getHeight(); y++) {
      for (int x = 0; x < result.getWidth(); x++) {
        float a = alpha.sample(0, x, y);
        if (a == 0) {
          continue;
        }
        partly += a < 1 ? 1 : 0;
        // A premultiplied colour is known to half a level of what is seen.
        float tolerance = (premultiplied ? 0.51f / a : 1.01f) / 255;
        assertThat(colors.sample(0, x, y)).as("red at %s, %s", x, y).isGreaterThan(1 - tolerance);
        assertThat(colors.sample(1, x, y)).as("green at %s, %s", x, y).isLessThan(tolerance);
        assertThat(colors.sample(2, x, y)).as("blue at %s, %s", x, y).isLessThan(tolerance);
      }
    }
    assertThat(partly).isGreaterThan(100); // the edge, at least
    assertThat(alpha.sample(0, SIDE, SIDE)).isEqualTo(1);
    assertThat(alpha.sample(0, 0, 0)).isEqualTo(0);
    assertFlatAlphaIsKept(image, alpha);
  }

  /** Where alpha is the same all around, it is that. */
  private static void assertFlatAlphaIsKept(BufferedImage image, FloatImage result) {
    FloatImage alpha = AwtImages.alpha(image).orElseThrow();
    for (int y = 3; y < SIDE - 3; y++) {
      for (int x = 3; x < SIDE - 3; x++) {
        float value = alpha.sample(0, x, y);
        boolean flat = value == 0 || value == 1;
        for (int i = 0; i < 49; i++) {
          flat &= alpha.sample(0, x + i % 7 - 3, y + i / 7 - 3) == value;
        }
        for (int i = 0; flat && i < SCALE * SCALE; i++) {
          assertThat(result.sample(0, x * SCALE + i % SCALE, y * SCALE + i / SCALE))
              .as("alpha at %s, %s", x, y)
              .isEqualTo(value);
        }
      }
    }
  }

  private static int alpha(int x, int y, boolean soft) {
    double outside = Math.hypot(x - SIDE / 2.0, y - SIDE / 2.0) - SIDE / 4.0;
    return (int) Math.round(255 * Math.max(0, Math.min(1, 0.5 - outside / (soft ? 12 : 1e-3))));
  }

  /** Doubles every pixel, and overshoots at edges as networks do. */
  private static final class Sharpening implements BlockUpscaler {

    private final ModelInfo info;

    Sharpening(ModelInfo.Color color) {
      info = ModelInfo.builder("sharpening", SCALE).color(color).halo(1).build();
    }

    @Override
    public ModelInfo info() {
      return info;
    }

    @Override
    public Device.Report device() {
      return new Device.Report(Device.cpu(), Device.cpu(), "");
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      int width = block.width() * SCALE;
      int height = block.height() * SCALE;
      float[] samples = new float[block.channels() * height * width];
      for (int i = 0; i < samples.length; i++) {
        int c = i / width / height;
        int x = i % width / SCALE;
        int y = i / width % height / SCALE;
        float mean = 0;
        for (int n = 0; n < 9; n++) {
          int u = Math.max(0, Math.min(block.width() - 1, x + n % 3 - 1));
          int v = Math.max(0, Math.min(block.height() - 1, y + n / 3 - 1));
          mean += block.sample(c, u, v) / 9;
        }
        float sample = block.sample(c, x, y);
        samples[i] = sample + (sample - mean);
      }
      return FloatImage.wrap(block.channels(), height, width, samples);
    }

    @Override
    public void close() {}
  }
}
