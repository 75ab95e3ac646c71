// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.Sets;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The finding out of the ranges of a network's samples: it enlarges a picture whose high-resolution
 * original is known, in each range, and the range in which it does so best is its own.
 */
final class RangeProbe {

  private static final int MAX_SIDE = 64; // of the picture, in pixels of the network's input
  private static final int MAX_MARGIN = 6; // around it, in which padding shows

  // Mean squared errors. Nearest-neighbour enlargement makes about twice the error of bicubic one,
  // and so do networks that invent detail.
  private static final double MAX_OF_BICUBIC = 3;
  private static final double MAX_OF_RESTORED = 0.02; // 17 dB: sharpened, denoised, recoloured
  private static final double CLOSE = 0.25; // decibels
  private static final double MIN_ERROR = 1e-6; // 60 dB
  private static final int CELL = 6; // side of what is measured by itself, of the input
  private static final double SAME = 1e-8; // rounding
  private static final double AGREEING = 4e-6; // half of one of 256 levels

  // Of a network that restyles: nearly all samples are those of an image, with some contrast.
  private static final double MIN_INSIDE = 0.9;
  private static final double MIN_DEVIATION = 0.05;

  /** Runs a network on a block of its input, and returns the samples of the result as they are. */
  interface Run {
    FloatImage on(FloatImage block, Range input);
  }

  /**
   * A network to try.
   *
   * @param scale by how much the network itself enlarges
   * @param lostEdge the pixels of the result that are missing along each edge
   * @param preupscale by how much its input is enlarged before; 1 if it is not
   */
  record Network(
      String name, int channels, int width, int height, int scale, int lostEdge, int preupscale) {}

  /** A result in a pair of ranges, inside the margin, and its mean squared error. */
  private static final class Trial {
    private final SampleRanges ranges;
    private final float[] samples;
    private final double error; // mean square, in all
    private final double quality; // PSNR of a part of the picture, on average

    Trial(SampleRanges ranges, float[] samples, double error, double quality) {
      this.ranges = ranges;
      this.samples = samples;
      this.error = error;
      this.quality = quality;
    }

    boolean isImage() {
      double sum = 0;
      double squares = 0;
      int inside = 0;
      int dark = 0;
      for (float sample : samples) {
        sum += sample;
        squares += (double) sample * sample;
        inside += sample > -0.1f && sample < 1.1f ? 1 : 0;
        dark += sample < 0.4f ? 1 : 0;
      }
      double mean = sum / samples.length;
      return inside >= MIN_INSIDE * samples.length
          && squares / samples.length - mean * mean >= MIN_DEVIATION * MIN_DEVIATION
          && dark > 0.02 * samples.length; // else it may be one of a range half as wide
    }
  }

  private final Network network;
  private final Run run;
  private final FloatImage original;
  private final FloatImage lowRes;
  private final int margin; // in pixels of the network's input
  private final Map<Range, FloatImage> results = new EnumMap<>(Range.class);

  RangeProbe(Network network, Run run) {
    this.network = network;
    this.run = run;
    int width = Math.min(network.width, MAX_SIDE);
    int height = Math.min(network.height, MAX_SIDE);
    this.original =
        picture(network.channels, width * network.scale, height * network.scale, network.scale);
    if (network.preupscale > 1) {
      FloatImage reduced =
          Resampling.bicubic(
              original,
              Math.max(1, width / network.preupscale),
              Math.max(1, height / network.preupscale));
      this.lowRes = Resampling.bicubic(reduced, width, height);
    } else {
      this.lowRes = network.scale == 1 ? original : Resampling.bicubic(original, width, height);
    }
    int lost = (network.lostEdge + network.scale - 1) / network.scale;
    int room = (Math.min(width, height) - 2 * lost) / 5;
    this.margin = lost + Math.max(0, Math.min(MAX_MARGIN, room));
  }

  /**
   * Finds out the ranges.
   *
   * @param inputs those that the input may have, from the most to the least usual
   * @param outputs those that the output may have
   * @throws ModelFormatException if no range, or more than one, is as good as the network can be
   */
  SampleRanges find(Set<Range> inputs, Set<Range> outputs) {
    List<SampleRanges> pairs = new ArrayList<>();
    for (Range both : Sets.intersection(inputs, outputs)) {
      pairs.add(SampleRanges.of(both));
    }
    List<SampleRanges> mixed = new ArrayList<>();
    for (Range input : inputs) {
      for (Range output : outputs) {
        if (input != output) {
          mixed.add(new SampleRanges(input, output));
        }
      }
    }
    // Most networks take what they return; where one side is known, the other may be anything.
    boolean isOneKnown = inputs.size() == 1 || outputs.size() == 1;
    if (isOneKnown) {
      pairs.addAll(mixed);
    }
    if (pairs.size() == 1) {
      return pairs.get(0);
    }
    List<Trial> trials = pairs.stream().map(this::trial).toList();
    Optional<Trial> found = best(trials);
    if (found.isEmpty() && !isOneKnown) {
      found = best(mixed.stream().map(this::trial).toList());
    }
    if (found.isPresent()) {
      return found.get().ranges;
    }
    if (trials.stream().allMatch(trial -> difference(trial, trials.get(0)) <= SAME)) {
      return trials.get(0).ranges; // they all make the same of it, whatever that is
    }
    List<Trial> images = trials.stream().filter(Trial::isImage).toList();
    if (isRestoring() && images.size() == 1) {
      return images.get(0).ranges;
    }
    throw refused("a test picture comes out wrong in each range", trials);
  }

