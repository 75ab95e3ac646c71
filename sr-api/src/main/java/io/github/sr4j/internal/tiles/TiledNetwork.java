// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Ints;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;
import io.github.sr4j.internal.tiles.AxisTiles.AxisTile;
import io.github.sr4j.internal.util.ArrayLength;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network that takes images of any size, by cutting them into tiles where they are large or not
 * of a size that the network takes. Safe for use by multiple threads.
 */
public final class TiledNetwork {

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
  public static final int WHOLE_UP_TO = MIN_DEFAULT_TILE * MIN_DEFAULT_TILE * 3 / 2;

  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final BlockUpscaler network;
  private final ModelInfo info;
  private final OptionalInt tileSize; // pixels of the network's input
  private final OptionalInt overlap; // pixels of the network's input
  private final OptionalInt halo; // pixels of the network's input; empty if tiles are not exact
  private final MemoryBudget memory;
  private final boolean selfEnsemble;
  private final int minTileSize; // exact, in pixels of the network's input
  private final int defaultTileSize; // pixels of the network's input
  private final int context; // pixels around a core that its block must have
  private final RowExecutor executor;

  /**
   * Prepares a network.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  public TiledNetwork(BlockUpscaler network, NetworkSettings settings, RowExecutor executor) {
    this.network = network;
    this.info = network.info();
    this.executor = executor;
    this.selfEnsemble = settings.selfEnsemble();
    this.tileSize = inNetworkInput(settings.tileSize());
    this.memory = MemoryBudget.of(settings.maxMemory(), info);
    int border = (info.border() + info.blockScale() - 1) / info.blockScale();
    this.minTileSize =
        tileSize.orElse(Math.max(MIN_TILE, info.halo().orElse(0) / MAX_HALOS_OF_A_TILE));
    boolean isExact =
        info.halo().isPresent()
            && (settings.overlap().isEmpty() || hasFixedBlock() || hasRoomFor(minTileSize));
    this.halo = isExact ? info.halo() : OptionalInt.empty();
    this.overlap = isExact ? OptionalInt.empty() : inNetworkInput(settings.overlap());
    this.context = Math.max(border, halo.orElse(0));
    int unbounded =
        Math.max(
            info.isPreupscaled() ? MIN_PREUPSCALED_TILE : MIN_DEFAULT_TILE,
            Math.min(MAX_DEFAULT_TILE, HALOS_PER_TILE * context));
    this.defaultTileSize =
        Math.min(
            unbounded, Math.max(MIN_TILE, memory.side() - around(context) - overlap.orElse(0)));
    settings.tileSize().ifPresent(this::checkTileSize);
    checkBlock();
    checkArgument(
        !selfEnsemble || info.blockWidth().equals(info.blockHeight()),
        "selfEnsemble must not be set for %s: its blocks are of %s (width x height), which cannot"
            + " be turned",
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
    checkArgument(
        halo.isPresent() || overlap.isPresent(),
        "tileSize must not be set for %s, but was %s: %s; approximateTiles allows tiles that are"
            + " blended. See docs/errors.md#no-halo",
        info.name(),
        asked,
        whyNotTiled());
    checkArgument(
        info.blockWidth().isEmpty() || info.blockHeight().isEmpty(),
        "tileSize must not be set for %s, but was %s: its blocks are always of %s (width x"
            + " height)",
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
    throw new IllegalArgumentException(
        String.format(
            "maxMemory must be at least %s for tiles of %s, but was %s: a tile of %sx%s (width x"
                + " height) is read with a halo of %s pixels on each side; approximateTiles allows"
                + " tiles without it that are blended. See docs/errors.md#memory",
            memory.text((long) side * side),
            info.name(),
            MemoryBudget.gigabytes(memory.bytes()),
            minTileSize,
            minTileSize,
            context));
  }

  private void checkBlock() {
    if (info.blockWidth().isPresent() && info.blockHeight().isPresent() && memory.isSet()) {
      long pixels = (long) info.blockWidth().getAsInt() * info.blockHeight().getAsInt();
      checkArgument(
          pixels <= memory.pixels(),
          "maxMemory must be at least %s for %s, whose blocks are always of %s (width x height),"
              + " but was %s. See docs/errors.md#memory",
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
                    + " so that something is left of them. See docs/errors.md#fixed-shape",
                info.name(),
                blockShape(),
                context,
                info.alignment() == 1
                    ? ""
                    : String.format(", in steps of their alignment of %s", info.alignment())),
            null);
      }
      checkArgument(
          overlap.isEmpty() || core - overlap.getAsInt() >= info.alignment(),
          "overlap must be less than what a block of %s makes, %s pixels of %s (width x height),"
              + " but was %s",
          info.name(),
          core,
          blockShape(),
          overlap.isPresent() ? overlap.getAsInt() : 0);
    }
  }

  private String whyNotTiled() {
    return info.globalOperator()
        .map(operator -> "it has no halo because of " + operator)
        .orElse("the model declares no halo")
        .concat(", so tiles could not equal the whole image");
  }

  private String blockShape() {
    return side(info.blockWidth()) + "x" + side(info.blockHeight());
  }

  private static String side(OptionalInt side) {
    return side.isPresent() ? Integer.toString(side.getAsInt()) : "any";
  }

  /** Is given the tiles of a result, one after another. */
  public interface Sink {

