// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.internal.tiles.AxisTiles.AxisTile;

/**
 * The cutting of a network's input into tiles: every piece of its columns with every piece of its
 * rows, numbered row by row.
 */
record TileGrid(AxisTiles columns, AxisTiles rows) {

  /** The number of tiles. */
  int size() {
    return Math.multiplyExact(columns.tiles().size(), rows.tiles().size());
  }

  /** Whether all tiles see nothing beyond the edges of the image. */
  boolean isWithin() {
    return columns.isWithin() && rows.isWithin();
  }

  /** The columns of a tile. */
  AxisTile column(int tile) {
    return columns.tiles().get(tile % columns.tiles().size());
  }

  /** The rows of a tile. */
  AxisTile row(int tile) {
    return rows.tiles().get(tile / columns.tiles().size());
  }
}
