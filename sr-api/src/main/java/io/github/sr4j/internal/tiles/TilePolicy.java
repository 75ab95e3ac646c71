// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import static io.github.sr4j.shared.settings.UpscalerSettings.APPROXIMATE_TILES;
import static io.github.sr4j.shared.settings.UpscalerSettings.EDGES;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_MEMORY;
import static io.github.sr4j.shared.settings.UpscalerSettings.SELF_ENSEMBLE;
import static io.github.sr4j.shared.settings.UpscalerSettings.TILE_SIZE;

import com.google.common.base.Ascii;
import com.google.common.primitives.Ints;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Edges;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.shared.settings.SettingException;
import java.util.OptionalInt;

/**
 * The choice of tiles for images of any size, from what a network declares, what the caller set and
 * the memory there is. Immutable.
 */
final class TilePolicy {

  // In pixels of the network's input. 64 feature maps of the least tile take 64 MiB. With a tile of
  // 36 halos, what is computed twice in an image of many tiles is a ninth at most.
  // What is enlarged before makes fewer pixels for as many at the network's input.
  private static final int MIN_DEFAULT_TILE = 512;
  private static final int MIN_PREUPSCALED_TILE = 704;
  private static final int MAX_DEFAULT_TILE = 1024;
  private static final int HALOS_PER_TILE = 36;
  // Smaller exact tiles would be nearly all halo: of a quarter of it, the network computes each
  // pixel 81 times.
  private static final int MIN_TILE = 16;
  private static final int MAX_HALOS_OF_A_TILE = 4;

  /** The pixels up to which an image is never cut by default: those of one and a half tiles. */
  static final int WHOLE_UP_TO = MIN_DEFAULT_TILE * MIN_DEFAULT_TILE * 3 / 2;

  private final ModelInfo info;
  private final OptionalInt tileSize; // pixels of the network's input
  private final OptionalInt overlap; // pixels of the network's input
  private final OptionalInt halo; // pixels of the network's input; empty if tiles are not exact
  private final Edges edges;
  private final MemoryBudget memory;
  private final int minTileSize; // exact, in pixels of the network's input
  private final int defaultTileSize; // pixels of the network's input
  private final int context; // pixels around a core that its block must have

  /**
   * Chooses what does not depend on the size of an image.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  TilePolicy(ModelInfo info, NetworkSettings settings) {
    this.info = info;
    this.tileSize = inNetworkInput(settings.tileSize());
    this.edges = settings.edges();
    this.memory = MemoryBudget.of(settings.maxMemory(), info);
    int lostEdge = (info.lostEdge() + info.blockScale() - 1) / info.blockScale();
    this.minTileSize =
        tileSize.orElse(Math.max(MIN_TILE, info.halo().orElse(0) / MAX_HALOS_OF_A_TILE));
    boolean isExact =
        info.halo().isPresent()
            && (settings.overlap().isEmpty() || hasFixedBlock() || hasRoomFor(minTileSize));
    this.halo = isExact ? info.halo() : OptionalInt.empty();
    this.overlap = isExact ? OptionalInt.empty() : inNetworkInput(settings.overlap());
    this.context = Math.max(lostEdge, halo.orElse(0));
    int unbounded =
        Math.max(
            info.isPreupscaled() ? MIN_PREUPSCALED_TILE : MIN_DEFAULT_TILE,
            Math.min(MAX_DEFAULT_TILE, HALOS_PER_TILE * context));
    this.defaultTileSize =
        Math.min(
            unbounded, Math.max(MIN_TILE, memory.side() - around(context) - overlap.orElse(0)));
    settings.tileSize().ifPresent(this::checkTileSize);
    checkBlock();
    checkEdges();
    SettingException.check(
        !settings.selfEnsemble() || info.blockWidth().equals(info.blockHeight()),
        "%s must not be set for %s: its blocks are of %s (width x height), which cannot"
            + " be turned",
        SELF_ENSEMBLE,
        info.name(),
        blockShape());
  }

  private boolean hasFixedBlock() {
    return info.blockWidth().isPresent() || info.blockHeight().isPresent();
  }

  /** Returns by how much a block is longer than its core. */
  private int around(int contextOfCore) {
    return AxisTiles.alignUp(contextOfCore, info.alignment())
        + contextOfCore
        + info.alignment()
        - 1;
  }

