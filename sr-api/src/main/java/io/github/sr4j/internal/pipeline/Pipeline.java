// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.pixels.AwtPixels;
import io.github.sr4j.internal.pixels.Bleed;
import io.github.sr4j.internal.pixels.YcbcrPlanes;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.Gaps;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;
import io.github.sr4j.internal.rows.ValueScale;
import io.github.sr4j.internal.tiles.NetworkSettings;
import io.github.sr4j.internal.tiles.TiledNetwork;
import io.github.sr4j.internal.tiles.TiledNetwork.Sink;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The steps of an {@link Upscaler} from the pixels of an image to those of the result: colour,
 * alpha, enlarging before the network, the network in tiles, and the size of the result. Immutable
 * and safe for use by multiple threads; the owner closes the network and the row executor.
 */
final class Pipeline {

  private static final float BLACK = 16; // ITU-R BT.601: luma of black and white, in 255ths
  private static final float WHITE = 235;

  // Low-resolution pixels on each side that a bicubically enlarged pixel depends on.
  private static final int BICUBIC_SUPPORT = 3;

  private static final int WARM_UP_SIDE = 16;
  private static final int PART_PIXELS = 1 << 14; // that are looked at together

  private final ModelInfo info;
  private final NetworkSettings settings;
  private final RowExecutor executor;
  private final TiledNetwork network;
  private final int scale;
  private final Semaphore slots;

  /**
   * Prepares a network.
   *
   * @throws IllegalArgumentException if the settings do not suit the network
   * @throws ModelFormatException if the network has blocks of a fixed size that is less than its
   *     halo needs
   */
  Pipeline(BlockUpscaler network, NetworkSettings settings, RowExecutor executor) {
    this.info = network.info();
    this.settings = settings;
    this.executor = executor;
    this.network = new TiledNetwork(network, settings, executor);
    this.slots = new Semaphore(callsAtOnce(network.device().actual()), /* fair= */ true);
    int product = 1;
    for (int i = 0; i < settings.passes(); i++) {
      product *= info.scale(); // at most 16 to the power of 4
    }
    this.scale = product;
  }

