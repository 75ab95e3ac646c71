// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static java.util.stream.Collectors.joining;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A trial that finds the scale of weights whose arrays are the same at several scales. The network
 * enlarges a drawn picture, whose high-resolution original is known, by each scale. At a wrong one
 * its result is far worse than bicubic enlargement.
 */
final class ScaleTrial {

  // In pixels of the low-resolution picture. The margin leaves out the effects of padding.
  private static final int SIDE = 20;
  private static final int MARGIN = 6;
  private static final int DISCS = 60;
  private static final double RADIUS = 2.5; // on average

  // In dB over bicubic enlargement: trained networks gain some, and lose much at a wrong scale.
  private static final double MIN_GAIN = -3;
  private static final double MIN_LEAD = 3;

  private ScaleTrial() {}

  private record Trial(int scale, double gain) {}

  /** Returns the network at the scale at which it works; empty if the trial does not decide. */
  static Optional<Recognised> of(Recognised recognised, Map<String, Tensor> arrays) {
    List<Trial> trials = new ArrayList<>();
    for (int scale : recognised.scales()) {
      Recognised candidate = recognised.at(scale, "");
      Network network = Networks.of(candidate.network(), scale);
      StoredNetwork stored =
          StoredNetwork.of(network, candidate.weights(network, arrays), Map.of());
      trials.add(new Trial(scale, gain(stored)));
    }
    trials.sort(Comparator.comparingDouble(Trial::gain).reversed());
    Trial best = trials.get(0);
    if (!(best.gain >= MIN_GAIN && best.gain - trials.get(1).gain >= MIN_LEAD)) {
      return Optional.empty();
    }
    String others =
        trials.stream()
            .skip(1)
            .map(trial -> String.format(Locale.ROOT, "%.1f dB at x%d", trial.gain, trial.scale))
            .collect(joining(", "));
    return Optional.of(
        recognised.at(
            best.scale,
            String.format(
                Locale.ROOT,
                "scale=%d found by trial: a drawn picture gains %.1f dB over bicubic, %s",
                best.scale,
                best.gain,
                others)));
  }

  /** Returns by how many dB the network is better than bicubic enlargement. */
  private static double gain(StoredNetwork network) {
    int scale = network.info().scale();
    FloatImage original = picture(network.info().channels(), scale);
    FloatImage lowRes = Resampling.bicubic(original, SIDE, SIDE);
    FloatImage bicubic = Resampling.bicubic(lowRes, original.width(), original.height());
    try (BlockUpscaler reference = network.snapshot()) {
      FloatImage enlarged = reference.upscale(lowRes);
      double gain =
          10 * Math.log10(error(bicubic, original, scale) / error(enlarged, original, scale));
      return Double.isNaN(gain) ? Double.NEGATIVE_INFINITY : gain;
    }
  }

  private static double error(FloatImage image, FloatImage original, int scale) {
    double sum = 0;
    for (int c = 0; c < original.channels(); c++) {
      for (int y = MARGIN * scale; y < (SIDE - MARGIN) * scale; y++) {
        for (int x = MARGIN * scale; x < (SIDE - MARGIN) * scale; x++) {
          double difference = (double) image.sample(c, x, y) - original.sample(c, x, y);
          sum += difference * difference;
        }
      }
    }
    return sum;
  }

  /**
   * A disc.
   *
   * @param x of its centre, in pixels of the low-resolution picture, as are y and the radius
   * @param tint by how much its third channel is lighter than the second, and the first darker
   */
  private record Disc(double x, double y, double radius, double gray, double tint) {}

  /** Draws discs of one colour each, which cover one another and have sharp edges. */
  private static FloatImage picture(int channels, int scale) {
    Random random = new Random(3);
    List<Disc> discs = new ArrayList<>();
    for (int i = 0; i < DISCS; i++) {
      discs.add(
          new Disc(
              random.nextDouble() * SIDE,
              random.nextDouble() * SIDE,
              RADIUS * (0.6 + random.nextDouble()),
              0.1 + 0.8 * random.nextDouble(),
              0.1 * random.nextGaussian()));
    }
    int side = SIDE * scale;
    float[] samples = new float[channels * side * side];
    for (int i = 0; i < samples.length; i++) {
      int channel = i / side / side;
      double y = (i / side % side + 0.5) / scale;
      double x = (i % side + 0.5) / scale;
      double value = 0.5;
      for (Disc disc : discs) {
        double distance = Math.hypot(x - disc.x, y - disc.y);
        double covered = Math.max(0, Math.min(1, (disc.radius - distance) * scale + 0.5));
        value += covered * (disc.gray + (channel - 1) * disc.tint - value);
      }
      samples[i] = (float) value;
    }
    return FloatImage.wrap(channels, side, side, samples);
  }
}
