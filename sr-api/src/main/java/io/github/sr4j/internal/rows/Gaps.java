// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import com.google.common.primitives.ImmutableIntArray;
import io.github.sr4j.FloatImage;
import io.github.sr4j.internal.regions.Reach;

/**
 * The filling of an image's gaps, which are NaN, so that a network sees no edge where values end.
 * From the edge of a gap inwards, a pixel takes the mean of its neighbours that have a value, 16
 * pixels deep; further inside it is gray. The value of a pixel depends on the pixels within that
 * reach alone, so that parts of an image are filled as the whole is.
 */
public final class Gaps {

  private static final int MAX_DEPTH = 16; // of values into a gap, in pixels

  /** The reach of a filled pixel. */
  public static final Reach REACH = Reach.of(MAX_DEPTH);

  private static final float INSIDE = 0.5f;

  private final float[] samples;
  private final int offset; // of the channel
  private final int width;
  private final int height;
  private final boolean[] isKnown;

  private Gaps(float[] samples, int offset, int width, int height) {
    this.samples = samples;
    this.offset = offset;
    this.width = width;
    this.height = height;
    isKnown = new boolean[width * height];
  }

  /** Fills the gaps of each channel, in place. */
  public static void fill(FloatImage image) {
    int plane = image.width() * image.height();
    for (int c = 0; c < image.channels(); c++) {
      new Gaps(image.samples(), c * plane, image.width(), image.height()).fill();
    }
  }

  private void fill() {
    for (int i = 0; i < isKnown.length; i++) {
      isKnown[i] = !Float.isNaN(samples[offset + i]);
    }
    boolean[] isNext = new boolean[isKnown.length]; // in the ring that is to be filled
    ImmutableIntArray ring = firstRing(isNext);
    for (int depth = 1; depth <= MAX_DEPTH && !ring.isEmpty(); depth++) {
      for (int n = 0; n < ring.length(); n++) {
        samples[offset + ring.get(n)] = meanOfKnownNeighbours(ring.get(n));
      }
      for (int n = 0; n < ring.length(); n++) {
        isKnown[ring.get(n)] = true;
      }
      ring = ringInside(ring, isNext);
    }
    for (int i = 0; i < isKnown.length; i++) {
      if (!isKnown[i]) {
        samples[offset + i] = INSIDE;
      }
    }
  }

  private ImmutableIntArray firstRing(boolean[] isNext) {
    ImmutableIntArray.Builder ring = ImmutableIntArray.builder();
    for (int i = 0; i < isKnown.length; i++) {
      if (!isKnown[i] && hasKnownNeighbour(i)) {
        isNext[i] = true;
        ring.add(i);
      }
    }
    return ring.build();
  }

  /** Returns the unknown neighbours of a ring. */
  private ImmutableIntArray ringInside(ImmutableIntArray ring, boolean[] isNext) {
    ImmutableIntArray.Builder inside = ImmutableIntArray.builder();
    for (int n = 0; n < ring.length(); n++) {
      int x = ring.get(n) % width;
      int y = ring.get(n) / width;
      for (int row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (int column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          int i = row * width + column;
          if (!isKnown[i] && !isNext[i]) {
            isNext[i] = true;
            inside.add(i);
          }
        }
      }
    }
    return inside.build();
  }

  private boolean hasKnownNeighbour(int i) {
    int x = i % width;
    int y = i / width;
    for (int row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (int column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        if (isKnown[row * width + column]) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns a mean that is summed in one order, whatever part of an image this is. */
  private float meanOfKnownNeighbours(int i) {
    int x = i % width;
    int y = i / width;
    float sum = 0;
    int count = 0;
    for (int row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (int column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        if (isKnown[row * width + column]) {
          sum += samples[offset + row * width + column];
          count++;
        }
      }
    }
    return sum / count;
  }
}
