// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import io.github.sr4j.TileGrid.Region;
import io.github.sr4j.TileGrid.Tile;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A network that takes images of any size, by cutting them into tiles where they are large or not a
 * multiple of the network's alignment. Safe for use by multiple threads.
 */
final class TiledNetwork {

  // 64 feature maps of this size take 256 MiB; one tile of the default size takes 64 MiB.
  static final int WHOLE_UP_TO = 1 << 20; // pixels of the network's input
  static final int DEFAULT_TILE_SIZE = 512; // pixels of the network's input

  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final BlockUpscaler network;
  private final ModelInfo info;
  private final OptionalInt tileSize; // pixels of the network's input
  private final Bands bands;

  /**
   * Prepares a network.
   *
   * @throws IllegalArgumentException if there is a tile size and the network has no finite halo
   */
  TiledNetwork(BlockUpscaler network, Pipeline.Settings settings, Bands bands) {
    OptionalInt tileSize = settings.tileSize();
    this.network = network;
    this.info = network.info();
    this.bands = bands;
    if (tileSize.isPresent() && info.halo().isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "tileSize must not be set for %s, but was %s: the model declares no halo, so tiles"
                  + " could not equal the whole image. See docs/errors.md#no-halo",
              info.name(), tileSize.getAsInt()));
    }
    this.tileSize =
        tileSize.isPresent() && info.isPreupscaled()
            ? OptionalInt.of(Math.multiplyExact(tileSize.getAsInt(), info.scale()))
            : tileSize;
  }

  /** Runs the network on an image of its own channels; the result is not clamped. */
  FloatImage upscale(FloatImage image, Work work) {
    int scale = info.blockScale();
    int width = image.width() * scale;
    int height = image.height() * scale;
    TileGrid grid = grid(image.width(), image.height());
    Region all = new Region(0, 0, image.width(), image.height());
    float[] samples = new float[0]; // CHW; allocated when the first tile is not the whole image
    for (Tile tile : grid.tiles()) {
      Region source = tile.source();
      work.checkCancelled();
      FloatImage block = network.upscale(source.equals(all) ? image : cut(image, source));
      checkSize(source, block);
      boolean isWhole = source.equals(all) && tile.core().equals(all);
      if (!isWhole && samples.length == 0) {
        samples = new float[image.channels() * height * width];
      }
      if (!copy(block, tile.coreWithinSource(scale), samples, tile.core().scaledBy(scale), width)) {
        throw notFinite(tile.core());
      }
      work.tileDone();
      if (isWhole) {
        return block;
      }
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  /** Returns how many tiles an image of that size goes through the network in. */
  int tiles(int width, int height) {
    return grid(width, height).tiles().size();
  }

  private TileGrid grid(int width, int height) {
    boolean isSmall = tileSize.isEmpty() && (long) width * height <= WHOLE_UP_TO;
    return info.halo().isEmpty() || isSmall
        ? TileGrid.whole(width, height, info.alignment())
        : new TileGrid(
            width,
            height,
            tileSize.orElse(DEFAULT_TILE_SIZE),
            info.halo().getAsInt(),
            info.alignment());
  }

  /** Copies a region; beyond the right and bottom edges, the last column and row are repeated. */
  private static FloatImage cut(FloatImage image, Region source) {
    float[] samples = new float[image.channels() * source.height() * source.width()];
    int inside = Math.min(source.width(), image.width() - source.x());
    for (int c = 0; c < image.channels(); c++) {
      for (int y = 0; y < source.height(); y++) {
        int row = Math.min(source.y() + y, image.height() - 1);
        int from = (c * image.height() + row) * image.width() + source.x();
        int to = (c * source.height() + y) * source.width();
        System.arraycopy(image.samples(), from, samples, to, inside);
        Arrays.fill(samples, to + inside, to + source.width(), samples[to + inside - 1]);
      }
    }
    return FloatImage.wrap(image.channels(), source.height(), source.width(), samples);
  }

  /**
   * Copies a core out of its block, if there is something to copy it to, and returns whether its
   * samples are finite.
   */
  private boolean copy(FloatImage block, Region core, float[] samples, Region target, int width) {
    int channels = block.channels();
    int plane = samples.length / channels;
    AtomicBoolean isFinite = new AtomicBoolean(true);
    bands.run(
        core.width(),
        channels * core.height(),
        (top, bottom) -> {
          int greatest = 0;
          for (int row = top; row < bottom; row++) {
            int c = row / core.height();
            int y = row % core.height();
            int from = (c * block.height() + core.y() + y) * block.width() + core.x();
            greatest = Math.max(greatest, greatestMagnitude(block.samples(), from, core.width()));
            if (plane > 0) {
              int to = c * plane + (target.y() + y) * width + target.x();
              System.arraycopy(block.samples(), from, samples, to, core.width());
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

  private void checkSize(Region source, FloatImage block) {
    int width = source.width() * info.blockScale();
    int height = source.height() * info.blockScale();
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

  private SuperResolutionException notFinite(Region core) {
    return new SuperResolutionException(
        String.format(
            "%s: the network's output is NaN or infinite in the tile of %sx%s (width x height) at"
                + " column %s, row %s",
            info.name(), core.width(), core.height(), core.x(), core.y()),
        null);
  }
}
