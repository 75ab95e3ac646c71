// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.rows.Rows;

/** A receiver of the tiles of a result, one after another. */
public interface Sink {

  /**
   * Takes a tile, which is gone afterwards.
   *
   * @param region the part of the result that the tile contributes
   * @param rows of the result, of which no more than {@code region} may be read
   */
  void accept(Region region, Rows rows);
}
