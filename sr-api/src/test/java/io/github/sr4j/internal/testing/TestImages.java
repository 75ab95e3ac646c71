// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.FloatImage;
import java.awt.image.BufferedImage;
import java.util.Random;

public final class TestImages {

  private TestImages() {}

  public static FloatImage noise(int channels, int width, int height) {
    Random random = new Random(width * 31L + height);
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat();
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  /** Noise in each band of an image of an AWT type. */
  public static BufferedImage photo(int type, int width, int height) {
    Random random = new Random(width * 31L + height);
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < image.getRaster().getNumBands(); band++) {
          image.getRaster().setSample(x, y, band, random.nextInt(256));
        }
      }
    }
    return image;
  }

  /** Repeats every pixel. */
  public static FloatImage nearest(FloatImage image, int scale) {
    int width = image.width() * scale;
    int height = image.height() * scale;
    float[] samples = new float[image.channels() * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = image.sample(i / width / height, i % width / scale, i / width % height / scale);
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  public static void assertClose(FloatImage actual, FloatImage expected, double tolerance) {
    assertThat(actual.toString()).isEqualTo(expected.toString());
    double worst = 0;
    int at = 0;
    for (int i = 0; i < expected.samples().length; i++) {
      double difference = Math.abs((double) actual.samples()[i] - expected.samples()[i]);
      if (!(difference <= worst)) {
        worst = difference;
        at = i;
      }
    }
    int plane = expected.width() * expected.height();
    assertThat(worst)
        .as(
            "max |a - b| at c=%s, y=%s, x=%s",
            at / plane, at % plane / expected.width(), at % expected.width())
        .isLessThanOrEqualTo(tolerance);
  }
}
