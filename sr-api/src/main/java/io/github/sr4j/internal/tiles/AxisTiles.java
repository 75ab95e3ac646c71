// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/**
 * The cutting of one side of a network's input, its columns or its rows, into tiles.
 *
 * <p>The <i>core</i> of a tile is the part that it contributes to the result; the cores cover the
 * side, each place once unless they {@linkplain #overlapping overlap}. The <i>source</i> is what
 * the network is given: the core and what it depends on around it.
 *
 * @param length the side in pixels
 * @param tiles in order
 * @param isMirrored what sources see beyond the ends of the side: the side's mirror image, without
 *     repeating the last sample, or else the last sample
 */
record AxisTiles(int length, ImmutableList<AxisTile> tiles, boolean isMirrored) {

  /** A tile along the side; the ends are exclusive. */
  record AxisTile(int core, int coreEnd, int source, int sourceEnd) {

    int coreLength() {
      return coreEnd - core;
    }

    int sourceLength() {
      return sourceEnd - source;
    }
  }

  /**
   * Cuts a side such that sources end where the side ends, except for what alignment needs at its
   * far end. If the halo is at least the radius of the network's receptive field, every core pixel
   * sees exactly the samples it would have seen had the side been processed whole, so there are no
   * seams to hide; edges at multiples of the alignment keep windows and strides in phase.
   *
   * @param tileSize the maximum length of a core
   * @param halo what a core is grown by
   * @param alignment the number of which the edges of sources are multiples
   */
  static AxisTiles clipped(int length, int tileSize, int halo, int alignment) {
    // Cores of about equal size: a last core of a pixel or two would be nearly all halo.
    int core = evenSize(length, tileSize);
    ImmutableList.Builder<AxisTile> tiles = ImmutableList.builder();
    for (int begin = 0; begin < length; begin += core) {
      int end = Math.min(length, begin + core);
      tiles.add(
          new AxisTile(
              begin,
              end,
              alignDown(Math.max(0, begin - halo), alignment),
              alignUp(Math.min(length, end + halo), alignment)));
    }
    return new AxisTiles(length, tiles.build(), false);
  }

  /**
   * Cuts a side such that sources reach beyond its ends as far as between cores, so that no pixel
   * of a core lies near the edge of a block, and the result does not depend on where the cuts are.
   *
   * @param tileSize the maximum length of a core, unless the alignment is more
   * @param context what a core is grown by
   * @param alignment the number of which the edges of sources are multiples
   * @param isMirrored what sources see beyond the ends
   */
  static AxisTiles extended(
      int length, int tileSize, int context, int alignment, boolean isMirrored) {
    int before = alignUp(context, alignment);
    int most = Math.max(alignment, alignDown(tileSize, alignment));
    int core = alignUp(evenSize(length, most), alignment);
    ImmutableList.Builder<AxisTile> tiles = ImmutableList.builder();
    for (int begin = 0; begin < length; begin += core) {
      int end = Math.min(length, begin + core);
      int source = begin - before;
      tiles.add(
          new AxisTile(begin, end, source, source + alignUp(end + context - source, alignment)));
    }
    return new AxisTiles(length, tiles.build(), isMirrored);
  }

  /**
   * As {@link #extended}, with sources of one length.
   *
   * @param block the length of all sources, for which {@link #coreOfFixed} is at least 1
   */
  static AxisTiles fixed(int length, int block, int context, int alignment, boolean isMirrored) {
    int before = alignUp(context, alignment);
    int core = coreOfFixed(block, context, alignment);
    ImmutableList.Builder<AxisTile> tiles = ImmutableList.builder();
    for (int begin = 0; begin < length; begin += core) {
      int source = begin - before;
      tiles.add(new AxisTile(begin, Math.min(length, begin + core), source, source + block));
    }
    return new AxisTiles(length, tiles.build(), isMirrored);
  }

  /** Returns the maximum core of a block of fixed length; not positive if there is no room. */
  static int coreOfFixed(int block, int context, int alignment) {
    int room = block - alignUp(context, alignment) - context;
    return room <= 0 ? 0 : alignDown(room, alignment);
  }

  /**
   * Leaves a side uncut.
   *
   * @param context what has to be around it
   * @param block the length of the source, at least the side with its context
   * @param isMirrored what the source sees beyond the ends
   */
  static AxisTiles whole(int length, int context, int alignment, int block, boolean isMirrored) {
    int before = alignUp(context, alignment);
    return new AxisTiles(
        length, ImmutableList.of(new AxisTile(0, length, -before, block - before)), isMirrored);
  }

  /**
   * Cuts a side into pieces that overlap, all of one length.
   *
   * @param core the length of a core, except for the last, which may be shorter; less than the side
   * @param overlap what neighbours have in common at least; less than {@code core} by the alignment
   *     or more
   * @param context what cores are grown by
   * @param block the length of the sources
   * @param isMirrored what sources see beyond the ends
   */
  static AxisTiles overlapping(
      int length,
      int core,
      int overlap,
      int context,
      int alignment,
      int block,
      boolean isMirrored) {
    List<Integer> begins;
    int count = 1;
    do {
      count++;
      begins = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        begins.add(alignUp((int) ((long) i * (length - core) / (count - 1)), alignment));
      }
    } while (maxStep(begins) > core - overlap);
    int before = alignUp(context, alignment);
    ImmutableList.Builder<AxisTile> tiles = ImmutableList.builder();
    for (int begin : begins) {
      int source = begin - before;
      tiles.add(new AxisTile(begin, Math.min(length, begin + core), source, source + block));
    }
    return new AxisTiles(length, tiles.build(), isMirrored);
  }

  private static int maxStep(List<Integer> begins) {
    int max = 0;
    for (int i = 1; i < begins.size(); i++) {
      max = Math.max(max, begins.get(i) - begins.get(i - 1));
    }
    return max;
  }

  /** Returns whether no source reaches beyond the ends of the side. */
  boolean isWithin() {
    return tiles.stream().allMatch(tile -> tile.source() >= 0 && tile.sourceEnd() <= length);
  }

  /** Returns the place within the side whose sample is seen at a place that may lie beyond it. */
  int seenAt(int place) {
    if (place >= 0 && place < length) {
      return place;
    }
    if (!isMirrored || length == 1) {
      return Math.max(0, Math.min(length - 1, place));
    }
    long period = 2L * (length - 1);
    long folded = Math.floorMod((long) place, period);
    return (int) Math.min(folded, period - folded);
  }

  static int alignUp(int place, int alignment) {
    return Math.floorDiv(place + alignment - 1, alignment) * alignment;
  }

  private static int alignDown(int place, int alignment) {
    return Math.floorDiv(place, alignment) * alignment;
  }

  private static int evenSize(int length, int tileSize) {
    int count = (length - 1) / tileSize + 1;
    return (length - 1) / count + 1;
  }
}
