// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import java.util.SplittableRandom;

/** The order of the positions of a grid in an epoch. */
final class PatchOrder {

  private PatchOrder() {}

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
