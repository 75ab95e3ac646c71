// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;

/**
 * Bicubic enlargement, as of what a network wants enlarged before.
 *
 * @param executor of what is read of the source
 */
public record Bicubic(int scale, RowExecutor executor) implements Stage {

  /** The reach of an enlarged pixel, in low-resolution pixels. */
  public static final Reach REACH = Reach.of(3);

  private static final double RADIUS = 2; // of the kernel

  /**
   * Returns the reach of a result of any size that is resampled from the result of a network, with
   * chroma and alpha resampled from the source: the kernel's radius, larger when shrinking, and up
   * to a pixel of the result by which the edges of regions are rounded.
   *
   * @param scale by how much the network's result is larger than the source
   */
  static Reach toSize(Size source, Size result, int scale) {
    if (result.equals(source.scaledBy(scale))) {
      return Reach.NONE;
    }
    double factor =
        Math.min(
            (double) result.width() / source.width(), (double) result.height() / source.height());
    double ofResult = RADIUS / Math.min(scale, factor);
    double ofChroma = RADIUS / Math.min(1, factor);
    return Reach.of((int) Math.ceil(Math.max(ofResult, ofChroma) + 1 / factor) + 1);
  }

  @Override
  public Reach reach() {
    return REACH;
  }

  @Override
  public int tiles(Size source) {
    return 0;
  }

  @Override
  public Rows whole(Rows source, UpscaleCall call) {
    return Rows.bicubic(source.toImage(executor), source.width() * scale, source.height() * scale);
  }
}
