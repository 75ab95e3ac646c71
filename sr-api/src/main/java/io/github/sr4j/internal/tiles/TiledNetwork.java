// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiles;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;
import io.github.sr4j.internal.stages.Sink;
import io.github.sr4j.internal.stages.Stage;
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
public final class TiledNetwork implements Stage {

  /** The pixels up to which an image is never cut by default: those of one and a half tiles. */
  public static final int WHOLE_UP_TO = TilePolicy.WHOLE_UP_TO;

  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final BlockUpscaler network;
  private final ModelInfo info;
  private final TilePolicy policy;
  private final boolean selfEnsemble;
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
    this.policy = new TilePolicy(info, settings);
    this.selfEnsemble = settings.selfEnsemble();
    this.executor = executor;
  }

  @Override
  public int scale() {
    return info.blockScale();
  }

  @Override
  public Reach reach() {
    return policy.reach();
  }

  @Override
  public int tiles(Size source) {
    return policy.grid(source.width(), source.height()).size();
  }

  /** Runs the network on an image of its own channels; the result is not clamped. */
  public FloatImage upscale(FloatImage image, UpscaleCall call) {
    return upscale(Rows.of(image), call);
  }

  @Override
  public Rows whole(Rows source, UpscaleCall call) {
    return Rows.of(upscale(source, call));
  }

  /** Without ever having the whole result in memory, unless tiles are mixed. */
  @Override
  public void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    if (policy.overlap().isPresent()) {
      Stage.super.apply(source, regions, call, sink);
      return;
    }
    Region part = regions.resultWithin(scale());
    upscale(
        policy.grid(source.width(), source.height()),
        source,
        call,
        tile -> {
          Region region = tile.core.from(part).within(part.width(), part.height());
          if (!region.isEmpty()) {
            sink.accept(region, tile.part(part));
          }
        });
  }

  private FloatImage upscale(Rows image, UpscaleCall call) {
    TileGrid grid = policy.grid(image.width(), image.height());
    if (grid.size() == 1) {
      List<FloatImage> results = new ArrayList<>();
      upscale(grid, image, call, tile -> results.add(tile.toImage(executor)));
      return results.get(0);
    }
    OptionalInt overlap = policy.overlap();
    Blend blend = overlap.isPresent() ? new Blend(grid, overlap.getAsInt(), scale()) : null;
    int channels = info.channels();
    int height = image.height() * scale();
    int width = image.width() * scale();
    FloatImage result =
        FloatImage.wrap(
            channels, height, width, new float[ArrayLength.of(width, height, channels)]);
    upscale(grid, image, call, tile -> tile.copyTo(result, blend));
    return result;
  }

  private void upscale(TileGrid grid, Rows image, UpscaleCall call, Consumer<Tile> sink) {
    // Of what lies beyond the edges of an image, any part may be seen from anywhere.
    FloatImage whole = grid.isWithin() ? null : image.toImage(executor);
    Buffers buffers = new Buffers();
    for (int number = 0; number < grid.size(); number++) {
      Region source = grid.source(number);
      FloatImage block;
      if (source.equals(Region.ofWhole(image.width(), image.height()))) {
        block = image.toImage(executor);
      } else {
        block = buffers.block(source.width(), source.height());
        if (whole != null) {
          cut(whole, grid, source, block);
        } else {
          image.readInto(block, 0, 0, source, executor);
        }
      }
      Tile tile = new Tile(grid, number, run(block, buffers, call));
      sink.accept(tile);
      if (!tile.isFinite.get()) {
        throw notFinite(grid.core(number));
      }
      call.tileDone();
    }
  }

  private FloatImage run(FloatImage block, Buffers buffers, UpscaleCall call) {
    return selfEnsemble
        ? SelfEnsemble.run(block, turned -> runOnce(turned, buffers.result(turned), call))
        : runOnce(block, buffers.result(block), call);
  }

  private FloatImage runOnce(FloatImage block, float[] result, UpscaleCall call) {
    call.checkCancelled();
    FloatImage enlarged = network.upscale(block, result);
    checkSize(block, enlarged);
    return enlarged;
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
      int width = block.width() * info.blockScale() - 2 * info.lostEdge();
      int height = block.height() * info.blockScale() - 2 * info.lostEdge();
      return results.computeIfAbsent(ArrayLength.of(width, height, info.channels()), float[]::new);
    }
  }

  /** Copies the source of a tile, which may reach beyond the image. */
  private static void cut(FloatImage image, TileGrid grid, Region source, FloatImage block) {
    float[] samples = block.samples();
    int begin = Math.max(0, source.x());
    int inside = Math.min(image.width(), source.right()) - begin;
    for (int c = 0; c < image.channels(); c++) {
      for (int y = 0; y < source.height(); y++) {
        int from = (c * image.height() + grid.rows().seenAt(source.y() + y)) * image.width();
        int to = (c * source.height() + y) * source.width() - source.x();
        System.arraycopy(image.samples(), from + begin, samples, to + begin, inside);
        for (int x = source.x(); x < begin; x++) {
          samples[to + x] = image.samples()[from + grid.columns().seenAt(x)];
        }
        for (int x = begin + inside; x < source.right(); x++) {
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
      this.number = number;
      this.block = block;
      Region source = grid.source(number).scaledBy(scale());
      left = source.x() + info.lostEdge();
      top = source.y() + info.lostEdge();
      core = grid.core(number).scaledBy(scale());
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
    int width = source.width() * info.blockScale() - 2 * info.lostEdge();
    int height = source.height() * info.blockScale() - 2 * info.lostEdge();
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
