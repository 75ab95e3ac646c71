// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.Slots;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.pixels.AwtPixels;
import io.github.sr4j.internal.pixels.Bleed;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Coloring;
import io.github.sr4j.internal.rows.Gaps;
import io.github.sr4j.internal.rows.PixelKind;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;
import io.github.sr4j.internal.rows.ValueScale;
import io.github.sr4j.internal.stages.Bicubic;
import io.github.sr4j.internal.stages.ColorStages;
import io.github.sr4j.internal.stages.Sink;
import io.github.sr4j.internal.stages.Stage;
import io.github.sr4j.internal.tiles.NetworkSettings;
import io.github.sr4j.internal.tiles.TiledNetwork;
import java.awt.image.BufferedImage;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps of an {@link Upscaler} from the pixels of an image to those of the result: colours and
 * alpha of the AWT image, the stages of the network, and back to an image. Immutable and safe for
 * use by multiple threads; the owner closes the network and the row executor.
 */
final class Pipeline {

  private static final int WARM_UP_SIDE = 16;

  private final ModelInfo info;
  private final RowExecutor executor;
  private final Stage network; // in all passes
  private final ColorStages colors;
  private final ResultSizes sizes;
  private final Slots slots;

  /**
   * Prepares a network for results of any size.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  Pipeline(BlockUpscaler network, NetworkSettings settings, RowExecutor executor) {
    this(network, settings, Long.MAX_VALUE, executor);
  }

  /**
   * Prepares a network for results of at most so many pixels.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  Pipeline(
      BlockUpscaler network, NetworkSettings settings, long maxResultPixels, RowExecutor executor) {
    this.info = network.info();
    this.executor = executor;
    Stage tiled = new TiledNetwork(network, settings, executor);
    Stage pass = info.isPreupscaled() ? new Bicubic(info.scale(), executor).then(tiled) : tiled;
    Stage passes = pass;
    for (int i = 1; i < settings.passes(); i++) {
      passes = passes.then(pass);
    }
    this.network = passes;
    this.colors = new ColorStages(passes, info.channels(), executor);
    this.sizes = new ResultSizes(passes.scale(), settings.factor(), maxResultPixels);
    this.slots = Slots.of(network.device().actual(), executor.threads());
  }

  /** Returns by how much all passes together enlarge. */
  int scale() {
    return network.scale();
  }

  /** Returns the choice of the sizes of results. */
  ResultSizes sizes() {
    return sizes;
  }

  /**
   * Returns how far a result looks in an image. Under full transparency only as far as is seen:
   * colours bleed into it from afar.
   *
   * @param hasAlpha whether colours bleed
   * @param hasGaps whether gaps are filled
   */
  Reach reach(Size source, Size result, boolean hasAlpha, boolean hasGaps) {
    Reach filled = hasGaps ? Gaps.REACH : Reach.NONE;
    Reach bled = hasAlpha ? Bleed.REACH : Reach.NONE;
    return filled.then(bled, 1).then(colors.reach(source, result), 1);
  }

  /** Returns how many tiles an image of that size goes through the network in, in all passes. */
  int tiles(Size source) {
    return network.tiles(source);
  }

  /** Enlarges an image to a size. */
  BufferedImage upscale(BufferedImage image, Size size, UpscaleCall call) {
    Size source = new Size(image.getWidth(), image.getHeight());
    return upscale(image, PixelKind.of(image), RegionPair.whole(source, size), call);
  }

  /**
   * Enlarges a region of an image.
   *
   * @param image the source of the pair, which is what {@link #reach} says of the result
   * @param kind of the whole image
   */
  BufferedImage upscale(BufferedImage image, PixelKind kind, RegionPair regions, UpscaleCall call) {
    call.takeSlot(slots);
    try {
      Stage stage = colors.of(kind.coloring());
      return kind.scale().isPresent()
          ? upscaleValues(image, kind.scale().get(), stage, regions, call)
          : upscaleShades(image, stage, regions, call);
    } finally {
      call.releaseSlot();
    }
  }

  private BufferedImage upscaleShades(
      BufferedImage image, Stage stage, RegionPair regions, UpscaleCall call) {
    FloatImage alpha = AwtPixels.alpha(image).orElse(null);
    Rows shades = Rows.of(image);
    if (alpha != null) {
      shades = Rows.of(Bleed.apply(shades.toImage(executor), alpha));
    }
    Size size = regions.result().region().size();
    BufferedImage result =
        AwtPixels.blank(shades.channels(), size.width(), size.height(), alpha != null, image);
    Rows enlargedAlpha = enlarged(alpha, regions);
    stage.apply(
        shades, regions, call, (region, rows) -> write(region, rows, enlargedAlpha, result));
    return result;
  }