    /**
     * Takes a tile, which is gone afterwards.
     *
     * @param core what the tile contributes to the result
     * @param rows of the result, of which no more than {@code core} may be read
     */
    void accept(Region core, Rows rows);
  }

  /** Returns whether tiles are mixed, so that results are not there before all tiles are. */
  public boolean isBlended() {
    return overlap.isPresent();
  }

  /** Runs the network on an image of its own channels; the result is not clamped. */
  public FloatImage upscale(FloatImage image, UpscaleCall call) {
    return upscale(Rows.of(image), call);
  }

  /** Runs the network on an image of its own channels; the result is not clamped. */
  public FloatImage upscale(Rows image, UpscaleCall call) {
    int scale = info.blockScale();
    TileGrid grid = grid(image.width(), image.height());
    if (grid.size() == 1) {
      List<FloatImage> results = new ArrayList<>();
      upscale(grid, image, call, tile -> results.add(tile.toImage(executor)));
      return results.get(0);
    }
    Blend blend = overlap.isPresent() ? new Blend(grid, overlap.getAsInt(), scale) : null;
    int channels = info.channels();
    int height = image.height() * scale;
    int width = image.width() * scale;
    FloatImage result =
        FloatImage.wrap(
            channels, height, width, new float[ArrayLength.of(width, height, channels)]);
    upscale(grid, image, call, tile -> tile.copyTo(result, blend));
    return result;
  }

  /**
   * Runs the network on an image of its own channels, without ever having the whole result in
   * memory. Tiles must not be {@linkplain #isBlended blended}.
   */
  public void upscale(Rows image, UpscaleCall call, Sink sink) {
    TileGrid grid = grid(image.width(), image.height());
    upscale(grid, image, call, tile -> sink.accept(tile.core, tile));
  }

  private void upscale(TileGrid grid, Rows image, UpscaleCall call, Consumer<Tile> sink) {
    // Of what lies beyond the edges of an image, any part may be seen from anywhere.
    FloatImage whole = grid.isWithin() ? null : image.toImage(executor);
    Buffers buffers = new Buffers();
    for (int number = 0; number < grid.size(); number++) {
      AxisTile column = grid.column(number);
      AxisTile row = grid.row(number);
      FloatImage block;
      if (isAll(column, image.width()) && isAll(row, image.height())) {
        block = image.toImage(executor);
      } else {
        block = buffers.block(column.sourceLength(), row.sourceLength());
        if (whole != null) {
          cut(whole, grid, column, row, block);
        } else {
          image.readInto(
              block,
              0,
              0,
              new Region(column.source(), row.source(), block.width(), block.height()),
              executor);
        }
      }
      Tile tile = new Tile(grid, number, run(block, buffers, call));
      sink.accept(tile);
      if (!tile.isFinite.get()) {
        throw notFinite(column, row);
      }
      call.tileDone();
    }
  }

  private static boolean isAll(AxisTile tile, int length) {
    return tile.source() == 0 && tile.sourceEnd() == length;
  }

