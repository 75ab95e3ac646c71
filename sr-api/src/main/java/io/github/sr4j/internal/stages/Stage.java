// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.Rows;

/**
 * A step from an image to one that is a whole number of times as wide and high. It says which
 * source region a region of its result needs ({@link #reach}), and computes the one from the other.
 * Immutable and safe for use by multiple threads.
 */
public interface Stage {

  /** Returns by how much the result is wider and higher than the source. */
  int scale();

  /** Returns how far the result looks in the source. */
  Reach reach();

  /** Returns how many tiles a source of a size goes through networks in. */
  int tiles(Size source);

  /** Computes the whole result. Its samples may be computed when they are read, or before. */
  Rows whole(Rows source, UpscaleCall call);

  /**
   * Computes a region of the result, tile by tile if it can.
   *
   * @param source of the pair
   * @param regions whose result is {@link #scale} times as large as their source, as wholes
   */
  default void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    Size size = regions.result().region().size();
    sink.accept(
        Region.ofWhole(size.width(), size.height()),
        whole(source, call).part(regions.resultWithin(scale())));
  }

  /** Returns this stage followed by another one. */
  default Stage then(Stage next) {
    return new Chain(this, next);
  }
}
