// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses;

import io.github.sr4j.spi.PatchBatch;

/**
 * How much the samples of a batch vary.
 *
 * @param contrast the root of the mean squared difference of samples from the mean of their channel
 *     of their patch
 * @param variety the root of the mean squared difference of samples from the mean of those at the
 *     same place of all patches; not a number if there is one patch
 * @param saturation the share of samples that are not between 0 and 1
 */
public record PatchStatistics(double contrast, double variety, double saturation) {

  /** Computes the statistics of a batch. */
  public static PatchStatistics of(PatchBatch.Shape shape, float[] samples) {
    int area = shape.height() * shape.width();
    double within = 0;
    long saturated = 0;
    for (int plane = 0; plane < samples.length; plane += area) {
      double sum = 0;
      double squares = 0;
      for (int i = plane; i < plane + area; i++) {
        sum += samples[i];
        squares += (double) samples[i] * samples[i];
        saturated += samples[i] <= 0 || samples[i] >= 1 ? 1 : 0;
      }
      within += squares - sum * sum / area;
    }
    int patch = samples.length / shape.batch();
    double between = 0;
    for (int i = 0; i < patch; i++) {
      double sum = 0;
      double squares = 0;
      for (int j = i; j < samples.length; j += patch) {
        sum += samples[j];
        squares += (double) samples[j] * samples[j];
      }
      between += squares - sum * sum / shape.batch();
    }
    return new PatchStatistics(
        Math.sqrt(Math.max(within, 0) / samples.length),
        shape.batch() == 1 ? Double.NaN : Math.sqrt(Math.max(between, 0) / samples.length),
        (double) saturated / samples.length);
  }
}