  private FloatImage run(FloatImage block, Buffers buffers, UpscaleCall call) {
    if (!selfEnsemble) {
      return runOnce(block, buffers.result(block), call);
    }
    float[] sum = new float[0];
    int width = 0;
    int height = 0;
    for (int turn = 0; turn < FlipsAndRotations.COUNT; turn++) {
      FloatImage turned = turn == 0 ? block : FlipsAndRotations.turned(block, turn);
      FloatImage enlarged =
          FlipsAndRotations.turned(
              runOnce(turned, buffers.result(turned), call), FlipsAndRotations.inverse(turn));
      if (turn == 0) {
        sum = enlarged.samples();
        width = enlarged.width();
        height = enlarged.height();
      } else {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += enlarged.samples()[i];
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= FlipsAndRotations.COUNT;
    }
    return FloatImage.wrap(block.channels(), height, width, sum);
  }

  private FloatImage runOnce(FloatImage block, float[] result, UpscaleCall call) {
    call.checkCancelled();
    FloatImage enlarged = network.upscale(block, result);
    checkSize(block, enlarged);
    return enlarged;
  }

  /** Returns how many tiles an image of that size goes through the network in. */
  public int tiles(int width, int height) {
    return grid(width, height).size();
  }

  /**
   * Returns how far around a pixel the result depends on the image; empty if on all of it, or if
   * tiles are blended because exact ones do not fit into the memory.
   */
  public OptionalInt halo() {
    return halo;
  }

  private TileGrid grid(int width, int height) {
    long pixels = (long) width * height;
    boolean isTileable = halo.isPresent() || overlap.isPresent();
    boolean isWhole = !isTileable || (tileSize.isEmpty() && isWholeByDefault(pixels));
    checkFixed(width, height);
    checkMemory(width, height, isWhole);
    return new TileGrid(
        axis(width, info.blockWidth(), isWhole), axis(height, info.blockHeight(), isWhole));
  }

  private boolean isWholeByDefault(long pixels) {
    // Where the memory, not the default, limits tiles, an image that fits is cheaper whole.
    boolean isLimited = defaultTileSize + around(context) >= memory.side();
    return pixels <= memory.pixels()
        && (isLimited || pixels <= (long) defaultTileSize * defaultTileSize * 3 / 2);
  }

  private void checkMemory(int width, int height, boolean isWhole) {
    long pixels = (long) width * height;
    if (halo.isEmpty() && overlap.isEmpty()) {
      checkArgument(
          hasFixedBlock() || memory.hasRoomForWhole(pixels),
          "maxMemory must be at least %s for an image of %sx%s (width x height), but was %s: %s;"
              + " approximateTiles allows tiles that are blended. See docs/errors.md#memory",
          memory.text(pixels),
          width,
          height,
          MemoryBudget.gigabytes(memory.bytesForWhole()),
          whyNotTiled());
    } else if (halo.isPresent() && !isWhole && tileSize.isEmpty() && !hasFixedBlock()) {
      checkRoom();
    }
  }

  private void checkFixed(int width, int height) {
    checkArgument(
        halo.isPresent()
            || overlap.isPresent()
            || (width <= room(info.blockWidth()) && height <= room(info.blockHeight())),
        "the image must fit into a block of %s, %s (width x height), but was %sx%s: %s;"
            + " approximateTiles allows tiles that are blended. See docs/errors.md#no-halo",
        info.name(),
        blockShape(),
        width,
        height,
        whyNotTiled());
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
        return AxisTiles.fixed(length, fixed.getAsInt(), context, alignment);
      }
      return info.border() > 0
          ? AxisTiles.mirrored(length, most, context, alignment)
          : AxisTiles.clipped(length, most, context, alignment);
    }
    boolean isMirrored = fixed.isPresent() || info.border() > 0;
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

  /** The memory of one call for its blocks and their results, by their size: of few sizes. */
  private final class Buffers {

    private final Map<Integer, float[]> results = new HashMap<>();
    private final Map<List<Integer>, FloatImage> blocks = new HashMap<>();

    FloatImage block(int width, int height) {
      int channels = info.channels();
      return blocks.computeIfAbsent(
          List.of(width, height),
          size ->
              FloatImage.wrap(
                  channels, height, width, new float[ArrayLength.of(width, height, channels)]));
    }

    float[] result(FloatImage block) {
      int width = block.width() * info.blockScale() - 2 * info.border();
      int height = block.height() * info.blockScale() - 2 * info.border();
      return results.computeIfAbsent(ArrayLength.of(width, height, info.channels()), float[]::new);
    }
  }

