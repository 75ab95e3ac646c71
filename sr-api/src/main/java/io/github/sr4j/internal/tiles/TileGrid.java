// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.internal.regions.Region;
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

  /** The part of the image that a tile contributes. */
  Region core(int tile) {
    AxisTile column = column(tile);
    AxisTile row = row(tile);
    return new Region(column.core(), row.core(), column.coreLength(), row.coreLength());
  }

  /** Returns the block of a tile, which may reach beyond the image. */
  Region source(int tile) {
    AxisTile column = column(tile);
    AxisTile row = row(tile);
    return new Region(column.source(), row.source(), column.sourceLength(), row.sourceLength());
  }

  private AxisTile column(int tile) {
    return columns.tiles().get(tile % columns.tiles().size());
  }

  private AxisTile row(int tile) {
    return rows.tiles().get(tile / columns.tiles().size());
  }
}
