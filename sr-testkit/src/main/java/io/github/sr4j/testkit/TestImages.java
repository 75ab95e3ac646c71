// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/**
 * Generated images: the same on every machine, for the same arguments.
 *
 * <p>Take unequal and odd sides, such as 37x29: they catch swapped axes that a square image hides.
 */
public final class TestImages {

  private TestImages() {}

  /** The value of a sample. */
  @FunctionalInterface
  private interface Pattern {
    double at(int channel, int x, int y);
  }

  /** Returns independent samples, uniform in [0, 1): what shows every difference there is. */
  public static FloatImage noise(int channels, int width, int height, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return image(channels, width, height, (c, x, y) -> random.nextDouble());
  }

  /** Returns a linear ramp over both axes, from 0 to 1, another in each channel. */
  public static FloatImage gradient(int channels, int width, int height) {
    return image(
        channels,
        width,
        height,
        (c, x, y) -> (x * (c + 1.0) + y) / Math.max(1, (width - 1) * (c + 1.0) + height - 1));
  }

  /** Returns squares of 0.1 and 0.9 in turn, the same in each channel: hard edges. */
  public static FloatImage checkerboard(int channels, int width, int height, int side) {
    return image(channels, width, height, (c, x, y) -> (x / side + y / side) % 2 == 0 ? 0.1 : 0.9);
  }

  /**
   * Returns something like a photograph: waves of several frequencies, with the outlines of discs;
   * what can be learned from.
   */
  public static FloatImage scene(int channels, int width, int height, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double phase = 2 * Math.PI * random.nextDouble();
    double angle = Math.PI * random.nextDouble();
    double radius = (0.15 + 0.2 * random.nextDouble()) * Math.min(width, height);
    double centreX = width * random.nextDouble();
    double centreY = height * random.nextDouble();
    return image(
        channels,
        width,
        height,
        (c, x, y) -> {
          double along = x * Math.cos(angle) + y * Math.sin(angle);
          double wave =
              0.15 * Math.sin(0.11 * along + phase + c) + 0.1 * Math.sin(0.63 * along - c);
          boolean inside = Math.hypot(x - centreX, y - centreY) < radius;
          return 0.45 + wave + (inside ? 0.25 : 0);
        });
  }

  /** Returns an image as AWT has it, with 8 bits per sample. */
  public static BufferedImage buffered(FloatImage image) {
    BufferedImage like =
        new BufferedImage(
            1,
            1,
            image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
    return AwtImages.toBuffered(image, null, like);
  }

  private static FloatImage image(int channels, int width, int height, Pattern pattern) {
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < samples.length; i++) {
      int x = i % width;
      int y = i / width % height;
      samples[i] = (float) pattern.at(i / (width * height), x, y);
    }
    return FloatImage.wrap(channels, height, width, samples);
  }
}
