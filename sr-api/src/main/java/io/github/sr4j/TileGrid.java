// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import java.util.ArrayList;
import java.util.List;

/**
 * The cutting of a network's input into tiles, each read with a halo.
 *
 * <p>The <i>core</i> of a tile is the part that it contributes to the result; the cores partition
 * the input. The <i>source</i> is the core grown by the halo, grown further until its edges are
 * multiples of the alignment, and clipped to the padded input: the input, enlarged to the right and
 * downwards to multiples of the alignment. If the halo is at least the network's receptive-field
 * radius, every core pixel sees exactly the samples it would have seen had the padded input been
 * processed whole, so there are no seams to hide; edges at multiples of the alignment keep windows
 * and strides in phase.
 *
 * @param width the width of the input in pixels
 * @param height the height of the input in pixels
 * @param tileSize the greatest side of a core in pixels
 * @param halo what a core is grown by in pixels
 * @param alignment the number of which the edges of sources are multiples
 */
record TileGrid(int width, int height, int tileSize, int halo, int alignment) {

  record Region(int x, int y, int width, int height) {
    Region scaledBy(int scale) {
      return new Region(x * scale, y * scale, width * scale, height * scale);
    }
  }

  record Tile(Region core, Region source) {
    /** Where the core lies inside the enlarged source. */
    Region coreWithinSource(int scale) {
      return new Region(core.x - source.x, core.y - source.y, core.width, core.height)
          .scaledBy(scale);
    }
  }

  /** The one tile that is the whole input. */
  static TileGrid whole(int width, int height, int alignment) {
    return new TileGrid(width, height, Math.max(width, height), 0, alignment);
  }

  /** The tiles, row by row. */
  List<Tile> tiles() {
    // Cores of about equal size: a last core of a pixel or two would be nearly all halo.
    int coreWidth = evenSize(width);
    int coreHeight = evenSize(height);
    List<Tile> tiles = new ArrayList<>();
    for (int y = 0; y < height; y += coreHeight) {
      for (int x = 0; x < width; x += coreWidth) {
        Region core =
            new Region(x, y, Math.min(coreWidth, width - x), Math.min(coreHeight, height - y));
        tiles.add(new Tile(core, source(core)));
      }
    }
    return tiles;
  }

  private Region source(Region core) {
    int left = alignDown(Math.max(0, core.x - halo));
    int top = alignDown(Math.max(0, core.y - halo));
    int right = alignUp(Math.min(width, core.x + core.width + halo));
    int bottom = alignUp(Math.min(height, core.y + core.height + halo));
    return new Region(left, top, right - left, bottom - top);
  }

  private int evenSize(int side) {
    int count = (side + tileSize - 1) / tileSize;
    return (side + count - 1) / count;
  }

  private int alignDown(int position) {
    return position / alignment * alignment;
  }

  private int alignUp(int position) {
    return (position + alignment - 1) / alignment * alignment;
  }
}
