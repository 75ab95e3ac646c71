// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.quantization;

/**
 * The values of a tensor over several blocks. They are passed by three times: for their range, for
 * how often each part of it occurs, and for the means of their channels. Not thread-safe.
 */
final class ActivationRange {

  private static final int BINS = 4096;
  private static final int CLIPS = 21; // from half of the range to all of it
  private static final double MIN_CLIP = 0.5;

  private double lowest;
  private double highest;
  private final long[] counts = new long[BINS];
  private double[] sums = {}; // of each channel, as is the next
  private double[] quantizedSums = {};
  private long valuesPerChannel;

  /** Widens the range. */
  void widen(float[] values) {
    for (float value : values) {
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }

  /** Returns whether all values are finite. */
  boolean isFinite() {
    return Double.isFinite(lowest) && Double.isFinite(highest);
  }

  /** Counts values, which the range holds. */
  void count(float[] values) {
    double perValue = BINS / Math.max(Double.MIN_NORMAL, highest - lowest);
    for (float value : values) {
      counts[(int) Math.min(BINS - 1, (value - lowest) * perValue)]++;
    }
  }

  /**
   * Returns the 8-bit form with the least squared error. Large values are rare and cost the others
   * precision, so that it is often a form that clips them.
   */
  Activation activation() {
    Activation best = Activation.of(lowest, highest);
    double least = error(best);
    for (int i = CLIPS - 2; i >= 0; i--) {
      double clip = MIN_CLIP + (1 - MIN_CLIP) * i / (CLIPS - 1);
      Activation candidate = Activation.of(lowest * clip, highest * clip);
      double error = error(candidate);
      if (error < least) {
        least = error;
        best = candidate;
      }
    }
    return best;
  }

  /**
   * Adds values to the means of their channels.
   *
   * @param activation the 8-bit form of the tensor
   * @param values N, C, H, W
   * @param channels C
   * @param plane H times W
   */
  void average(Activation activation, float[] values, int channels, int plane) {
    if (sums.length == 0) {
      sums = new double[channels];
      quantizedSums = new double[channels];
    }
    for (int i = 0; i < values.length; i++) {
      int channel = i / plane % channels;
      sums[channel] += values[i];
      quantizedSums[channel] += activation.quantized(values[i]);
    }
    valuesPerChannel += values.length / channels;
  }

  /** Returns the mean of a channel. */
  double mean(int channel) {
    return sums[channel] / valuesPerChannel;
  }

  /** Returns the mean of a channel of the values that the numbers of 8 bits stand for. */
  double quantizedMean(int channel) {
    return quantizedSums[channel] / valuesPerChannel;
  }

  private double error(Activation activation) {
    double width = (highest - lowest) / BINS;
    double error = 0;
    for (int bin = 0; bin < BINS; bin++) {
      if (counts[bin] > 0) {
        double value = lowest + (bin + 0.5) * width;
        double difference = value - activation.quantized(value);
        error += counts[bin] * difference * difference;
      }
    }
    return error;
  }
}
