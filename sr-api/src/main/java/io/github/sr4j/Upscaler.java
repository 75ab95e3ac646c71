// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.UpscalerProvider;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Enlarges images with a network: the entry point of the library.
 *
 * <pre>{@code
 * try (Upscaler upscaler = Upscaler.create()) {
 *   ImageIO.write(upscaler.upscale(ImageIO.read(photo)), "png", enlarged);
 * }
 * }</pre>
 *
 * <p>Immutable and safe for use by multiple threads: an instance holds a loaded network, so make
 * one and share it. It holds native memory and is closed by whoever made it.
 *
 * <p>Large images are cut into tiles, each read with as much of its surroundings as the network
 * looks at, so that the result equals that of the whole image up to rounding. A network that
 * declares no such limit always sees the whole image.
 */
public final class Upscaler implements AutoCloseable {

  private static final float BLACK = 16; // ITU-R BT.601: luma of black and white, in 255ths
  private static final float WHITE = 235;

  private final BlockUpscaler network;
  private final ModelInfo info;
  private final DeviceReport device;
  private final Bands bands;
  private final TiledNetwork tiledNetwork;
  // Held for reading by calls in progress and for writing by close.
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed; // guarded by lock

  private Upscaler(BlockUpscaler network, DeviceReport device, OptionalInt tileSize, int threads) {
    this.network = network;
    this.info = network.info();
    this.device = device;
    this.bands = new Bands(threads);
    this.tiledNetwork = new TiledNetwork(network, tileSize, bands);
  }

  /**
   * Opens the embedded default, which enlarges images to twice their width and height, on the best
   * device there is.
   *
   * @throws BackendNotFoundException if no backend is on the class path
   * @throws IllegalArgumentException if no backend has an embedded model of scale 2
   */
  public static Upscaler create() {
    return builder().build();
  }

