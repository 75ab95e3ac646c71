// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.spi.Arguments;
import java.util.SplittableRandom;

/**
 * Which patches a batch has: any, drawn anew each time, or those of a grid, each once in an epoch.
 *
 * @param isGrid whether positions are those of a grid
 * @param stride the distance of two positions in pixels of the network's input
 * @param flips whether patches are flipped and rotated
 * @param detail the probability with which a random patch is the more detailed of two
 */
record Sampling(boolean isGrid, int stride, boolean flips, double detail) {

  /**
   * Reads {@code random}, {@code random(flips=false, detail=0.75)}, {@code grid(stride=14)} or
   * {@code grid(stride=14, flips=true)}.
   *
   * @throws IllegalArgumentException if the text is none of these
   */
  static Sampling parse(String text) {
    Arguments arguments = Arguments.parse(text);
    boolean isGrid = arguments.name().equals("grid");
    SettingException.check(
        isGrid || arguments.name().equals("random"),
        "%s must be random or grid, but was \"%s\"",
        new SettingName("sampling"),
        text);
    int stride = isGrid ? arguments.integer("stride", 14, 1, 1 << 20) : 1;
    String flips = arguments.text("flips", Boolean.toString(!isGrid)); // SRCNN trained without
    checkArgument(
        flips.equals("true") || flips.equals("false"),
        "flips of %s must be true or false, but was \"%s\"",
        arguments.name(),
        flips);
    double detail = isGrid ? 0 : arguments.number("detail", 0);
    checkArgument(
        detail >= 0 && detail <= 1, "detail of random must be within 0 to 1, but was %s", detail);
    arguments.refuseUnread();
    return new Sampling(isGrid, stride, flips.equals("true"), detail);
  }

  /** Returns the number of positions of a patch along a side, 0 if the side is too short. */
  int along(int side, int patchSize) {
    return side < patchSize ? 0 : (side - patchSize) / stride + 1;
  }

  /**
   * Returns the place of an element of an epoch in that epoch's order: a permutation of {@code 0 to
   * count - 1} for each seed, computed without the others.
   *
   * <p>A Feistel network over the next power of four, walked along until it comes back below {@code
   * count}: J. Black and P. Rogaway, <i>Ciphers with Arbitrary Finite Domains</i>, CT-RSA 2002.
   */
  static long shuffled(long index, long count, long seed) {
    int halfBits = Math.max(1, (65 - Long.numberOfLeadingZeros(count - 1)) / 2);
    long mask = (1L << halfBits) - 1;
    long value = index;
    do {
      long left = value >>> halfBits;
      long right = value & mask;
      for (int round = 0; round < 4; round++) {
        long mixed = new SplittableRandom(seed + 4 * right + round).nextLong() & mask;
        long next = left ^ mixed;
        left = right;
        right = next;
      }
      value = left << halfBits | right;
    } while (value >= count);
    return value;
  }
}
