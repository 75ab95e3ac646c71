// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.internal.tiles.AxisTiles.AxisTile;

/**
 * The mixing of overlapping tiles: the weight of a tile rises and falls linearly over the overlap
 * and is 1 elsewhere, and what tiles have in common becomes their weighted mean. The mean is
 * computed tile by tile, so that equal samples stay exactly what they are.
 */
final class Blend {

  private final TileGrid grid;
  private final Slopes columns;
  private final Slopes rows;

  /**
   * Computes the weights of all tiles.
   *
   * @param overlap the length of a slope, before enlarging
   * @param scale by how much the network enlarges
   */
  Blend(TileGrid grid, int overlap, int scale) {
    this.grid = grid;
    this.columns = new Slopes(grid.columns(), overlap, scale);
    this.rows = new Slopes(grid.rows(), overlap, scale);
  }

  /**
   * Mixes a row of a tile's core into the result, into which all tiles before it were mixed.
   *
   * @param tile the number of the tile
   * @param y the row within the enlarged core
   * @param from where the row is in {@code source}
   * @param to where the row goes in {@code result}
   */
  void mixRow(int tile, int y, float[] source, int from, float[] result, int to) {
    int column = tile % grid.columns().tiles().size();
    int row = tile / grid.columns().tiles().size();
    float[] weights = columns.weights[column];
    float[] before = columns.before[column];
    float[] total = columns.total[column];
    float own = rows.weights[row][y];
    float above = rows.before[row][y];
    for (int x = 0; x < weights.length; x++) {
      float weight = own * weights[x];
      float share = weight / (above * total[x] + own * before[x] + weight);
      result[to + x] += (source[from + x] - result[to + x]) * share;
    }
  }

  /** The weights of the pieces of one side, all by [piece][place within its enlarged core]. */
  private static final class Slopes {
    private final float[][] weights;
    private final float[][] before; // the sum of the weights of the pieces before it
    private final float[][] total; // the sum of the weights of all pieces

    Slopes(AxisTiles axis, int overlap, int scale) {
      int count = axis.tiles().size();
      weights = new float[count][];
      before = new float[count][];
      total = new float[count][];
      float[] sum = new float[axis.length() * scale];
      float slope = overlap * scale;
      for (int i = 0; i < count; i++) {
        AxisTile tile = axis.tiles().get(i);
        int length = tile.coreLength() * scale;
        int begin = tile.core() * scale;
        weights[i] = new float[length];
        before[i] = new float[length];
        System.arraycopy(sum, begin, before[i], 0, length);
        for (int x = 0; x < length; x++) {
          float rising = tile.core() == 0 ? 1 : (x + 0.5f) / slope;
          float falling = tile.coreEnd() == axis.length() ? 1 : (length - x - 0.5f) / slope;
          weights[i][x] = Math.min(1, Math.min(rising, falling));
          sum[begin + x] += weights[i][x];
        }
      }
      for (int i = 0; i < count; i++) {
        AxisTile tile = axis.tiles().get(i);
        total[i] = new float[tile.coreLength() * scale];
        System.arraycopy(sum, tile.core() * scale, total[i], 0, total[i].length);
      }
    }
  }
}
