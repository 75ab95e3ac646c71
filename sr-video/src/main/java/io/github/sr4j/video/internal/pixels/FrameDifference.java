// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import java.util.Arrays;

/** The comparison of raw frames of one format. */
public final class FrameDifference {

  private final int sampleBytes;
  private final int tolerance;

  /**
   * Creates a comparison.
   *
   * @param sampleBytes the bytes of a sample
   * @param tolerance the difference that two samples may have, in codes
   */
  public FrameDifference(int sampleBytes, int tolerance) {
    this.sampleBytes = sampleBytes;
    this.tolerance = tolerance;
  }

  /** Returns whether no sample of two frames differs by more than the tolerance. */
  public boolean isWithin(byte[] first, byte[] second) {
    int at = Arrays.mismatch(first, second);
    if (at < 0) {
      return true;
    }
    if (tolerance == 0 || first.length != second.length) {
      return false;
    }
    return sampleBytes == 1
        ? areBytesWithin(first, second, at)
        : arePairsWithin(first, second, at & ~1);
  }

  private boolean areBytesWithin(byte[] first, byte[] second, int from) {
    for (int i = from; i < first.length; i++) {
      if (Math.abs((first[i] & 0xff) - (second[i] & 0xff)) > tolerance) {
        return false;
      }
    }
    return true;
  }

  private boolean arePairsWithin(byte[] first, byte[] second, int from) {
    for (int i = from; i + 1 < first.length; i += 2) {
      int a = (first[i] & 0xff) | ((first[i + 1] & 0xff) << 8);
      int b = (second[i] & 0xff) | ((second[i + 1] & 0xff) << 8);
      if (Math.abs(a - b) > tolerance) {
        return false;
      }
    }
    return true;
  }
}