  /** Returns whether an exact tile fits into the memory with its halo. */
  private boolean hasRoomFor(int tile) {
    long side = (long) tile + around(info.halo().orElse(0));
    return side * side <= memory.pixels();
  }

  private OptionalInt inNetworkInput(OptionalInt lowRes) {
    return lowRes.isPresent() && info.isPreupscaled()
        ? OptionalInt.of(Ints.saturatedCast((long) lowRes.getAsInt() * info.scale()))
        : lowRes;
  }

  private void checkTileSize(int asked) {
    SettingException.check(
        halo.isPresent() || overlap.isPresent(),
        "%s must not be set for %s, but was %s: %s; %s allows tiles that are blended",
        TILE_SIZE,
        info.name(),
        asked,
        whyNotTiled(),
        APPROXIMATE_TILES);
    SettingException.check(
        info.blockWidth().isEmpty() || info.blockHeight().isEmpty(),
        "%s must not be set for %s, but was %s: its blocks are always of %s (width x height)",
        TILE_SIZE,
        info.name(),
        asked,
        blockShape());
    if (halo.isPresent() && memory.isSet()) {
      checkRoom();
    }
  }

  /** Refuses exact tiles that do not fit into the memory. */
  private void checkRoom() {
    if (hasRoomFor(minTileSize)) {
      return;
    }
    int side = minTileSize + around(context);
    throw new SettingException(
        "%s must be at least %s for tiles of %s, but was %s: a tile of %sx%s (width x height) is"
            + " read with a halo of %s pixels on each side; %s allows tiles without it that are"
            + " blended",
        MAX_MEMORY,
        memory.text((long) side * side),
        info.name(),
        MemoryBudget.gigabytes(memory.bytes()),
        minTileSize,
        minTileSize,
        context,
        APPROXIMATE_TILES);
  }

  private void checkBlock() {
    if (info.blockWidth().isPresent() && info.blockHeight().isPresent() && memory.isSet()) {
      long pixels = (long) info.blockWidth().getAsInt() * info.blockHeight().getAsInt();
      SettingException.check(
          pixels <= memory.pixels(),
          "%s must be at least %s for %s, whose blocks are always of %s (width x height),"
              + " but was %s",
          MAX_MEMORY,
          memory.text(pixels),
          info.name(),
          blockShape(),
          MemoryBudget.gigabytes(memory.bytes()));
    }
    for (OptionalInt side : new OptionalInt[] {info.blockWidth(), info.blockHeight()}) {
      if (side.isEmpty()) {
        continue;
      }
      int core = AxisTiles.coreOfFixed(side.getAsInt(), context, info.alignment());
      if (core < 1) {
        throw new ModelFormatException(
            String.format(
                "%s: blocks of %s (width x height) must be larger than a halo of %s on each side%s,"
                    + " so that something is left of them; export the model with larger blocks",
                info.name(),
                blockShape(),
                context,
                info.alignment() == 1
                    ? ""
                    : String.format(", in steps of their alignment of %s", info.alignment())),
            null);
      }
      SettingException.check(
          overlap.isEmpty() || core - overlap.getAsInt() >= info.alignment(),
          "%s must be less than what a block of %s makes, %s pixels of %s (width x height),"
              + " but was %s",
          APPROXIMATE_TILES,
          info.name(),
          core,
          blockShape(),
          overlap.isPresent() ? overlap.getAsInt() : 0);
    }
  }

  private void checkEdges() {
    SettingException.check(
        edges == Edges.NETWORK || halo.isPresent(),
        "%s must be those of the network for %s, but was %s: %s, by which images are extended",
        EDGES,
        info.name(),
        Ascii.toLowerCase(edges.name()),
        info.halo().isPresent() ? "its tiles are blended, without a halo" : whyNoHalo());
  }

  private String whyNotTiled() {
    return whyNoHalo() + ", so tiles could not equal the whole image";
  }

  private String whyNoHalo() {
    return info.globalOperator()
        .map(operator -> "it has no halo because of " + operator)
        .orElse("the model declares no halo");
  }

  private String blockShape() {
    return side(info.blockWidth()) + "x" + side(info.blockHeight());
  }

  private static String side(OptionalInt side) {
    return side.isPresent() ? Integer.toString(side.getAsInt()) : "any";
  }