  /** Copies the source of a tile, which may reach beyond the image. */
  private static void cut(
      FloatImage image, TileGrid grid, AxisTile column, AxisTile row, FloatImage block) {
    int width = column.sourceLength();
    int height = row.sourceLength();
    float[] samples = block.samples();
    int begin = Math.max(0, column.source());
    int inside = Math.min(image.width(), column.sourceEnd()) - begin;
    for (int c = 0; c < image.channels(); c++) {
      for (int y = 0; y < height; y++) {
        int from = (c * image.height() + grid.rows().seenAt(row.source() + y)) * image.width();
        int to = (c * height + y) * width - column.source();
        System.arraycopy(image.samples(), from + begin, samples, to + begin, inside);
        for (int x = column.source(); x < begin; x++) {
          samples[to + x] = image.samples()[from + grid.columns().seenAt(x)];
        }
        for (int x = begin + inside; x < column.sourceEnd(); x++) {
          samples[to + x] = image.samples()[from + grid.columns().seenAt(x)];
        }
      }
    }
  }

  /** An enlarged block, as rows of the result that it is a part of. */
  private final class Tile extends Rows {

    private final Region core;
    private final AtomicBoolean isFinite = new AtomicBoolean(true); // as far as it was read
    private final int number;
    private final FloatImage block;
    private final int left; // of the block within the result
    private final int top;

    Tile(TileGrid grid, int number, FloatImage block) {
      super(
          block.channels(),
          grid.rows().length() * info.blockScale(),
          grid.columns().length() * info.blockScale());
      AxisTile column = grid.column(number);
      AxisTile row = grid.row(number);
      int scale = info.blockScale();
      this.number = number;
      this.block = block;
      left = column.source() * scale + info.border();
      top = row.source() * scale + info.border();
      core =
          new Region(
              column.core() * scale,
              row.core() * scale,
              column.coreLength() * scale,
              row.coreLength() * scale);
    }

    @Override
    public void read(Region region, float[] samples) {
      Rows.copy(block, region.movedBy(-left, -top), samples);
      check(samples, 0, block.channels() * region.pixels());
    }

    @Override
    public FloatImage toImage(RowExecutor workers) {
      if (block.width() != width() || block.height() != height()) {
        return super.toImage(workers);
      }
      workers.run(
          width(),
          channels() * height(),
          (from, to) -> check(block.samples(), from * width(), (to - from) * width()));
      return block;
    }

    /**
     * Copies the core into the whole result.
     *
     * @param blend how to mix it into what is there; null to replace that
     */
    void copyTo(FloatImage result, @Nullable Blend blend) {
      executor.run(
          core.width(),
          channels() * core.height(),
          (first, last) -> {
            for (int i = first; i < last; i++) {
              int c = i / core.height();
              int y = i % core.height();
              int from =
                  (c * block.height() + core.y() + y - top) * block.width() + core.x() - left;
              int to = (c * height() + core.y() + y) * width() + core.x();
              check(block.samples(), from, core.width());
              if (blend != null) {
                blend.mixRow(number, y, block.samples(), from, result.samples(), to);
              } else {
                System.arraycopy(block.samples(), from, result.samples(), to, core.width());
              }
            }
          });
    }

    private void check(float[] samples, int from, int count) {
      if (maxMagnitude(samples, from, count) >= INFINITY_BITS) {
        isFinite.set(false);
      }
    }
  }

  /**
   * The maximum magnitude as bits, which are ordered as magnitudes are, with NaN above infinity.
   */
  private static int maxMagnitude(float[] samples, int from, int count) {
    int max = 0;
    for (int i = from; i < from + count; i++) {
      max = Math.max(max, Float.floatToRawIntBits(samples[i]) & Integer.MAX_VALUE);
    }
    return max;
  }

  private void checkSize(FloatImage source, FloatImage block) {
    int width = source.width() * info.blockScale() - 2 * info.border();
    int height = source.height() * info.blockScale() - 2 * info.border();
    if (block.width() != width || block.height() != height || block.channels() != info.channels()) {
      throw new SuperResolutionException(
          String.format(
              "%s: a block of %sx%s must become %s x %s x %s (channels x height x width), but"
                  + " became %s x %s x %s",
              info.name(),
              source.width(),
              source.height(),
              info.channels(),
              height,
              width,
              block.channels(),
              block.height(),
              block.width()),
          null);
    }
  }

  private SuperResolutionException notFinite(AxisTile column, AxisTile row) {
    return new SuperResolutionException(
        String.format(
            "%s: the network's output is NaN or infinite in the tile of %sx%s (width x height) at"
                + " column %s, row %s",
            info.name(), column.coreLength(), row.coreLength(), column.core(), row.core()),
        null);
  }
}