  /**
   * On the CPU, threads of several calls that share its cores wait for one another at every layer:
   * fewer calls at a time make more images in a second, in less memory.
   */
  private int callsAtOnce(Device device) {
    return device.kind() == Device.Kind.CPU
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / executor.threads())
        : Integer.MAX_VALUE;
  }

  /** Returns by how much all passes together enlarge. */
  int scale() {
    return scale;
  }

  /**
   * Returns how many rows and columns of the image around a region the result of that region
   * depends on; empty if the whole image matters. What is under full transparency is not counted:
   * colours bleed into it from afar.
   */
  OptionalInt margin() {
    OptionalInt halo = network.halo();
    if (halo.isEmpty()) {
      return OptionalInt.empty();
    }
    int margin = 0;
    for (int pass = 0, enlarged = 1; pass < settings.passes(); pass++, enlarged *= info.scale()) {
      int ofPass =
          info.isPreupscaled()
              ? ceilDivide(halo.getAsInt(), info.scale()) + BICUBIC_SUPPORT
              : halo.getAsInt();
      margin += ceilDivide(ofPass, enlarged);
    }
    return OptionalInt.of(Math.max(margin, BICUBIC_SUPPORT));
  }

  /**
   * Returns the number of low-resolution pixels of which the edges of a region must be multiples,
   * so that windows and strides of the network are in phase with those in the whole image.
   */
  int alignment() {
    return info.alignment();
  }

  /** Returns how many tiles an image of that size goes through the network in, in all passes. */
  int tiles(int width, int height) {
    int tiles = 0;
    for (int pass = 0, enlarged = 1; pass < settings.passes(); pass++, enlarged *= info.scale()) {
      int before = info.isPreupscaled() ? enlarged * info.scale() : enlarged;
      tiles += network.tiles(width * before, height * before);
    }
    return tiles;
  }

  /**
   * Returns the size of an image's result: that of the options, or else of the settings.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array
   */
  Size resultSize(int width, int height, UpscaleOptions options) {
    Size size = streamedSize(width, height, options);
    checkSize(width, height, "enlarged x" + scale, (long) width * scale, (long) height * scale);
    checkSize(
        width, height, "made " + size.width() + "x" + size.height(), size.width(), size.height());
    return size;
  }

  /**
   * As {@link #resultSize}, of a result that is never in memory whole.
   *
   * @throws ImageFormatException if a side would have more pixels than an integer counts
   */
  Size streamedSize(int width, int height, UpscaleOptions options) {
    long resultWidth;
    long resultHeight;
    if (options.width().isPresent() || options.height().isPresent()) {
      resultWidth =
          options.width().isPresent()
              ? options.width().getAsInt()
              : rounded(width * ((double) options.height().getAsInt() / height));
      resultHeight =
          options.height().isPresent()
              ? options.height().getAsInt()
              : rounded(height * ((double) options.width().getAsInt() / width));
    } else {
      double factor = options.factor().orElse(settings.factor().orElse(scale));
      resultWidth = rounded(width * factor);
      resultHeight = rounded(height * factor);
    }
    long enlarged = (long) Math.max(width, height) * scale;
    long longest = Math.max(enlarged, Math.max(resultWidth, resultHeight));
    if (longest > Integer.MAX_VALUE) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "an image of %sx%s (width x height) would become %s pixels wide or high, more than"
                  + " an image can be",
              width,
              height,
              longest),
          null);
    }
    return new Size((int) resultWidth, (int) resultHeight);
  }

  private static long rounded(double side) {
    return Math.max(1, Math.round(side));
  }

  private static void checkSize(int width, int height, String what, long toWidth, long toHeight) {
    // Three channels, whatever the image has: with less room than that it cannot be shown either.
    double samples = 3.0 * toWidth * toHeight;
    if (samples > Integer.MAX_VALUE - 8) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "an image of %sx%s (width x height) %s would have %.0f samples, more than fit in an"
                  + " array",
              width,
              height,
              what,
              samples),
          null);
    }
  }

  /**
   * Returns whether an image has three channels, which are equal wherever it is not fully
   * transparent: what is hidden takes the colours of what is seen.
   */
  static boolean isGray(BufferedImage image) {
    return isGray(image, Optional.empty());
  }

  /** As {@link #isGray(BufferedImage)}, of an image whose values are on a scale. */
  static boolean isGray(BufferedImage image, Optional<ValueScale> scale) {
    Rows rows = Rows.of(image);
    if (rows.channels() != 3) {
      return false;
    }
    int across = Math.min(rows.width(), PART_PIXELS);
    int down = PART_PIXELS / across;
    float[] samples = new float[Rows.SCRATCH * across * down];
    for (int top = 0; top < rows.height(); top += down) {
      for (int left = 0; left < rows.width(); left += across) {
        Region region = new Region(left, top, across, down).within(rows.width(), rows.height());
        if (scale.isPresent()) {
          if (!scale.get().isGray(image.getSubimage(left, top, region.width(), region.height()))) {
            return false;
          }
          continue;
        }
        rows.read(region, samples);
        AwtPixels.alpha(image.getSubimage(left, top, region.width(), region.height()))
            .ifPresent(alpha -> blacken(samples, alpha.samples()));
        if (!areEqual(samples, region.pixels())) {
          return false;
        }
      }
    }
    return true;
  }

  private static void blacken(float[] planes, float[] alpha) {
    for (int i = 0; i < 3 * alpha.length; i++) {
      if (alpha[i % alpha.length] <= 0) {
        planes[i] = 0;
      }
    }
  }

  private boolean isGray(Rows rows) {
    AtomicBoolean isGray = new AtomicBoolean(true);
    executor.run(
        rows.width(),
        rows.height(),
        Rows.SCRATCH,
        (top, bottom, samples) -> {
          if (isGray.get()) {
            Region region = new Region(0, top, rows.width(), bottom - top);
            rows.read(region, samples);
            if (!areEqual(samples, region.pixels())) {
              isGray.set(false);
            }
          }
        });
    return isGray.get();
  }

  private static boolean areEqual(float[] planes, int plane) {
    return Arrays.equals(planes, 0, plane, planes, plane, 2 * plane)
        && Arrays.equals(planes, plane, 2 * plane, planes, 2 * plane, 3 * plane);
  }

  /**
   * Enlarges an image to a size.
   *
   * @param isGray whether the image has three channels that are equal everywhere and must come out
   *     so; empty to find out
   */
  BufferedImage upscale(
      BufferedImage image, Optional<Boolean> isGray, Size size, UpscaleCall call) {
    RegionPair regions = regions(image.getWidth(), image.getHeight(), size);
    return upscale(image, ValueScale.of(image), isGray, regions, call);
  }

  /**
   * Enlarges a part of an image.
   *
   * @param image the source of the regions, which reaches {@link #margin} beyond what the result
   *     covers, and has edges that are multiples of {@link #alignment} or those of the whole
   * @param scale of the values of the whole image; empty if they are shades of a picture
   * @param isGray whether the whole image is gray; empty to find out from its pixels
   */
  BufferedImage upscale(
      BufferedImage image,
      Optional<ValueScale> scale,
      Optional<Boolean> isGray,
      RegionPair regions,
      UpscaleCall call) {
    call.takeSlot(slots);
    try {
      if (scale.isPresent()) {
        return upscaleValues(image, scale.get(), isGray, regions, call);
      }
      FloatImage alpha = AwtPixels.alpha(image).orElse(null);
      Rows colors = Rows.of(image);
      if (alpha != null) {
        colors = Rows.of(Bleed.apply(colors.toImage(executor), alpha));
      }
      BufferedImage result =
          AwtPixels.blank(
              colors.channels(),
              regions.result().width(),
              regions.result().height(),
              alpha != null,
              image);
      Rows enlargedAlpha =
          alpha == null ? null : Rows.bicubic(alpha, regions).map(1, Pipeline::clamp);
      upscaleColors(
          colors,
          isGray,
          regions,
          call,
          (region, rows) -> write(region, rows, enlargedAlpha, result));
      return result;
    } finally {
      call.releaseSlot();
    }
  }

  /** Enlarges an image of measurements, whose colours are not converted. */
  private BufferedImage upscaleValues(
      BufferedImage image,
      ValueScale scale,
      Optional<Boolean> isGray,
      RegionPair regions,
      UpscaleCall call) {
    FloatImage colors = scale.read(image);
    if (scale.hasGaps()) {
      Gaps.fill(colors);
    }
    FloatImage alpha = AwtPixels.alpha(image).orElse(null);
    if (alpha != null) {
      colors = Bleed.apply(colors, alpha);
    }
    Size size = regions.result().region().size();
    BufferedImage result = ValueScale.blank(image, size.width(), size.height());
    Rows enlargedAlpha =
        alpha == null ? null : Rows.bicubic(alpha, regions).map(1, Pipeline::clamp);
    upscaleColors(
        Rows.of(colors),
        isGray,
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

  /**
   * Enlarges an image to a size. One channel is luma, and so is the result.
   *
   * @throws ImageFormatException if a sample is NaN or infinite
   */
  FloatImage upscale(FloatImage image, Size size, UpscaleCall call) {
    checkFinite(image);
    RegionPair regions = regions(image.width(), image.height(), size);
    call.takeSlot(slots);
    try {
      int channels = image.channels();
      int width = size.width();
      int height = size.height();
      FloatImage result =
          FloatImage.wrap(channels, height, width, new float[channels * height * width]);
      Sink sink = (region, rows) -> rows.readInto(result, region.x(), region.y(), region, executor);
      if (channels == 3) {
        upscaleRgb(Rows.of(image), Optional.of(false), regions, call, sink);
      } else {
        throughNetwork(Rows.of(image), regions, call, sink);
      }
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

  private static RegionPair regions(int width, int height, Size size) {
    return RegionPair.whole(new Size(width, height), size);
  }

  /** Enlarges something small, and returns the result. */
  BufferedImage warmUp() {
    int side = info.blockWidth().isPresent() || info.blockHeight().isPresent() ? 1 : WARM_UP_SIDE;
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0xff_00_00); // not gray, so that chroma is part of it
    Size size = new Size(side * scale, side * scale);
    UpscaleCall call = new UpscaleCall(tiles(side, side), Optional.empty());
    return upscale(image, Optional.of(false), size, call);
  }

  private void upscaleColors(
      Rows image, Optional<Boolean> isGray, RegionPair regions, UpscaleCall call, Sink sink) {
    if (image.channels() == 3) {
      upscaleRgb(image, isGray, regions, call, sink);
    } else {
      throughNetwork(
          image.map(1, Pipeline::grayToLuma),
          regions,
          call,
          (region, luma) -> sink.accept(region, luma.map(1, Pipeline::lumaToGray)));
    }
  }

  private void upscaleRgb(
      Rows rgb, Optional<Boolean> isGray, RegionPair regions, UpscaleCall call, Sink sink) {
    if (info.channels() == 1) {
      upscaleByLuma(rgb, isGray, regions, call, sink);
      return;
    }
    boolean grayOut = isGray.orElseGet(() -> isGray(rgb));
    throughNetwork(
        rgb,
        regions,
        call,
        (region, rows) ->
            sink.accept(
                region, grayOut ? rows.map(1, Pipeline::luma).map(3, Pipeline::gray) : rows));
  }

  private void upscaleByLuma(
      Rows rgb, Optional<Boolean> isGray, RegionPair regions, UpscaleCall call, Sink sink) {
    int width = rgb.width();
    int height = rgb.height();
    FloatImage luma = plane(width, height);
    FloatImage blueDifference = plane(width, height);
    FloatImage redDifference = plane(width, height);
    AtomicBoolean grayOut = new AtomicBoolean(isGray.orElse(true));
    executor.run(
        width,
        height,
        Rows.SCRATCH,
        (top, bottom, band) -> {
          Region rows = new Region(0, top, width, bottom - top);
          rgb.read(rows, band);
          int pixels = rows.pixels();
          if (isGray.isEmpty() && grayOut.get() && !areEqual(band, pixels)) {
            grayOut.set(false);
          }
          YcbcrPlanes.fromRgb(band, pixels, band);
          System.arraycopy(band, 0, luma.samples(), top * width, pixels);
          System.arraycopy(band, pixels, blueDifference.samples(), top * width, pixels);
          System.arraycopy(band, 2 * pixels, redDifference.samples(), top * width, pixels);
        });
    throughNetwork(
        Rows.of(luma),
        regions,
        call,
        (region, rows) ->
            sink.accept(
                region,
                grayOut.get()
                    ? rows.map(3, Pipeline::gray)
                    : Rows.ofLumaAndChroma(rows, blueDifference, redDifference, regions)));
  }

  private static FloatImage plane(int width, int height) {
    return FloatImage.wrap(1, height, width, new float[height * width]);
  }

  /**
   * Runs all passes on an image: luma, which an RGB network sees as gray, or RGB. The result goes
   * to the sink, tile by tile if it is what the network makes.
   */
  private void throughNetwork(Rows image, RegionPair regions, UpscaleCall call, Sink sink) {
    boolean isLumaOfRgb = image.channels() < info.channels();
    Rows rows = isLumaOfRgb ? image.map(3, Pipeline::gray) : image;
    for (int pass = 1; pass < settings.passes(); pass++) {
      rows = Rows.of(network.upscale(beforeNetwork(rows), call));
    }
    rows = beforeNetwork(rows);
    if (regions.isEnlargedBy(scale) && !network.isBlended()) {
      Region part = regions.resultWithin(scale);
      network.upscale(
          rows,
          call,
          (core, tile) -> {
            Region region = core.movedBy(-part.x(), -part.y()).within(part.width(), part.height());
            if (!region.isEmpty()) {
              Rows made = tile.part(part);
              sink.accept(region, isLumaOfRgb ? made.map(1, Pipeline::luma) : made);
            }
          });
    } else {
      FloatImage made = network.upscale(rows, call);
      if (isLumaOfRgb) {
        made = Rows.of(made).map(1, Pipeline::luma).toImage(executor);
      }
      Size size = regions.result().region().size();
      sink.accept(Region.ofWhole(size.width(), size.height()), Rows.bicubic(made, regions));
    }
  }

  private Rows beforeNetwork(Rows image) {
    return info.isPreupscaled()
        ? Rows.bicubic(
            image.toImage(executor), image.width() * info.scale(), image.height() * info.scale())
        : image;
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

  private static void grayToLuma(float[] gray, int pixels) {
    affine(gray, pixels, (WHITE - BLACK) / 255, BLACK / 255);
  }

  private static void lumaToGray(float[] luma, int pixels) {
    affine(luma, pixels, 255 / (WHITE - BLACK), -BLACK / (WHITE - BLACK));
  }

  private static void luma(float[] rgb, int pixels) {
    YcbcrPlanes.luma(rgb, pixels, rgb);
  }

  /** Makes luma RGB, of equal channels. */
  private static void gray(float[] samples, int pixels) {
    lumaToGray(samples, pixels);
    System.arraycopy(samples, 0, samples, pixels, pixels);
    System.arraycopy(samples, 0, samples, 2 * pixels, pixels);
  }

  /** Takes back what alpha overshoots by, which an image of floats would keep. */
  private static void clamp(float[] alpha, int pixels) {
    for (int i = 0; i < pixels; i++) {
      alpha[i] = Math.max(0, Math.min(1, alpha[i]));
    }
  }

  private static void affine(float[] samples, int pixels, float factor, float constant) {
    for (int i = 0; i < pixels; i++) {
      samples[i] = samples[i] * factor + constant;
    }
  }

  private static int ceilDivide(int a, int b) {
    return (a + b - 1) / b;
  }
}