  /** Enlarges an image of measurements, whose colours are not converted. */
  private BufferedImage upscaleValues(
      BufferedImage image, ValueScale scale, Stage stage, RegionPair regions, UpscaleCall call) {
    FloatImage values = scale.read(image);
    if (scale.hasGaps()) {
      Gaps.fill(values);
    }
    FloatImage alpha = AwtPixels.alpha(image).orElse(null);
    if (alpha != null) {
      values = Bleed.apply(values, alpha);
    }
    Size size = regions.result().region().size();
    BufferedImage result = ValueScale.blank(image, size.width(), size.height());
    Rows enlargedAlpha = enlarged(alpha, regions);
    stage.apply(
        Rows.of(values),
        regions,
        call,
        (region, rows) ->
            inBands(
                region,
                rows,
                enlargedAlpha,
                (band, samples, alphas) ->
                    scale.write(samples, alphas, band, image, regions, result)));
    return result;
  }

  private static @Nullable Rows enlarged(@Nullable FloatImage alpha, RegionPair regions) {
    return alpha == null ? null : Rows.bicubic(alpha, regions).map(1, Pipeline::clamp);
  }

  /**
   * Enlarges an image to a size. One channel is luma, and so is the result.
   *
   * @throws ImageFormatException if a sample is NaN or infinite
   */
  FloatImage upscale(FloatImage image, Size size, UpscaleCall call) {
    checkFinite(image);
    call.takeSlot(slots);
    try {
      int channels = image.channels();
      FloatImage result =
          FloatImage.wrap(
              channels,
              size.height(),
              size.width(),
              new float[channels * size.height() * size.width()]);
      Sink sink = (region, rows) -> rows.readInto(result, region.x(), region.y(), region, executor);
      Stage stage = channels == 3 ? colors.of(Coloring.COLORS) : colors.ofLuma();
      Size source = new Size(image.width(), image.height());
      stage.apply(Rows.of(image), RegionPair.whole(source, size), call, sink);
      return result;
    } finally {
      call.releaseSlot();
    }
  }

  private static void checkFinite(FloatImage image) {
    int plane = image.width() * image.height();
    for (int i = 0; i < image.samples().length; i++) {
      if (!Float.isFinite(image.samples()[i])) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "samples must be finite, but one is %s in channel %s at column %s, row %s",
                image.samples()[i],
                i / plane,
                i % plane % image.width(),
                i % plane / image.width()),
            null);
      }
    }
  }

  /** Enlarges something small, and returns the result. */
  BufferedImage warmUp() {
    int side = info.blockWidth().isPresent() || info.blockHeight().isPresent() ? 1 : WARM_UP_SIDE;
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0xff_00_00); // not gray, so that chroma is part of it
    Size size = new Size(side, side);
    return upscale(image, size.scaledBy(scale()), new UpscaleCall(tiles(size), Optional.empty()));
  }

  private void write(Region region, Rows rows, @Nullable Rows alpha, BufferedImage result) {
    inBands(
        region,
        rows,
        alpha,
        (band, samples, alphas) ->
            AwtPixels.write(
                samples,
                alphas,
                result.getSubimage(band.x(), band.y(), band.width(), band.height())));
  }

  private interface Writing {
    void write(Region band, float[] samples, float @Nullable [] alpha);
  }

  private void inBands(Region region, Rows rows, @Nullable Rows alpha, Writing writing) {
    executor.run(
        region.width(),
        region.height(),
        Rows.SCRATCH,
        (top, bottom, samples) -> {
          Region band = region.rows(top, bottom);
          rows.read(band, samples);
          float[] alphas = null;
          if (alpha != null) {
            alphas = new float[Rows.SCRATCH * band.pixels()];
            alpha.read(band, alphas);
          }
          writing.write(band, samples, alphas);
        });
  }

  /** Takes back what alpha overshoots by, which an image of floats would keep. */
  private static void clamp(float[] alpha, int pixels) {
    for (int i = 0; i < pixels; i++) {
      alpha[i] = Math.max(0, Math.min(1, alpha[i]));
    }
  }
}
