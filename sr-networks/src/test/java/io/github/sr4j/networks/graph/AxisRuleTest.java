// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.graph.AxisRule.Extended;
import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.AxisRule.Interpolation;
import io.github.sr4j.networks.graph.AxisRule.Nearest;
import io.github.sr4j.networks.graph.AxisRule.Sampled;
import io.github.sr4j.networks.graph.AxisRule.Strip;
import io.github.sr4j.networks.graph.AxisRule.TransposedWindow;
import io.github.sr4j.networks.graph.AxisRule.Window;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class AxisRuleTest {

  private static final long LENGTH = 24;

  private static List<Long> taps(AxisRule rule, long element) {
    TreeSet<Long> taps = new TreeSet<>();
    rule.taps(element, LENGTH, taps::add);
    return List.copyOf(taps);
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "7"})
  void repeatedPixels_areThoseOfAPixelShuffle(long factor) {
    Sampled repeated = new Sampled(factor, 1, 0, Nearest.FLOOR);
    for (long i = 0; i < LENGTH * factor; i++) {
      assertThat(taps(repeated, i)).as("element %s", i).isEqualTo(taps(shuffle(factor), i));
    }
  }

  /** Follows all taps of a rule. */
  private record AllTaps(AxisRule rule) implements AxisRule {

    @Override
    public long times() {
      return rule.times();
    }

    @Override
    public long over() {
      return rule.over();
    }

    @Override
    public long tapsEach() {
      return rule.tapsEach();
    }

    @Override
    public void taps(long element, long length, LongConsumer target) {
      rule.taps(element, length, target);
    }
  }

  /** Also behind a mirrored edge, where the middle of a kernel sees farther than its ends. */
  @Test
  void endsOfAKernel_boundWhatAllItsTapsSee() {
    Random random = new Random(7);
    for (int trial = 0; trial < 300; trial++) {
      ReceptiveInterval byEnds = ReceptiveInterval.input(12);
      ReceptiveInterval byAll = byEnds;
      for (int step = 0; step < 6; step++) {
        int length = byAll.length();
        AxisRule rule =
            switch (random.nextInt(5)) {
              case 0 -> new Extended(2, Extension.REFLECT);
              case 1 -> new TransposedWindow(1 + random.nextInt(3), 2, 1, 1);
              case 2 -> new Strip(0, 1);
              default ->
                  new Window(
                      1 + random.nextInt(5),
                      1 + random.nextInt(2),
                      1 + random.nextInt(2),
                      random.nextInt(3));
            };
        int made = Math.max(1, (int) (length * rule.over() / rule.times()));
        byEnds = byEnds.derive(made, rule);
        byAll = byAll.derive(made, new AllTaps(rule));
      }
      for (int i = 0; i < byAll.length(); i++) {
        assertThat(byEnds.min(i)).as("trial %s, element %s", trial, i).isEqualTo(byAll.min(i));
        assertThat(byEnds.max(i)).as("trial %s, element %s", trial, i).isEqualTo(byAll.max(i));
      }
    }
  }

  private static AxisRule shuffle(long factor) {
    return new AxisRule.Stretch(factor);
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "8"})
  void droppedPixels_areThoseOfAStrip(long step) {
    Sampled dropped = new Sampled(1, step, 0, Nearest.FLOOR);
    for (long i = 0; i < LENGTH / step; i++) {
      assertThat(taps(dropped, i)).as("element %s", i).isEqualTo(taps(new Strip(0, step), i));
    }
  }

  static Stream<Nearest> roundings() {
    return Stream.of(Nearest.values());
  }

  @ParameterizedTest
  @MethodSource("roundings")
  void nearestElement_isThePositionRounded(Nearest nearest) {
    for (int up = 1; up <= 6; up++) {
      for (int down = 1; down <= 6; down++) {
        Sampled rule = new Sampled(up, down, down - up, nearest);
        for (int i = 0; i < LENGTH * up / down; i++) {
          assertThat(taps(rule, i))
              .as("element %s at %s/%s", i, up, down)
              .contains(rounded(2L * i * down + down - up, 2L * up, nearest));
        }
      }
    }
  }

  private static long rounded(long p, long q, Nearest nearest) {
    // Halves are exact in a fraction doubled; ties go down or up whatever the sign.
    BigDecimal doubled = BigDecimal.valueOf(2 * p);
    BigDecimal half = BigDecimal.valueOf(q);
    return switch (nearest) {
      case FLOOR -> divided(doubled, half.multiply(BigDecimal.valueOf(2)), RoundingMode.FLOOR);
      case CEIL -> divided(doubled, half.multiply(BigDecimal.valueOf(2)), RoundingMode.CEILING);
      case ROUND_PREFER_FLOOR ->
          divided(doubled.subtract(half), BigDecimal.valueOf(2 * q), RoundingMode.CEILING);
      case ROUND_PREFER_CEIL ->
          divided(doubled.add(half), BigDecimal.valueOf(2 * q), RoundingMode.FLOOR);
    };
  }

  private static long divided(BigDecimal dividend, BigDecimal divisor, RoundingMode mode) {
    return dividend.divide(divisor, 0, mode).longValueExact();
  }

  /** The elements whose weight is not zero are those closer than the radius of the kernel. */
  @ParameterizedTest(name = "{0}/{1}, radius {2}, smoothed {3}")
  @CsvSource({
    "2, 1, 1, false",
    "3, 1, 1, false",
    "3, 2, 2, false",
    "1, 3, 2, true",
    "2, 3, 1, true",
    "1, 4, 1, true",
    "4, 1, 2, true",
    "5, 2, 1, false"
  })
  void interpolation_takesAllElementsWithinItsRadius(
      long up, long down, int radius, boolean isSmoothed) {
    Sampled rule = new Sampled(up, down, down - up, new Interpolation(radius, isSmoothed));
    double reach = isSmoothed ? radius * Math.max(1, down / (double) up) : radius;
    for (long i = 0; i < LENGTH * up / down; i++) {
      double position = (i + 0.5) * down / up - 0.5;
      List<Long> expected =
          IntStream.range(-20, 60)
              .filter(k -> Math.abs(k - position) < reach - 1e-9)
              .mapToObj(Long::valueOf)
              .toList();
      assertThat(taps(rule, i)).as("element %s", i).containsAll(expected);
    }
  }

  @Test
  void linearEnlargement_takesTwoNeighbours_andTheEdgeBeyondIt() {
    assertThat(taps(Sampled.linear(2), 0)).containsExactly(-1L, 0L);
    assertThat(taps(Sampled.linear(2), 1)).containsExactly(0L, 1L);
    assertThat(taps(Sampled.linear(2), 2 * LENGTH - 1)).containsExactly(LENGTH - 1, LENGTH);
    assertThat(taps(Sampled.linear(3), 4)).containsExactly(1L); // the centre of a pixel
  }

  static Stream<AxisRule> rules() {
    return Stream.of(
        AxisRule.SAME,
        new Window(5, 2, 3, 4),
        new Window(3, 3, 1, 0),
        new TransposedWindow(4, 2, 1, 1),
        new TransposedWindow(5, 3, 2, 2),
        shuffle(3),
        new Extended(4, Extension.CONSTANT),
        new Extended(4, Extension.REFLECT),
        new Extended(-2, Extension.EDGE),
        new Strip(3, 2),
        Sampled.linear(4),
        new Sampled(3, 4, 1, new Interpolation(2, /* isSmoothed= */ true)),
        new Sampled(3, 4, -1, Nearest.ROUND_PREFER_CEIL));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void derivedIntervals_areTheBoundsOfThoseOfTheTaps(AxisRule rule) {
    ReceptiveInterval source =
        ReceptiveInterval.input((int) LENGTH).derive((int) LENGTH, new Window(3, 1, 1, 1));
    int count = 8;
    ReceptiveInterval derived = source.derive(count, rule);

    for (int i = 0; i < count; i++) {
      int min = (int) LENGTH;
      int max = -1;
      for (long tap : taps(rule, i)) {
        int element = (int) Math.max(-1, Math.min(LENGTH, tap));
        boolean isPadding = element < 0 || element == LENGTH;
        min = Math.min(min, isPadding ? element : source.min(element));
        max = Math.max(max, isPadding ? element : source.max(element));
      }
      assertThat(derived.min(i)).as("first of element %s", i).isEqualTo(min);
      assertThat(derived.max(i)).as("last of element %s", i).isEqualTo(max);
      assertThat(taps(rule, i)).hasSizeLessThanOrEqualTo((int) rule.tapsEach() + 1);
    }
    assertThat(derived.numerator() * rule.over()).isEqualTo(derived.denominator() * rule.times());
  }
}
