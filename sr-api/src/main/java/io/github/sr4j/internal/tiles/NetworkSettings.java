// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.ModelInfo.Edges;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The settings of an upscaler that do not come from its network.
 *
 * @param tileSize the maximum side of a tile in low-resolution pixels; empty to choose by the size
 *     of images
 * @param overlap of the tiles of a network without a halo; empty if it must not be tiled
 * @param maxMemory the maximum of bytes of the tensors of a block; empty for the default
 * @param selfEnsemble whether the results for the eight flips and rotations are averaged
 * @param passes how many times the network is applied
 * @param factor by how much results are larger; empty for what the passes make
 * @param edges what the network sees beyond the edges of an image
 */
public record NetworkSettings(
    OptionalInt tileSize,
    OptionalInt overlap,
    OptionalLong maxMemory,
    boolean selfEnsemble,
    int passes,
    OptionalDouble factor,
    Edges edges) {

  /** Creates settings with the network's own edges. */
  public NetworkSettings(
      OptionalInt tileSize,
      OptionalInt overlap,
      OptionalLong maxMemory,
      boolean selfEnsemble,
      int passes,
      OptionalDouble factor) {
    this(tileSize, overlap, maxMemory, selfEnsemble, passes, factor, Edges.NETWORK);
  }
}