  /** Returns whether the network returns images of the size of what it is to make better. */
  private boolean isRestoring() {
    return network.scale == 1 && network.preupscale <= 1;
  }

  /** Returns the best trial; none if its error is large. */
  private Optional<Trial> best(List<Trial> trials) {
    Trial best =
        trials.stream().max(Comparator.comparingDouble(trial -> trial.quality)).orElseThrow();
    if (!(best.error <= maxError())) {
      return Optional.empty();
    }
    for (Trial trial : trials) {
      if (trial.quality >= best.quality - CLOSE && difference(trial, best) > AGREEING) {
        throw refused("a test picture comes out equally well in several ranges", trials);
      }
    }
    return trials.stream().filter(trial -> difference(trial, best) <= SAME).findFirst();
  }

  private double maxError() {
    if (isRestoring()) {
      return MAX_OF_RESTORED;
    }
    FloatImage bicubic = Resampling.bicubic(lowRes, original.width(), original.height());
    return MAX_OF_BICUBIC * meanSquare(inside(bicubic, 0), inside(original, 0));
  }

  private Trial trial(SampleRanges ranges) {
    FloatImage raw = results.computeIfAbsent(ranges.input(), input -> run.on(block(), input));
    float[] samples = inside(raw, network.lostEdge);
    Range range = ranges.output();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (samples[i] - range.black()) / (range.white() - range.black());
    }
    float[] expected = inside(original, 0);
    double error = meanSquare(samples, expected);
    return new Trial(
        ranges,
        samples,
        Double.isNaN(error) ? Double.POSITIVE_INFINITY : error,
        quality(samples, expected));
  }

  /**
   * Returns the PSNR of small parts of the picture, on average: in all of it, the hardest edges
   * would be all that counts.
   */
  private double quality(float[] samples, float[] expected) {
    int width = original.width() - 2 * margin * network.scale;
    int height = samples.length / network.channels / width;
    int side = Math.min(CELL * network.scale, Math.min(width, height));
    double sum = 0;
    int count = 0;
    for (int top = 0; top + side <= height; top += side) {
      for (int left = 0; left + side <= width; left += side) {
        double squares = 0;
        for (int c = 0; c < network.channels; c++) {
          for (int y = top; y < top + side; y++) {
            for (int x = left; x < left + side; x++) {
              int at = (c * height + y) * width + x;
              double difference = (double) samples[at] - expected[at];
              squares += difference * difference;
            }
          }
        }
        sum -= 10 * Math.log10(Math.max(MIN_ERROR, squares / (network.channels * side * side)));
        count++;
      }
    }
    double mean = sum / count;
    return Double.isNaN(mean) ? Double.NEGATIVE_INFINITY : mean;
  }

  private static double difference(Trial a, Trial b) {
    return meanSquare(a.samples, b.samples);
  }

  private static double meanSquare(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return sum / a.length;
  }

  /** Returns the samples of a result of the picture that are not within the margin. */
  private float[] inside(FloatImage result, int lostEdge) {
    int scale = network.scale;
    int left = margin * scale;
    int width = original.width() - 2 * left;
    int height = original.height() - 2 * left;
    float[] samples = new float[result.channels() * height * width];
    int at = 0;
    for (int c = 0; c < result.channels(); c++) {
      for (int y = left - lostEdge; y < left - lostEdge + height; y++) {
        int from = (c * result.height() + y) * result.width() + left - lostEdge;
        System.arraycopy(result.samples(), from, samples, at, width);
        at += width;
      }
    }
    return samples;
  }

  /** Returns the picture, and mirror images of it as far as the block is larger. */
  private FloatImage block() {
    int[] columns = mirrored(network.width, lowRes.width());
    int[] rows = mirrored(network.height, lowRes.height());
    float[] samples = new float[network.channels * network.height * network.width];
    int at = 0;
    for (int c = 0; c < network.channels; c++) {
      for (int row : rows) {
        for (int column : columns) {
          samples[at++] = lowRes.samples()[(c * lowRes.height() + row) * lowRes.width() + column];
        }
      }
    }
    return FloatImage.wrap(network.channels, network.height, network.width, samples);
  }

  private static int[] mirrored(int length, int period) {
    int[] places = new int[length];
    Arrays.setAll(places, i -> i / period % 2 == 0 ? i % period : period - 1 - i % period);
    return places;
  }

  private ModelFormatException refused(String what, List<Trial> trials) {
    Set<String> choices = new LinkedHashSet<>();
    trials.forEach(trial -> choices.add(trial.ranges.toString()));
    return new SettingException(
            "%s: the range of its samples is not known: %s (%s); declare %s %s (or metadata"
                + " sr4j.range in the file)",
            network.name,
            what,
            trials.stream()
                .map(trial -> trial.ranges + ": " + decibels(trial.error))
                .collect(joining(", ")),
            new SettingName("range"),
            String.join(" or ", choices))
        .ofModel();
  }

  private static String decibels(double error) {
    return Double.isInfinite(error)
        ? "no numbers"
        : String.format(Locale.ROOT, "%.1f dB", -10 * Math.log10(error));
  }

  // The picture.

  // Large and a little soft: smaller or harder ones cost a network more than a wrong range does.
  private static final int LEAVES = 40;
  private static final double MIN_RADIUS = 6; // in pixels of the network's input
  private static final double MAX_RADIUS = 12;
  private static final double SOFTNESS = 1.75; // in pixels of the original

  /** A disc, shaded from one side to the other. */
  private static final class Leaf {
    private final double x; // in pixels of the network's input, as are y and radius
    private final double y;
    private final double radius;
    private final double[] color = new double[3]; // of its middle
    private final double slopeX; // by how much it gets lighter in a pixel
    private final double slopeY;

    Leaf(Random random, double width, double height) {
      x = random.nextDouble() * width;
      y = random.nextDouble() * height;
      // As many of a size as make discs of all sizes cover about as much: r^-3.
      double u = random.nextDouble();
      double min = 1 / (MIN_RADIUS * MIN_RADIUS);
      double max = 1 / (MAX_RADIUS * MAX_RADIUS);
      radius = 1 / Math.sqrt(min - u * (min - max));
      double gray = 0.06 + 0.88 * random.nextDouble();
      for (int c = 0; c < color.length; c++) {
        color[c] = Math.max(0, Math.min(1, gray + 0.12 * random.nextGaussian()));
      }
      double slope = 0.25 / MAX_RADIUS;
      slopeX = slope * (random.nextDouble() - 0.5);
      slopeY = slope * (random.nextDouble() - 0.5);
    }
  }

  /**
   * Draws dead leaves: discs that cover one another, whose edges and sizes are distributed as those
   * in photographs are, which is what networks are trained on.
   *
   * <p>A. B. Lee, D. Mumford, J. Huang, <i>Occlusion Models for Natural Images: A Statistical Study
   * of a Scale-Invariant Dead Leaves Model</i>, IJCV 2001.
   */
  private static FloatImage picture(int channels, int width, int height, int scale) {
    Random random = new Random(1);
    double softness = SOFTNESS / scale;
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < LEAVES; i++) {
      Leaf leaf = new Leaf(random, (double) width / scale, (double) height / scale);
      // The first one is behind all others, and everywhere.
      double reach = i == 0 ? Double.POSITIVE_INFINITY : leaf.radius + softness;
      int bottom = (int) Math.min(height, Math.ceil((leaf.y + reach) * scale));
      int right = (int) Math.min(width, Math.ceil((leaf.x + reach) * scale));
      for (int y = (int) Math.max(0, (leaf.y - reach) * scale); y < bottom; y++) {
        for (int x = (int) Math.max(0, (leaf.x - reach) * scale); x < right; x++) {
          double u = (x + 0.5) / scale - leaf.x;
          double v = (y + 0.5) / scale - leaf.y;
          double inside = i == 0 ? 1 : (leaf.radius - Math.hypot(u, v)) / softness + 0.5;
          double covered = Math.max(0, Math.min(1, inside));
          double shade = leaf.slopeX * u + leaf.slopeY * v;
          for (int c = 0; c < channels; c++) {
            int at = (c * height + y) * width + x;
            double value = Math.max(0, Math.min(1, leaf.color[c] + shade));
            samples[at] += (float) (covered * (value - samples[at]));
          }
        }
      }
    }
    if (channels == 1) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (16 + 219 * samples[i]) / 255; // luma, 16 for black and 235 for white
      }
    }
    return FloatImage.wrap(channels, height, width, samples);
  }
}
