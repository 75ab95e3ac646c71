// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.files.PixelLimits;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.UpscalerProvider;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enlarges images with a network: the entry point of the library.
 *
 * <pre>{@code
 * try (Upscaler upscaler = Upscaler.create()) {
 *   upscaler.upscale(Path.of("photo.jpg"), Path.of("photo-x2.png")); // a file of any size
 *   BufferedImage image = AwtImages.read(Path.of("photo.jpg")); // upright, as its EXIF data say
 *   BufferedImage enlarged = upscaler.upscale(image);
 * }
 * }</pre>
 *
 * <p>Immutable and safe for use by any number of threads: an instance holds a loaded network, so
 * make one and share it. It holds native memory and is closed by whoever made it; one that is
 * forgotten is closed when it is garbage, with a warning.
 *
 * <p>Large images are cut into tiles, each read with as much of its surroundings as the network
 * looks at, so that the result equals that of the whole image up to rounding. A network that
 * declares no such limit sees the whole image, unless {@link Builder#approximateTiles} allows tiles
 * that are blended.
 *
 * <p>Every call can be cancelled, and then ends within the time of a tile: by interrupting its
 * thread, whose interrupt status stays set; by a {@link ProgressListener} that throws; and a call
 * on another thread by {@code cancel(true)} of its future. The upscaler stays usable.
 */
public final class Upscaler implements AutoCloseable {

  private static final Logger logger = LoggerFactory.getLogger(Upscaler.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final ModelInfo info;
  private final DeviceReport device;
  private final Pipeline pipeline;
  private final PixelLimits limits; // of an image file
  private final Native held;
  private final Cleaner.Cleanable cleanable;

  /** What has to be freed. Knows nothing of its upscaler, which could otherwise not be garbage. */
  private static final class Native implements Runnable {

    private final BlockUpscaler network;
    private final Bands bands;
    private final Async async;
    private final Set<Thread> telling = ConcurrentHashMap.newKeySet(); // a listener
    private int calls; // in progress; guarded by this
    private boolean isClosed; // guarded by this

    Native(BlockUpscaler network, int threads) {
      this.network = network;
      this.bands = new Bands(threads);
      this.async = new Async(threads);
    }

    synchronized void enter() {
      checkState(!isClosed, "the upscaler of %s is closed", network.info().name());
      calls++;
    }

    synchronized void leave() {
      calls--;
      notifyAll();
    }

    /** Returns options by which it is known which threads tell the listener. */
    UpscaleOptions watched(UpscaleOptions options) {
      return options
          .listener()
          .map(
              listener ->
                  options.listener(
                      new ProgressListener() {
                        @Override
                        public void progressed(Progress progress) {
                          tell(() -> listener.progressed(progress));
                        }

                        @Override
                        public void finished(BatchReport.Item item) {
                          tell(() -> listener.finished(item));
                        }

                        @Override
                        public void noted(String note) {
                          tell(() -> listener.noted(note));
                        }
                      }))
          .orElse(options);
    }

    private void tell(Runnable news) {
      boolean isOutermost = telling.add(Thread.currentThread()); // a listener may call the upscaler
      try {
        news.run();
      } finally {
        if (isOutermost) {
          telling.remove(Thread.currentThread());
        }
      }
    }

    /** Refuses further calls and waits for those in progress; returns false if that was done. */
    synchronized boolean refuseCalls() {
      if (isClosed) {
        return false;
      }
      checkState(
          !telling.contains(Thread.currentThread()),
          "the upscaler of %s must not be closed by its listener, whose call would wait for itself",
          network.info().name());
      isClosed = true;
      boolean isInterrupted = false;
      while (calls > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
      return true;
    }

    /** Frees everything; called once, by close or by the cleaner. */
    @Override
    public void run() {
      if (refuseCalls()) {
        logger.warn(
            "an Upscaler of {} was not closed; it held native memory until now",
            network.info().name());
      }
      async.close();
      bands.close();
      network.close();
    }
  }

  private Upscaler(
      BlockUpscaler network,
      DeviceReport device,
      Pipeline.Settings settings,
      PixelLimits limits,
      int threads) {
    this.info = network.info();
    this.device = device;
    this.limits = limits;
    this.held = new Native(network, threads);
    this.pipeline = new Pipeline(network, settings, held.bands);
    this.cleanable = CLEANER.register(this, held);
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
    return builder().over(network, network.device());
  }

  /**
   * As {@link #over(BlockUpscaler)}, with a tile size as in {@link Builder#tileSize}.
   *
   * @throws IllegalArgumentException if {@code tileSize} is less than 16, or the network has no
   *     finite halo; the network is not closed then
   */
  public static Upscaler over(BlockUpscaler network, int tileSize) {
    return builder().tileSize(tileSize).over(network, network.device());
  }

  /**
   * Enlarges an image to the size that this upscaler was built for: {@link #scale} times its width
   * and height, or what {@link Builder#factor} says.
   *
   * <p>The result is of the kind of {@code image}: its colour model, with the colour space, the
   * bits per sample and the alpha, or a plain one if it is indexed. A gray image stays gray, and an
   * image of three equal channels keeps them equal. Alpha is enlarged bicubically, and the colours
   * of fully transparent pixels are replaced by those of visible ones nearby, so that they do not
   * bleed into edges. Floating-point and signed samples may have any values: those beyond 0 to 1
   * are scaled to the image's own range for the network, and back; samples that are not finite stay
   * where they are, and no other depends on them. docs/images.md has all kinds.
   *
   * <p>On the CPU, as many calls work at a time as there are processors for their threads; the
   * others wait for their turn, which ends with a tile.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array
   * @throws IllegalArgumentException if the network takes blocks of one size only, looks at the
   *     whole image, and the image is larger
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  public BufferedImage upscale(BufferedImage image) {
    return upscale(image, UpscaleOptions.defaults());
  }

  /**
   * As {@link #upscale(BufferedImage)}, to the size that the options say and telling their
   * listener.
   *
   * @throws RuntimeException whatever the listener throws
   */
  public BufferedImage upscale(BufferedImage image, UpscaleOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    return whileOpen(() -> upscaleImage(image, held.watched(options)));
  }

  /**
   * Enlarges an image to the size that this upscaler was built for. The result is not clamped.
   *
   * <p>Three channels are red, green and blue in [0, 1]. One channel is luma as {@link Luma}
   * defines it, 16/255 for black and 235/255 for white, and so is the result; it is what a luma
   * network works on, so nothing is converted. An RGB network gets the gray image of that luma, and
   * the luma of what it makes of it is returned.
   *
   * @throws ImageFormatException if a sample is NaN or infinite, or the result would have more
   *     samples than fit in an array
   * @throws IllegalArgumentException if the network takes blocks of one size only, looks at the
   *     whole image, and the image is larger
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  public FloatImage upscale(FloatImage image) {
    requireNonNull(image, "image");
    return whileOpen(
        () -> {
          Pipeline.Size size =
              pipeline.resultSize(image.width(), image.height(), UpscaleOptions.defaults());
          Work work = new Work(pipeline.tiles(image.width(), image.height()), Optional.empty());
          return pipeline.upscale(image, size, work);
        });
  }

  /** As {@link #upscaleAsync(BufferedImage, UpscaleOptions)}, without options. */
  public CompletableFuture<BufferedImage> upscaleAsync(BufferedImage image) {
    return upscaleAsync(image, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image on another thread, a daemon; at most as many images are in work at a time as
   * {@link Builder#threads} says, and the others wait. The listener is told on that thread, and
   * must not wait there for another image, which may wait for the thread. Callbacks of the future,
   * as of {@code thenApply}, run on other threads and may wait for images.
   *
   * @param image must not be drawn on before the result is there
   * @return what {@link #upscale(BufferedImage, UpscaleOptions)} returns or throws. {@code
   *     cancel(true)} interrupts the call, {@code cancel(false)} lets it end unnoticed; one that
   *     has not begun is never run. A call that has not begun when this upscaler is closed ends
   *     with an {@link IllegalStateException}.
   * @throws IllegalStateException if this upscaler is closed
   */
  public CompletableFuture<BufferedImage> upscaleAsync(
      BufferedImage image, UpscaleOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    return whileOpen(() -> held.async.submit(() -> upscale(image, options)));
  }

  /**
   * Enlarges an image file to the size that this upscaler was built for. See {@link #upscale(Path,
   * Path, UpscaleOptions)}.
   */
  public void upscale(Path source, Path target) throws IOException {
    upscale(source, target, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image file of any format that {@link javax.imageio.ImageIO} has a reader for, into
   * one of the format that the target's extension says: bmp, jpg, jpeg, png, tif or tiff. The
   * pixels are those of {@link #upscale(BufferedImage, UpscaleOptions)}, but the image is read,
   * enlarged and written in bands of rows, so that what is in memory depends on its width and not
   * on its height, unless the network has no {@linkplain ModelInfo#halo halo}. A TIFF of more than
   * 4 GB becomes a BigTIFF.
   *
   * <p>The image is turned as its EXIF orientation says; the resolution is scaled such that the
   * image covers as much paper as before; an ICC profile is kept where the format has a place for
   * it. All pages of a TIFF are enlarged, with their bands beyond colour and alpha, their place on
   * earth and their value for no data, and all frames of an animation, which becomes an animated
   * PNG. A format that cannot hold the image as it is gets it with 8 bits per sample and without
   * alpha, over white; JPEG always does; but numbers beyond 0 to 1 and further bands are refused
   * for any format but TIFF. docs/images.md has the details.
   *
   * <p>The target appears under its name, replacing a file that was there, once it is complete; on
   * failure and cancellation nothing is left.
   *
   * @throws ImageFormatException if the source is no image, is damaged, has more pixels than {@link
   *     Builder#maxPixels} allows, or has pages, frames, numbers or bands and the target's format
   *     has none
   * @throws IllegalArgumentException if the target has another extension, or is the source
   * @throws IOException if a file cannot be read or written
   * @throws SuperResolutionException if the backend fails, the network's output is not finite, or
   *     there is too little memory, which the message says
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  public void upscale(Path source, Path target, UpscaleOptions options) throws IOException {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    whileOpen(
        () -> {
          files().run(source, target, held.watched(options));
          return target;
        });
  }

  /**
   * Enlarges image files as {@link #upscale(Path, Path, UpscaleOptions)} does, two at a time, so
   * that one is decoded or encoded while the network works on the other. A file that fails does not
   * end the batch; the report has it. That holds for whatever is thrown, errors included, but
   * {@link ThreadDeath}. What the listener throws ends the batch.
   *
   * @param sources the files, pulled as there is room for them; closed at the end
   * @param target gives the file to write for a source, a different one for each
   * @return what became of the files, in their order
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  public BatchReport upscaleAll(
      Stream<Path> sources, UnaryOperator<Path> target, UpscaleOptions options) {
    requireNonNull(sources, "sources");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    return whileOpen(() -> new Batch(files()::run, held.watched(options)).run(sources, target));
  }

  private FileUpscale files() {
    return new FileUpscale(pipeline, limits, FileUpscale.Limits.ofHeap());
  }

  /**
   * Runs the network on something small, so that the first image does not wait for what is set up
   * on first use.
   *
   * @throws SuperResolutionException if the backend fails
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  public void warmUp() {
    whileOpen(pipeline::warmUp);
  }

  /** Returns what the network is. */
  public ModelInfo info() {
    return info;
  }

  /**
   * Returns by how much images become wider and higher by default: {@code info().scale()} to the
   * power of {@link Builder#passes}. A {@link Builder#factor} is reached from there by resampling.
   */
  public int scale() {
    return pipeline.scale();
  }

  /** Returns the device in use, and why it is that one. */
  public DeviceReport device() {
    return device;
  }

  /**
   * Refuses further calls, waits for those in progress, and frees the network. A second call does
   * nothing.
   *
   * @throws IllegalStateException if a listener of this upscaler calls it, whose own call it would
   *     wait for
   */
  @Override
  public void close() {
    if (held.refuseCalls()) {
      cleanable.clean();
    }
  }

  private BufferedImage upscaleImage(BufferedImage image, UpscaleOptions options) {
    int width = image.getWidth();
    int height = image.getHeight();
    Pipeline.Size size = pipeline.resultSize(width, height, options);
    Work work = new Work(pipeline.tiles(width, height), options.listener());
    return pipeline.upscale(image, Optional.empty(), size, work);
  }

  private interface Call<T, E extends Exception> {
    T run() throws E;
  }

  private <T, E extends Exception> T whileOpen(Call<T, E> call) throws E {
    held.enter();
    try {
      return call.run();
    } finally {
      held.leave();
      Reference.reachabilityFence(this); // the cleaner must not free what the call is using
    }
  }

  /** The options of an {@link Upscaler}. Each can be set once. Not thread-safe. */
  public static final class Builder {

    private static final int MIN_TILE_SIZE = 16;
    private static final int DEFAULT_SCALE = 2;
    private static final long DEFAULT_MAX_PIXELS = 1 << 30;
    private static final long MIN_MAX_MEMORY = 1 << 20;

    private @Nullable Model model;
    private @Nullable Integer scale;
    private @Nullable Device device;
    private @Nullable Device fallback;
    private @Nullable Integer threads;
    private @Nullable Integer tileSize;
    private @Nullable Double factor;
    private @Nullable Integer passes;
    private @Nullable Integer overlap;
    private @Nullable Long maxPixels;
    private @Nullable Long maxPixelsPerByte;
    private @Nullable Long maxMemory;
    private @Nullable Duration maxOpeningTime;
    private boolean selfEnsemble;

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
     * rounding, so this is about memory only. By default, tiles have 512 pixels of the network's
     * input, 704 if images are enlarged before it, and up to 1024 if its halo is large, or what
     * {@link #maxMemory} allows; an image of up to 1.5 times as many pixels as a tile is not cut.
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
     * Sets by how much images become wider and higher, to which the network's result is resampled
     * bicubically; sides are rounded to whole pixels. Without a model, the first embedded one of
     * the smallest scale that is at least the factor is used, or of the largest scale if there is
     * none; with {@link #passes}, what counts is what all of them make.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code factor} is not within 0.01 to 256
     * @throws IllegalStateException if the factor was already set
     */
    public Builder factor(double factor) {
      checkUnset("factor", this.factor);
      UpscaleOptions.checkFactor(factor);
      this.factor = factor;
      return this;
    }

    /**
     * Averages the network's results for the eight flips and rotations of the image, which takes
     * eight times as long and is a little better.
     *
     * <p>R. Timofte, R. Rothe, L. Van Gool, <i>Seven Ways to Improve Example-Based Single Image
     * Super Resolution</i>, CVPR 2016, section 3.5 (enhanced prediction).
     *
     * @return this builder
     */
    public Builder selfEnsemble() {
      this.selfEnsemble = true;
      return this;
    }

    /**
     * Applies the network to its own result: with a network of scale 2, two passes enlarge to four
     * times the width and height. By default there is one pass.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code passes} is not within 1 to 4
     * @throws IllegalStateException if the passes were already set
     */
    public Builder passes(int passes) {
      checkUnset("passes", this.passes);
      checkArgument(passes >= 1 && passes <= 4, "passes must be within 1 to 4, but was %s", passes);
      this.passes = passes;
      return this;
    }

    /**
     * Allows tiles for a network without a {@linkplain ModelInfo#halo halo}, whose result they
     * cannot equal: neighbouring tiles share some pixels, over which one is blended into the other
     * linearly. A network with a halo is cut into exact tiles all the same, unless they do not fit
     * into {@link #maxMemory}.
     *
     * @param overlap how many low-resolution pixels neighbouring tiles share
     * @return this builder
     * @throws IllegalArgumentException if {@code overlap} is not within 1 to 1024
     * @throws IllegalStateException if the overlap was already set
     */
    public Builder approximateTiles(int overlap) {
      checkUnset("approximateTiles", this.overlap);
      checkArgument(
          overlap >= 1 && overlap <= 1024, "overlap must be within 1 to 1024, but was %s", overlap);
      this.overlap = overlap;
      return this;
    }

    /**
     * Sets the most pixels that an image file may have: 2^30 by default. Larger ones are refused by
     * {@link Upscaler#upscale(Path, Path)} and {@link Upscaler#upscaleAll} before they are decoded,
     * by what their header declares.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxPixels} is less than 1
     * @throws IllegalStateException if the most pixels were already set
     */
    public Builder maxPixels(long maxPixels) {
      checkUnset("maxPixels", this.maxPixels);
      checkArgument(maxPixels >= 1, "maxPixels must be at least 1, but was %s", maxPixels);
      this.maxPixels = maxPixels;
      return this;
    }

    /**
     * Sets the most pixels that an image file may declare for each of its bytes. By default that is
     * what the file's format can compress to at best, so that a file with more cannot be complete:
     * 512 for a JPEG; docs/images.md has all formats. Files with more are refused as those with
     * more than {@link #maxPixels} are.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxPixelsPerByte} is less than 1
     * @throws IllegalStateException if the most pixels for each byte were already set
     */
    public Builder maxPixelsPerByte(long maxPixelsPerByte) {
      checkUnset("maxPixelsPerByte", this.maxPixelsPerByte);
      checkArgument(
          maxPixelsPerByte >= 1,
          "maxPixelsPerByte must be at least 1, but was %s",
          maxPixelsPerByte);
      this.maxPixelsPerByte = maxPixelsPerByte;
      return this;
    }

    /**
     * Sets the most memory that the network's tensors may take for one tile, as estimated from its
     * graph ({@link ModelInfo#bytesPerPixel}); tiles are made smaller for it. By default it is half
     * of the memory of the machine or container, and at most 8 GiB. A network whose tiles do not
     * fit with their halo is refused when an image is to be cut, unless {@link #approximateTiles}
     * allows tiles without it.
     *
     * @param maxMemory in bytes; the model's weights and the image are not part of it
     * @return this builder
     * @throws IllegalArgumentException if {@code maxMemory} is less than 2^20
     * @throws IllegalStateException if the most memory was already set
     */
    public Builder maxMemory(long maxMemory) {
      checkUnset("maxMemory", this.maxMemory);
      checkArgument(
          maxMemory >= MIN_MAX_MEMORY,
          "maxMemory must be at least %s bytes, but was %s",
          MIN_MAX_MEMORY,
          maxMemory);
      this.maxMemory = maxMemory;
      return this;
    }

    /**
     * Sets the time that the opening of the model may take: two minutes by default. A model that
     * takes longer is refused. What native code has begun, as the optimisation of a graph, goes on
     * in the background until it is done, and its result is freed.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxOpeningTime} is not positive
     * @throws IllegalStateException if the time was already set
     */
    public Builder maxOpeningTime(Duration maxOpeningTime) {
      checkUnset("maxOpeningTime", this.maxOpeningTime);
      checkArgument(
          maxOpeningTime.compareTo(Duration.ZERO) > 0,
          "maxOpeningTime must be positive, but was %s seconds",
          BoundedOpening.seconds(maxOpeningTime));
      this.maxOpeningTime = maxOpeningTime;
      return this;
    }

    /**
     * Opens the model. An interrupt of the calling thread ends it.
     *
     * @return an upscaler, to be closed by the caller
     * @throws IllegalArgumentException if there is no embedded model of that name or scale, the
     *     model has another scale, or the other options do not suit the model: a tile size without
     *     a halo or too large for the memory, an overlap too large for its blocks, or a
     *     self-ensemble of blocks that cannot be turned
     * @throws IllegalStateException if both a scale and a factor are set
     * @throws ModelFormatException if the file is missing, damaged or not a model that can be run,
     *     or takes too long to be opened
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     * @throws BackendNotFoundException if no backend on the class path opens the model
     * @throws DeviceUnavailableException if the device cannot be used, nor the fallback
     */
    public Upscaler build() {
      return build(
          new ModelOpener(
              UpscalerProvider.all(),
              maxOpeningTime == null ? ModelOpener.DEFAULT_MAX_TIME : maxOpeningTime));
    }

    Upscaler build(ModelOpener opener) {
      checkState(scale == null || factor == null, "factor must not be set together with scale");
      ModelOpener.Opened opened =
          opener.open(
              model != null ? model : embedded(opener),
              device == null ? Device.auto() : device,
              Optional.ofNullable(fallback),
              threadsOrDefault());
      try {
        ModelInfo info = opened.network().info();
        checkArgument(
            scale == null || scale == info.scale(),
            "scale must be %s, which is that of %s, but was %s",
            info.scale(),
            info.name(),
            scale);
        return over(opened.network(), opened.device());
      } catch (RuntimeException e) {
        opened.network().close();
        throw e;
      }
    }

    /** Wraps a network that is open; on failure it is not closed. */
    Upscaler over(BlockUpscaler network, DeviceReport device) {
      Pipeline.Settings settings =
          new Pipeline.Settings(
              tileSize == null ? OptionalInt.empty() : OptionalInt.of(tileSize),
              overlap == null ? OptionalInt.empty() : OptionalInt.of(overlap),
              maxMemory == null ? OptionalLong.empty() : OptionalLong.of(maxMemory),
              selfEnsemble,
              passesOrDefault(),
              factor == null ? OptionalDouble.empty() : OptionalDouble.of(factor));
      return new Upscaler(
          network,
          device,
          settings,
          new PixelLimits(
              maxPixels == null ? DEFAULT_MAX_PIXELS : maxPixels,
              maxPixelsPerByte == null ? OptionalLong.empty() : OptionalLong.of(maxPixelsPerByte)),
          threadsOrDefault());
    }

    private Model embedded(ModelOpener opener) {
      if (factor == null) {
        return opener.embedded(scale == null ? DEFAULT_SCALE : scale);
      }
      return opener.embedded(factor, passesOrDefault());
    }

    private int threadsOrDefault() {
      return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private int passesOrDefault() {
      return passes == null ? 1 : passes;
    }

    private static void checkTileSize(int tileSize) {
      checkArgument(
          tileSize >= MIN_TILE_SIZE,
          "tileSize must be at least %s pixels, but was %s",
          MIN_TILE_SIZE,
          tileSize);
    }

    private static void checkUnset(String option, @Nullable Object value) {
      checkState(value == null, "%s was already set to %s", option, value);
    }
  }
}
