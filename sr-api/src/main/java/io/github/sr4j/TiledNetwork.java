// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.sr4j.Cutting.Cut;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A network that takes images of any size, by cutting them into tiles where they are large or not
 * of a size that the network takes. Safe for use by multiple threads.
 */
final class TiledNetwork {

  // In pixels of the network's input. 64 feature maps of the least tile take 64 MiB. With a tile of
  // 36 halos, what is computed twice in an image of many tiles is a ninth at most.
  private static final int LEAST_DEFAULT_TILE = 512;
  private static final int GREATEST_DEFAULT_TILE = 1024;
  private static final int HALOS_PER_TILE = 36;

  /** The pixels up to which an image is never cut by default: those of one and a half tiles. */
  static final int WHOLE_UP_TO = LEAST_DEFAULT_TILE * LEAST_DEFAULT_TILE * 3 / 2;

  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final BlockUpscaler network;
  private final ModelInfo info;
  private final OptionalInt tileSize; // pixels of the network's input
  private final OptionalInt overlap; // pixels of the network's input
  private final boolean selfEnsemble;
  private final int defaultTileSize; // pixels of the network's input
  private final int context; // pixels around a core that its block must have
  private final Bands bands;

  /**
   * Prepares a network.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  TiledNetwork(BlockUpscaler network, Pipeline.Settings settings, Bands bands) {
    this.network = network;
    this.info = network.info();
    this.bands = bands;
    this.selfEnsemble = settings.selfEnsemble();
    this.tileSize = inNetworkInput(settings.tileSize());
    this.overlap =
        info.halo().isPresent() ? OptionalInt.empty() : inNetworkInput(settings.overlap());
    int border = (info.border() + info.blockScale() - 1) / info.blockScale();
    this.context = Math.max(border, info.halo().orElse(0));
    this.defaultTileSize =
        Math.max(LEAST_DEFAULT_TILE, Math.min(GREATEST_DEFAULT_TILE, HALOS_PER_TILE * context));
    settings.tileSize().ifPresent(this::checkTileSize);
    checkBlock();
    checkArgument(
        !selfEnsemble || info.blockWidth().equals(info.blockHeight()),
        "selfEnsemble must not be set for %s: its blocks are of %s (width x height), which cannot"
            + " be turned",
        info.name(),
        blockShape());
  }

  private OptionalInt inNetworkInput(OptionalInt lowRes) {
    return lowRes.isPresent() && info.isPreupscaled()
        ? OptionalInt.of(Math.multiplyExact(lowRes.getAsInt(), info.scale()))
        : lowRes;
  }

  private void checkTileSize(int asked) {
    checkArgument(
        info.halo().isPresent() || overlap.isPresent(),
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
  }

  private void checkBlock() {
    for (OptionalInt side : new OptionalInt[] {info.blockWidth(), info.blockHeight()}) {
      if (side.isEmpty()) {
        continue;
      }
      int core = Cutting.coreOfFixed(side.getAsInt(), context, info.alignment());
      if (core < 1) {
        throw new ModelFormatException(
            String.format(
                "%s: blocks of %s (width x height) must be larger than a halo of %s on each side,"
                    + " so that something is left of them. See docs/errors.md#fixed-shape",
                info.name(), blockShape(), context),
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
        .map(operator -> operator + " looks at the whole image, so tiles could not equal it")
        .orElse("the model declares no halo, so tiles could not equal the whole image");
  }

  private String blockShape() {
    return side(info.blockWidth()) + "x" + side(info.blockHeight());
  }

  private static String side(OptionalInt side) {
    return side.isPresent() ? Integer.toString(side.getAsInt()) : "any";
  }

  /** Runs the network on an image of its own channels; the result is not clamped. */
  FloatImage upscale(FloatImage image, Work work) {
    int scale = info.blockScale();
    int width = image.width() * scale;
    int height = image.height() * scale;
    TileGrid grid = grid(image.width(), image.height());
    Blend blend =
        overlap.isPresent() && grid.size() > 1 ? new Blend(grid, overlap.getAsInt(), scale) : null;
    Map<Shape, FloatImage> blocks = new HashMap<>();
    float[] samples = new float[0]; // CHW; allocated when the first tile is not the whole image
    for (int tile = 0; tile < grid.size(); tile++) {
      Cut column = grid.column(tile);
      Cut row = grid.row(tile);
      boolean isUncut = isAll(column, image.width()) && isAll(row, image.height());
      FloatImage enlarged = run(isUncut ? image : cut(image, grid, column, row, blocks), work);
      boolean isWhole = isUncut && info.border() == 0;
      if (!isWhole && samples.length == 0) {
        samples = new float[image.channels() * height * width];
      }
      if (!copy(enlarged, grid, tile, blend, samples, width)) {
        throw notFinite(column, row);
      }
      work.tileDone();
      if (isWhole) {
        return enlarged;
      }
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  private static boolean isAll(Cut cut, int length) {
    return cut.source() == 0 && cut.sourceEnd() == length && cut.coreLength() == length;
  }

  private FloatImage run(FloatImage block, Work work) {
    if (!selfEnsemble) {
      return runOnce(block, work);
    }
    float[] sum = new float[0];
    int width = 0;
    int height = 0;
    for (int turn = 0; turn < Turns.COUNT; turn++) {
      FloatImage turned = turn == 0 ? block : Turns.turned(block, turn);
      FloatImage enlarged = Turns.turned(runOnce(turned, work), Turns.inverse(turn));
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
      sum[i] /= Turns.COUNT;
    }
    return FloatImage.wrap(block.channels(), height, width, sum);
  }

  private FloatImage runOnce(FloatImage block, Work work) {
    work.checkCancelled();
    FloatImage enlarged = network.upscale(block);
    checkSize(block, enlarged);
    return enlarged;
  }

  /** Returns how many tiles an image of that size goes through the network in. */
  int tiles(int width, int height) {
    return grid(width, height).size();
  }

  private TileGrid grid(int width, int height) {
    boolean isTileable = info.halo().isPresent() || overlap.isPresent();
    boolean isWhole =
        !isTileable
            || (tileSize.isEmpty()
                && (long) width * height <= defaultTileSize * defaultTileSize * 3 / 2);
    checkFixed(width, height);
    return new TileGrid(
        cutting(width, info.blockWidth(), isWhole), cutting(height, info.blockHeight(), isWhole));
  }

  private void checkFixed(int width, int height) {
    checkArgument(
        info.halo().isPresent()
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
        : block.getAsInt() - Cutting.alignUp(context, info.alignment()) - context;
  }

  private Cutting cutting(int length, OptionalInt fixed, boolean isWhole) {
    int alignment = info.alignment();
    int most = isWhole ? length : tileSize.orElse(defaultTileSize);
    if (info.halo().isPresent()) {
      if (fixed.isPresent()) {
        return Cutting.fixed(length, fixed.getAsInt(), context, alignment);
      }
      return info.border() > 0
          ? Cutting.mirrored(length, most, context, alignment)
          : Cutting.clipped(length, most, context, alignment);
    }
    boolean isMirrored = fixed.isPresent() || info.border() > 0;
    int around = Cutting.alignUp(context, alignment) + context;
    int shared = overlap.orElse(0);
    int core =
        fixed.isPresent()
            ? Cutting.coreOfFixed(fixed.getAsInt(), context, alignment)
            : Cutting.alignUp(Math.max(most, alignment) + shared, alignment);
    if (length <= (fixed.isPresent() ? room(fixed) : core)) {
      int block = fixed.orElse(Cutting.alignUp(length + around, alignment));
      return Cutting.whole(length, context, alignment, block, isMirrored);
    }
    int block = fixed.orElse(Cutting.alignUp(core + around, alignment));
    return Cutting.overlapping(length, core, shared, context, alignment, block, isMirrored);
  }

  private record Shape(int width, int height) {}

  /**
   * Copies the source of a tile.
   *
   * @param blocks those of earlier tiles, to be used again
   */
  private static FloatImage cut(
      FloatImage image, TileGrid grid, Cut column, Cut row, Map<Shape, FloatImage> blocks) {
    int width = column.sourceLength();
    int height = row.sourceLength();
    FloatImage block =
        blocks.computeIfAbsent(
            new Shape(width, height),
            shape ->
                FloatImage.wrap(
                    image.channels(), height, width, new float[image.channels() * height * width]));
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
    return block;
  }

  /**
   * Copies the core out of an enlarged block, if there is something to copy it to, and returns
   * whether its samples are finite.
   *
   * @param tile the number of the tile within the grid
   * @param blend how to mix it into what is there; null to replace that
   */
  private boolean copy(
      FloatImage block,
      TileGrid grid,
      int tile,
      @Nullable Blend blend,
      float[] samples,
      int resultWidth) {
    int scale = info.blockScale();
    Cut column = grid.column(tile);
    Cut row = grid.row(tile);
    int channels = block.channels();
    int plane = samples.length / channels;
    int width = column.coreLength() * scale;
    int height = row.coreLength() * scale;
    int left = (column.core() - column.source()) * scale - info.border();
    int top = (row.core() - row.source()) * scale - info.border();
    AtomicBoolean isFinite = new AtomicBoolean(true);
    bands.run(
        width,
        channels * height,
        (first, last) -> {
          int greatest = 0;
          for (int i = first; i < last; i++) {
            int c = i / height;
            int y = i % height;
            int from = (c * block.height() + top + y) * block.width() + left;
            greatest = Math.max(greatest, greatestMagnitude(block.samples(), from, width));
            int to = c * plane + (row.core() * scale + y) * resultWidth + column.core() * scale;
            if (blend != null) {
              blend.mixRow(tile, y, block.samples(), from, samples, to);
            } else if (plane > 0) {
              System.arraycopy(block.samples(), from, samples, to, width);
            }
          }
          if (greatest >= INFINITY_BITS) {
            isFinite.set(false);
          }
        });
    return isFinite.get();
  }

  /**
   * The greatest magnitude as bits, which are ordered as magnitudes are, with NaN above infinity.
   */
  private static int greatestMagnitude(float[] samples, int from, int count) {
    int greatest = 0;
    for (int i = from; i < from + count; i++) {
      greatest = Math.max(greatest, Float.floatToRawIntBits(samples[i]) & Integer.MAX_VALUE);
    }
    return greatest;
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

  private SuperResolutionException notFinite(Cut column, Cut row) {
    return new SuperResolutionException(
        String.format(
            "%s: the network's output is NaN or infinite in the tile of %sx%s (width x height) at"
                + " column %s, row %s",
            info.name(), column.coreLength(), row.coreLength(), column.core(), row.core()),
        null);
  }
}