  /** Returns the overlap over which neighbouring tiles are blended; empty if they are exact. */
  OptionalInt overlap() {
    return overlap;
  }

  /** Returns how far the result looks; unbounded if tiles are not exact. */
  Reach reach() {
    return new Reach(halo, info.alignment());
  }

  /** Cuts an image of a size. */
  TileGrid grid(int width, int height) {
    long pixels = (long) width * height;
    boolean isTileable = halo.isPresent() || overlap.isPresent();
    boolean isWhole =
        !isTileable
            || (tileSize.isEmpty() && isWholeByDefault(pixels, extended(width) * extended(height)));
    checkFixed(width, height);
    checkMemory(width, height, isWhole);
    return new TileGrid(
        axis(width, info.blockWidth(), isWhole), axis(height, info.blockHeight(), isWhole));
  }

  /** Returns the length of a block that holds a side of an image. */
  private long extended(int length) {
    return edges == Edges.NETWORK ? length : (long) length + around(context);
  }

  private boolean isWholeByDefault(long pixels, long pixelsOfBlock) {
    // Where the memory, not the default, limits tiles, an image that fits is cheaper whole.
    boolean isLimited = defaultTileSize + around(context) >= memory.side();
    return pixelsOfBlock <= memory.pixels()
        && (isLimited || pixels <= (long) defaultTileSize * defaultTileSize * 3 / 2);
  }

  private void checkMemory(int width, int height, boolean isWhole) {
    long pixels = (long) width * height;
    if (halo.isEmpty() && overlap.isEmpty()) {
      SettingException.check(
          hasFixedBlock() || memory.hasRoomForWhole(pixels),
          "%s must be at least %s for an image of %sx%s (width x height), but was %s: %s;"
              + " %s allows tiles that are blended",
          MAX_MEMORY,
          memory.text(pixels),
          width,
          height,
          MemoryBudget.gigabytes(memory.bytesForWhole()),
          whyNotTiled(),
          APPROXIMATE_TILES);
    } else if (halo.isPresent() && !isWhole && tileSize.isEmpty() && !hasFixedBlock()) {
      checkRoom();
    }
  }

  private void checkFixed(int width, int height) {
    SettingException.check(
        halo.isPresent()
            || overlap.isPresent()
            || (width <= room(info.blockWidth()) && height <= room(info.blockHeight())),
        "the image must fit into a block of %s, %s (width x height), but was %sx%s: %s;"
            + " %s allows tiles that are blended",
        info.name(),
        blockShape(),
        width,
        height,
        whyNotTiled(),
        APPROXIMATE_TILES);
  }

  private int room(OptionalInt block) {
    return block.isEmpty()
        ? Integer.MAX_VALUE
        : block.getAsInt() - AxisTiles.alignUp(context, info.alignment()) - context;
  }

  private AxisTiles axis(int length, OptionalInt fixed, boolean isWhole) {
    int alignment = info.alignment();
    int most = isWhole ? length : tileSize.orElse(defaultTileSize);
    if (halo.isPresent()) {
      if (fixed.isPresent()) {
        return AxisTiles.fixed(
            length, fixed.getAsInt(), context, alignment, edges != Edges.REPLICATE);
      }
      return info.lostEdge() > 0 || edges != Edges.NETWORK
          ? AxisTiles.extended(
              length,
              AxisTiles.alignUp(most, isWhole ? alignment : 1),
              context,
              alignment,
              edges != Edges.REPLICATE)
          : AxisTiles.clipped(length, most, context, alignment);
    }
    boolean isMirrored = fixed.isPresent() || info.lostEdge() > 0;
    int around = AxisTiles.alignUp(context, alignment) + context;
    int shared = overlap.orElse(0);
    int core =
        fixed.isPresent()
            ? AxisTiles.coreOfFixed(fixed.getAsInt(), context, alignment)
            : AxisTiles.alignUp(Math.max(most, alignment) + shared, alignment);
    if (length <= (fixed.isPresent() ? room(fixed) : core)) {
      int block = fixed.orElse(AxisTiles.alignUp(length + around, alignment));
      return AxisTiles.whole(length, context, alignment, block, isMirrored);
    }
    int block = fixed.orElse(AxisTiles.alignUp(core + around, alignment));
    return AxisTiles.overlapping(length, core, shared, context, alignment, block, isMirrored);
  }
}
