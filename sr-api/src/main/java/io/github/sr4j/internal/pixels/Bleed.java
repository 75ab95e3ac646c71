// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pixels;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.regions.Reach;

/**
 * The filling of fully transparent pixels from a pyramid: each level halves the last one, averaging
 * the visible pixels only, until every pixel is known; back up, what is unknown takes the colour of
 * the pixel above it. The time is linear in the number of pixels, however large the holes.
 */
public final class Bleed {

  /**
   * The reach of colours that are visible. The pyramid itself is unbounded, but with edges at
   * multiples of 32 five levels of a region's pyramid equal those of the whole image; higher levels
   * only fill pixels that are invisible.
   */
  public static final Reach REACH = Reach.ofAlignment(32);

  private Bleed() {}

  /** Returns an image with the colours of visible pixels under what is fully transparent. */
  public static FloatImage apply(FloatImage image, FloatImage alpha) {
    checkArgument(
        alpha.channels() == 1 && alpha.width() == image.width() && alpha.height() == image.height(),
        "alpha must have one channel and the size of the image, %s, but was %s",
        image,
        alpha);
    float[] weights = alpha.samples();
    boolean hidden = false;
    boolean visible = false;
    for (float weight : weights) {
      hidden |= weight <= 0;
      visible |= weight > 0;
    }
    if (!hidden || !visible) {
      return image;
    }
    FloatImage filled =
        FloatImage.wrap(image.channels(), image.height(), image.width(), image.samples().clone());
    fill(filled, weights);
    return filled;
  }

  /** Fills the pixels of weight 0 in place; at least one pixel must have another weight. */
  private static void fill(FloatImage image, float[] weights) {
    boolean complete = true;
    for (float weight : weights) {
      complete &= weight > 0;
    }
    if (complete) {
      return;
    }
    int channels = image.channels();
    int width = image.width();
    int height = image.height();
    int halfWidth = (width + 1) / 2;
    int halfHeight = (height + 1) / 2;
    float[] half = new float[channels * halfHeight * halfWidth];
    float[] halfWeights = new float[halfHeight * halfWidth];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        if (weights[i] > 0) {
          int h = y / 2 * halfWidth + x / 2;
          halfWeights[h] += weights[i];
          for (int channel = 0; channel < channels; channel++) {
            half[channel * halfWeights.length + h] +=
                weights[i] * image.samples()[channel * weights.length + i];
          }
        }
      }
    }
    for (int i = 0; i < half.length; i++) {
      float weight = halfWeights[i % halfWeights.length];
      half[i] = weight > 0 ? half[i] / weight : 0;
    }
    FloatImage above = FloatImage.wrap(channels, halfHeight, halfWidth, half);
    fill(above, halfWeights);
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        if (weights[i] <= 0) {
          for (int channel = 0; channel < channels; channel++) {
            image.samples()[channel * weights.length + i] = above.sample(channel, x / 2, y / 2);
          }
        }
      }
    }
  }
}
