// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.Cutting.Cut;

/**
 * The cutting of a network's input into tiles: every piece of its columns with every piece of its
 * rows, numbered row by row.
 */
record TileGrid(Cutting columns, Cutting rows) {

  /** The number of tiles. */
  int size() {
    return Math.multiplyExact(columns.cuts().size(), rows.cuts().size());
  }

  /** Whether all tiles see nothing beyond the edges of the image. */
  boolean isWithin() {
    return columns.isWithin() && rows.isWithin();
  }

  /** The columns of a tile. */
  Cut column(int tile) {
    return columns.cuts().get(tile % columns.cuts().size());
  }

  /** The rows of a tile. */
  Cut row(int tile) {
    return rows.cuts().get(tile / columns.cuts().size());
  }
}