  /** Returns a builder. Everything has a default. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Wraps a network that is already loaded, such as the snapshot of one in training, and takes it
   * over: closing the upscaler closes the network. Other options are those of a new {@link
   * Builder}.
   */
  public static Upscaler over(BlockUpscaler network) {
    return new Upscaler(
        network, network.device(), OptionalInt.empty(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * As {@link #over(BlockUpscaler)}, with a tile size as in {@link Builder#tileSize}.
   *
   * @throws IllegalArgumentException if {@code tileSize} is less than 16, or the network has no
   *     finite halo; the network is not closed then
   */
  public static Upscaler over(BlockUpscaler network, int tileSize) {
    Builder.checkTileSize(tileSize);
    return new Upscaler(
        network,
        network.device(),
        OptionalInt.of(tileSize),
        Runtime.getRuntime().availableProcessors());
  }

  /**
   * Enlarges an image to {@code info().scale()} times its width and height.
   *
   * <p>The result is of the kind of {@code image}: gray or sRGB, 8 or 16 bits per sample, with
   * alpha if it has some. A gray image stays gray. Alpha is enlarged bicubically, and the colours
   * of fully transparent pixels are replaced by those of visible ones nearby, so that they do not
   * bleed into edges. See {@link AwtImages} for how other kinds of images are read.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws IllegalStateException if this upscaler is closed
   */
  public BufferedImage upscale(BufferedImage image) {
    requireNonNull(image, "image");
    return whileOpen(
        () -> {
          checkSize(image.getWidth(), image.getHeight());
          FloatImage colors = AwtImages.toFloat(image);
          FloatImage alpha = AwtImages.alpha(image).orElse(null);
          return alpha == null
              ? write(upscaleColors(colors), null, image)
              : write(upscaleColors(AwtImages.bleed(colors, alpha)), bicubic(alpha), image);
        });
  }

  /**
   * Enlarges an image to {@code info().scale()} times its width and height. The result is not
   * clamped.
   *
   * <p>Three channels are red, green and blue in [0, 1]. One channel is luma as {@link Luma}
   * defines it, 16/255 for black and 235/255 for white, and so is the result; it is what a luma
   * network works on, so nothing is converted. An RGB network gets the gray image of that luma, and
   * the luma of what it makes of it is returned.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws IllegalStateException if this upscaler is closed
   */
  public FloatImage upscale(FloatImage image) {
    requireNonNull(image, "image");
    return whileOpen(
        () -> {
          checkSize(image.width(), image.height());
          return image.channels() == 1 ? upscaleLuma(image) : upscaleRgb(image).toImage(bands);
        });
  }

  /** Returns what the network is. */
  public ModelInfo info() {
    return info;
  }

  /** Returns the device in use, and why it is that one. */
  public DeviceReport device() {
    return device;
  }

  /** Waits for calls in progress and frees the network. A second call does nothing. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        bands.close();
        network.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T whileOpen(Supplier<T> call) {
    lock.readLock().lock();
    try {
      checkState(!closed, "the upscaler of %s is closed", info.name());
      return call.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private void checkSize(int width, int height) {
    // Three channels, whatever the image has: with less room than that it cannot be shown either.
    long samples = 3L * width * info.scale() * height * info.scale();
    if (samples > Integer.MAX_VALUE - 8) {
      throw new ImageFormatException(
          String.format(
              "an image of %sx%s (width x height) enlarged x%s would have %s samples, more than fit"
                  + " in an array",
              width, height, info.scale(), samples),
          null);
    }
  }

  /** Enlarges an image whose one channel, if it is gray, is in [0, 1]. */
  private Rows upscaleColors(FloatImage image) {
    if (image.channels() == 3) {
      return upscaleRgb(image);
    }
    FloatImage luma = upscaleLuma(affine(image, (WHITE - BLACK) / 255, BLACK / 255));
    return Rows.of(affine(luma, 255 / (WHITE - BLACK), -BLACK / (WHITE - BLACK)));
  }

  private Rows upscaleRgb(FloatImage rgb) {
    if (info.channels() == 3) {
      return Rows.of(throughNetwork(rgb));
    }
    FloatImage ycbcr = Luma.toYcbcr(rgb);
    return Rows.ofLumaAndChroma(
        throughNetwork(ycbcr.channel(0)), ycbcr.channel(1), ycbcr.channel(2));
  }

  private FloatImage upscaleLuma(FloatImage luma) {
    if (info.channels() == 1) {
      return throughNetwork(luma);
    }
    FloatImage gray = affine(luma, 255 / (WHITE - BLACK), -BLACK / (WHITE - BLACK));
    int plane = gray.samples().length;
    float[] rgb = new float[3 * plane];
    for (int c = 0; c < 3; c++) {
      System.arraycopy(gray.samples(), 0, rgb, c * plane, plane);
    }
    return Luma.of(throughNetwork(FloatImage.wrap(3, gray.height(), gray.width(), rgb)));
  }

  private BufferedImage write(Rows rows, @Nullable FloatImage alpha, BufferedImage like) {
    BufferedImage result =
        AwtImages.blank(rows.channels(), rows.width(), rows.height(), alpha != null, like);
    bands.run(
        rows.width(),
        rows.height(),
        (top, bottom) ->
            AwtImages.writeRows(
                rows.read(top, bottom),
                alpha == null ? null : Rows.of(alpha).read(top, bottom),
                result,
                top));
    return result;
  }

  /** Enlarges an image of the network's channels. */
  private FloatImage throughNetwork(FloatImage image) {
    return tiledNetwork.upscale(info.isPreupscaled() ? bicubic(image) : image);
  }

  private FloatImage bicubic(FloatImage image) {
    int width = image.width() * info.scale();
    int height = image.height() * info.scale();
    float[] samples = new float[image.channels() * height * width];
    for (int c = 0; c < image.channels(); c++) {
      int offset = c * height * width;
      FloatImage channel = image.channels() == 1 ? image : image.channel(c);
      bands.run(
          width,
          height,
          (top, bottom) ->
              Resampling.bicubicRows(
                  channel, width, height, top, bottom, samples, offset + top * width));
    }
    return FloatImage.wrap(image.channels(), height, width, samples);
  }

  private static FloatImage affine(FloatImage image, float factor, float constant) {
    float[] samples = new float[image.samples().length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = image.samples()[i] * factor + constant;
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), samples);
  }

  /** The options of an {@link Upscaler}. Each can be set once. Not thread-safe. */
  public static final class Builder {

    private static final int LEAST_TILE_SIZE = 16;
    private static final int DEFAULT_SCALE = 2;

    private @Nullable Model model;
    private @Nullable Integer scale;
    private @Nullable Device device;
    private @Nullable Device fallback;
    private @Nullable Integer threads;
    private @Nullable Integer tileSize;

    private Builder() {}

    /**
     * Sets the model. By default it is the first embedded one of the scale.
     *
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    public Builder model(Model model) {
      checkUnset("model", this.model);
      this.model = requireNonNull(model, "model");
      return this;
    }

    /**
     * Sets the model to the one in a file.
     *
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    public Builder model(Path file) {
      return model(Model.file(file));
    }

    /**
     * Sets the model to an embedded one.
     *
     * @param name the name of the model, such as {@code "compact-x2"}; docs/models.md lists them
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    public Builder model(String name) {
      return model(Model.embedded(name));
    }

    /**
     * Sets by how much images become wider and higher: 2 by default, or what the model does if one
     * is set. Without a model, the first embedded one of that scale is used; with one, the two must
     * agree.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code scale} is less than 1
     * @throws IllegalStateException if the scale was already set
     */
    public Builder scale(int scale) {
      checkUnset("scale", this.scale);
      checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
      this.scale = scale;
      return this;
    }

    /**
     * Sets where the network runs: by default on {@link Device#auto}.
     *
     * @return this builder
     * @throws IllegalStateException if the device was already set
     */
    public Builder device(Device device) {
      checkUnset("device", this.device);
      this.device = requireNonNull(device, "device");
      return this;
    }

    /**
     * Sets where the network runs if the device is unavailable; this is then logged as a warning,
     * once, with the reason. By default opening fails. {@link Device#auto} never needs it.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code fallback} is {@link Device#auto}
     * @throws IllegalStateException if the fallback was already set
     */
    public Builder fallback(Device fallback) {
      checkUnset("fallback", this.fallback);
      checkArgument(
          fallback.kind() != Device.Kind.AUTO, "fallback must be cpu or cuda:N, but was auto");
      this.fallback = fallback;
      return this;
    }

    /**
     * Sets the number of threads that one call uses on the CPU: by default, as many as there are
     * processors.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code threads} is not within 1 to 1024
     * @throws IllegalStateException if the number of threads was already set
     */
    public Builder threads(int threads) {
      checkUnset("threads", this.threads);
      checkArgument(
          threads >= 1 && threads <= 1024, "threads must be within 1 to 1024, but was %s", threads);
      this.threads = threads;
      return this;
    }

    /**
     * Cuts images into tiles of about that size. The result equals that of the whole image up to
     * rounding, so this is about memory only. By default, images are processed whole as long as the
     * network's input has at most 2^20 pixels, and larger ones in tiles of 512 pixels of it.
     *
     * @param tileSize the greatest side of a tile in low-resolution pixels, halo not included
     * @return this builder
     * @throws IllegalArgumentException if {@code tileSize} is less than 16
     * @throws IllegalStateException if the tile size was already set
     */
    public Builder tileSize(int tileSize) {
      checkUnset("tileSize", this.tileSize);
      checkTileSize(tileSize);
      this.tileSize = tileSize;
      return this;
    }

    /**
     * Opens the model.
     *
     * @return an upscaler, to be closed by the caller
     * @throws IllegalArgumentException if there is no embedded model of that name or scale, the
     *     model has another scale, or a tile size is set and the model declares no halo
     * @throws ModelFormatException if the file is missing, damaged or not a model that can be run
     * @throws BackendNotFoundException if no backend on the class path opens the model
     * @throws DeviceUnavailableException if the device cannot be used, nor the fallback
     */
    public Upscaler build() {
      return build(new ModelOpener(UpscalerProvider.all()));
    }

    Upscaler build(ModelOpener opener) {
      int threads =
          this.threads == null ? Runtime.getRuntime().availableProcessors() : this.threads;
      ModelOpener.Opened opened =
          opener.open(
              model != null ? model : opener.embedded(scale == null ? DEFAULT_SCALE : scale),
              device == null ? Device.auto() : device,
              Optional.ofNullable(fallback),
              threads);
      try {
        ModelInfo info = opened.network().info();
        checkArgument(
            scale == null || scale == info.scale(),
            "scale must be %s, which is that of %s, but was %s",
            info.scale(),
            info.name(),
            scale);
        return new Upscaler(
            opened.network(),
            opened.device(),
            tileSize == null ? OptionalInt.empty() : OptionalInt.of(tileSize),
            threads);
      } catch (RuntimeException e) {
        opened.network().close();
        throw e;
      }
    }

    private static void checkTileSize(int tileSize) {
      checkArgument(
          tileSize >= LEAST_TILE_SIZE,
          "tileSize must be at least %s pixels, but was %s",
          LEAST_TILE_SIZE,
          tileSize);
    }

    private static void checkUnset(String option, @Nullable Object value) {
      checkState(value == null, "%s was already set to %s", option, value);
    }
  }
}
