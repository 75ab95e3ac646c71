// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import io.github.sr4j.FloatImage;
import java.util.Arrays;
import java.util.Random;

/** Generated images and comparisons for the tests of this package. */
public final class Images {

  private Images() {}

  public static FloatImage noise(int channels, int width, int height) {
    Random random = new Random(42);
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat();
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  public static FloatImage row(float... samples) {
    return FloatImage.wrap(1, 1, samples.length, samples);
  }

  static FloatImage column(float... samples) {
    return FloatImage.wrap(1, samples.length, 1, samples);
  }

  static FloatImage constant(int channels, int width, int height, float value) {
    float[] samples = new float[channels * height * width];
    Arrays.fill(samples, value);
    return FloatImage.wrap(channels, height, width, samples);
  }

  /** The image turned by 180 degrees. */
  static FloatImage turned(FloatImage image) {
    int plane = image.width() * image.height();
    float[] samples = new float[image.samples().length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = image.samples()[i / plane * plane + plane - 1 - i % plane];
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), samples);
  }

  static FloatImage transposed(FloatImage image) {
    float[] samples = new float[image.samples().length];
    int i = 0;
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int x = 0; x < image.width(); x++) {
        for (int y = 0; y < image.height(); y++) {
          samples[i++] = image.sample(channel, x, y);
        }
      }
    }
    return FloatImage.wrap(image.channels(), image.width(), image.height(), samples);
  }
}
