// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A loaded network that enlarges images: the entry point of the library.
 *
 * <pre>{@code
 * try (Upscaler upscaler = Upscaler.create()) {
 *   upscaler.upscale(Path.of("photo.jpg"), Path.of("photo-x2.png")); // a file of any size
 *   BufferedImage image = ImageFiles.read(Path.of("photo.jpg")); // upright, as its EXIF data say
 *   BufferedImage enlarged = upscaler.upscale(image);
 * }
 * }</pre>
 *
 * <p>Immutable and safe for use by any number of threads: make one instance and share it; a {@link
 * Service} holds instances of several scales and models. It holds native memory, and its maker
 * closes it; the garbage collector closes a forgotten one, with a warning in the log.
 *
 * <p>Large images are cut into tiles. Each tile is read with its halo, the surroundings that the
 * network looks at, so that the result equals that of the whole image up to rounding. A network
 * without a finite halo gets the whole image, unless {@link Builder#approximateTiles} allows
 * blended tiles.
 *
 * <p>Every call can be cancelled: by interrupting its thread, whose interrupt status stays set; by
 * a {@link ProgressListener} that throws; by {@link UpscaleOptions#timeout}; and an asynchronous
 * call by {@code cancel(true)} of its future or of one that is derived from it. The call then ends
 * within the time of a tile, and the upscaler stays usable.
 */
public interface Upscaler extends AutoCloseable {

  /**
   * Opens the embedded model of scale 2 on the best device of the machine.
   *
   * @throws BackendNotFoundException if no backend is on the class path
   * @throws IllegalArgumentException if no backend has an embedded model of scale 2
   */
  static Upscaler create() {
    return builder().build();
  }

  /**
   * Returns a builder. Everything has a default.
   *
   * @throws BackendNotFoundException if the implementation of this interface, which is in the same
   *     jar, was lost where jars were merged
   */
  static Builder builder() {
    return ServiceLoader.load(Builder.class, Upscaler.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new BackendNotFoundException(
                    "no implementation of Upscaler is on the class path, though it is in the jar of"
                        + " sr-api; where jars are merged into one, merge their files of"
                        + " META-INF/services as well",
                    null));
  }

  /**
   * Returns the catalogue: the cards of the models on the class path, embedded ones first.
   *
   * @throws IllegalStateException if two models have the same name
   */
  static List<Model.Card> models() {
    return builder().models();
  }

  /**
   * Wraps a network that is already loaded, such as the snapshot of one in training, and takes it
   * over: closing the upscaler closes the network. Other options are those of a new {@link
   * Builder}.
   */
  static Upscaler of(BlockUpscaler network) {
    return builder().build(network);
  }

  /**
   * Wraps a network as {@link #of(BlockUpscaler)} does, with a {@linkplain Builder#tileSize tile
   * size}.
   *
   * @throws IllegalArgumentException if {@code tileSize} is less than 16, or the network has no
   *     finite halo; the network is not closed then
   */
  static Upscaler of(BlockUpscaler network, int tileSize) {
    return builder().tileSize(tileSize).build(network);
  }

  /**
   * Enlarges an image to the size that this upscaler was built for: its width and height multiplied
   * by {@link #scale}, or by {@link Builder#factor} if that was set.
   *
   * <p>The result is of the kind of {@code image}: its colour model, with the colour space, the
   * bits per sample and the alpha, or a plain one if it is indexed. A gray image stays gray, and an
   * image of three equal channels keeps them equal. Alpha is enlarged bicubically, and the colours
   * of fully transparent pixels are replaced by those of visible ones nearby, so that they do not
   * bleed into edges. Floating-point and signed samples may have any values: those beyond 0 to 1
   * are scaled to the image's own range for the network, and back; samples that are not finite stay
   * where they are, and no other depends on them. docs/images.md has all kinds.
   *
   * <p>On the CPU, the calls of all upscalers share the processors: a call that needs more threads
   * than are free waits for its turn, and turns change after each tile.
   *
   * @throws ImageFormatException if the result would have more samples than fit in an array, or
   *     more pixels than {@link Builder#maxResultPixels} allows
   * @throws IllegalArgumentException if the network takes blocks of one size only, looks at the
   *     whole image, and the image is larger
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  default BufferedImage upscale(BufferedImage image) {
    return upscale(image, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image as {@link #upscale(BufferedImage)} does, to the size of the options, and
   * tells their listener of the progress.
   *
   * @throws RuntimeException whatever the listener throws
   */
  BufferedImage upscale(BufferedImage image, UpscaleOptions options);

  /**
   * Enlarges an image to the size that this upscaler was built for. The result is not clamped.
   *
   * <p>Three channels are red, green and blue in [0, 1]. One channel is luma as {@link
   * io.github.sr4j.imaging.Luma} defines it, 16/255 for black and 235/255 for white, and so is the
   * result; it is what a luma network works on, so nothing is converted. An RGB network gets the
   * gray image of that luma, and the luma of what it makes of it is returned.
   *
   * @throws ImageFormatException if a sample is NaN or infinite, or the result would have more
   *     samples than fit in an array, or more pixels than {@link Builder#maxResultPixels} allows
   * @throws IllegalArgumentException if the network takes blocks of one size only, looks at the
   *     whole image, and the image is larger
   * @throws SuperResolutionException if the backend fails, or the network's output is not finite
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  FloatImage upscale(FloatImage image);

  /**
   * Enlarges an image as {@link #upscaleAsync(BufferedImage, UpscaleOptions)} does, with default
   * options.
   */
  default CompletableFuture<BufferedImage> upscaleAsync(BufferedImage image) {
    return upscaleAsync(image, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image on a daemon thread. At most {@link Builder#threads} images are in work at a
   * time; the others wait, as many as {@link Builder#maxWaiting} and {@link
   * Builder#maxWaitingPixels} allow. The listener is called on that thread and must not wait for
   * another image, which could need the same thread. Callbacks of the future, such as those of
   * {@code thenApply}, run on other threads and may wait for images, or on the {@link
   * Builder#callbackExecutor}.
   *
   * <p>The call is interrupted by {@code cancel(true)} of the future, and when the future is
   * completed by anyone else, as by {@code orTimeout}; {@code cancel(false)} lets it end unnoticed.
   * Futures that are derived from this one, as by {@code thenApply}, do the same, whether others
   * are derived from it or not. A call that has not begun is then never run.
   *
   * @param image must not be drawn on before the result is there
   * @return what {@link #upscale(BufferedImage, UpscaleOptions)} returns or throws. The timeout of
   *     the options includes the time for which the call waits. A call that has not begun when this
   *     upscaler is closed ends with an {@link IllegalStateException}.
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  CompletableFuture<BufferedImage> upscaleAsync(BufferedImage image, UpscaleOptions options);

  /**
   * Enlarges an image as {@link #upscale(FloatImage)} does, on another thread as {@link
   * #upscaleAsync(BufferedImage, UpscaleOptions)} does.
   *
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  CompletableFuture<FloatImage> upscaleAsync(FloatImage image);

  /**
   * Enlarges a file as {@link #upscale(Path, Path, UpscaleOptions)} does, on another thread as
   * {@link #upscaleAsync(BufferedImage, UpscaleOptions)} does.
   *
   * @return the target, once it is written
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  CompletableFuture<Path> upscaleAsync(Path source, Path target, UpscaleOptions options);

  /**
   * Enlarges a stream as {@link #upscale(InputStream, OutputStream, Output, UpscaleOptions)} does,
   * on another thread as {@link #upscaleAsync(BufferedImage, UpscaleOptions)} does. The source is
   * read when the call begins.
   *
   * @return the target, once it is written
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  CompletableFuture<OutputStream> upscaleAsync(
      InputStream source, OutputStream target, Output output, UpscaleOptions options);

  /**
   * Enlarges the bytes of a file as {@link #upscale(byte[], Output, UpscaleOptions)} does, on
   * another thread as {@link #upscaleAsync(BufferedImage, UpscaleOptions)} does.
   *
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  CompletableFuture<byte[]> upscaleAsync(byte[] source, Output output, UpscaleOptions options);

  /**
   * Enlarges the remaining bytes of a buffer as {@link #upscale(ByteBuffer, Output,
   * UpscaleOptions)} does, on another thread as {@link #upscaleAsync(BufferedImage,
   * UpscaleOptions)} does. The buffer is copied before this method returns, and may be released
   * then.
   *
   * @throws RejectedExecutionException if too many images wait
   * @throws IllegalStateException if this upscaler is closed
   */
  default CompletableFuture<ByteBuffer> upscaleAsync(
      ByteBuffer source, Output output, UpscaleOptions options) {
    byte[] bytes = new byte[source.remaining()];
    source.duplicate().get(bytes);
    return upscaleAsync(bytes, output, options).thenApply(ByteBuffer::wrap);
  }

  /**
   * Enlarges an image file to the size that this upscaler was built for. See {@link #upscale(Path,
   * Path, UpscaleOptions)}.
   */
  default void upscale(Path source, Path target) throws IOException {
    upscale(source, target, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image file of any format that {@link javax.imageio.ImageIO} has a reader for, into
   * one of the format that the target's extension says: bmp, jpg, jpeg, png, tif or tiff. The
   * pixels are those of {@link #upscale(BufferedImage, UpscaleOptions)}, but the image is read,
   * enlarged and written in bands of rows, so that the memory depends on its width and not on its
   * height, unless the network has no {@linkplain ModelInfo#halo halo}. A TIFF of more than 4 GB
   * becomes a BigTIFF.
   *
   * <p>The image is turned as its EXIF orientation says. The resolution is scaled such that the
   * printed size stays the same. An ICC profile is kept where the format has a place for it. All
   * pages of a TIFF are enlarged, with their bands beyond colour and alpha, their place on earth
   * and their value for no data, and all frames of an animation, which becomes an animated PNG. If
   * the target's format cannot hold the image's kind, as JPEG never can, the image is written with
   * 8 bits per sample, over white, without alpha. Only TIFF takes numbers beyond 0 to 1 and further
   * bands; other formats are refused for them. docs/images.md has the details.
   *
   * <p>The target appears under its name once it is complete, and replaces a file of that name; on
   * failure and cancellation nothing is left behind.
   *
   * @throws ImageFormatException if the source is no image, is damaged, has more pixels than {@link
   *     Builder#maxPixels} allows or would have than {@link Builder#maxResultPixels}, or has pages,
   *     frames, numbers or bands and the target's format has none
   * @throws IllegalArgumentException if the target has another extension, or one of another format
   *     than {@link UpscaleOptions#output}, or is the source
   * @throws IOException if a file cannot be read or written
   * @throws SuperResolutionException if the backend fails, the network's output is not finite, or
   *     there is too little memory, which the message says
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  void upscale(Path source, Path target, UpscaleOptions options) throws IOException;

  /**
   * Enlarges an image from one stream to another with default options. See {@link
   * #upscale(InputStream, OutputStream, Output, UpscaleOptions)}.
   */
  default void upscale(InputStream source, OutputStream target, Output output) throws IOException {
    upscale(source, target, output, UpscaleOptions.defaults());
  }

  /**
   * Enlarges an image from one stream to another. The result has the bytes that {@link
   * #upscale(Path, Path, UpscaleOptions)} writes to a file, with all that this keeps of an image:
   * its orientation, profile, metadata, pages and frames. The format of the source is found from
   * its bytes.
   *
   * <p>The source is read to its end into a temporary file, since an image is read more than once;
   * who calls limits how much a stream gives. The result is made in a second one and copied to the
   * target when it is complete. Both files are deleted in every case, and only their owner may read
   * them. On failure and cancellation nothing is written, unless the target itself fails, which may
   * then hold a part. Neither stream is closed; the target is flushed. An interrupt ends the call
   * between two reads; a read that waits ends when the stream lets it.
   *
   * @param output the format of the result and its settings
   * @throws ImageFormatException as for a file; the message calls the source "the stream"
   * @throws IOException if a stream cannot be read or written, or there is no room for the
   *     temporary files, in the folder of the system property {@code java.io.tmpdir}
   * @throws SuperResolutionException as for a file
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  void upscale(InputStream source, OutputStream target, Output output, UpscaleOptions options)
      throws IOException;

  /**
   * Enlarges an image in memory with default options. See {@link #upscale(byte[], Output,
   * UpscaleOptions)}.
   */
  default byte[] upscale(byte[] source, Output output) throws IOException {
    return upscale(source, output, UpscaleOptions.defaults());
  }

  /**
   * Enlarges the bytes of an image file to those of another, as {@link #upscale(Path, Path,
   * UpscaleOptions)} does with files. No file is written.
   *
   * @param source must not change meanwhile
   * @param output the format of the result and its settings
   * @throws ImageFormatException as for a file; the message calls the source "the bytes"
   * @throws IOException if the result has more bytes than an array holds
   * @throws SuperResolutionException as for a file
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  byte[] upscale(byte[] source, Output output, UpscaleOptions options) throws IOException;

  /**
   * Enlarges the remaining bytes of a buffer, in the heap or not, as {@link #upscale(byte[],
   * Output, UpscaleOptions)} does with an array. The buffer is copied, and its position stays.
   *
   * @return a buffer in the heap, whose remaining bytes are the result
   */
  default ByteBuffer upscale(ByteBuffer source, Output output, UpscaleOptions options)
      throws IOException {
    byte[] bytes = new byte[source.remaining()];
    source.duplicate().get(bytes);
    return ByteBuffer.wrap(upscale(bytes, output, options));
  }

  /**
   * Enlarges image files as {@link #upscale(Path, Path, UpscaleOptions)} does, two at a time, so
   * that one is decoded or encoded while the network works on the other. A file that fails, with an
   * exception or an error, does not end the batch; the report names it. {@link ThreadDeath} and
   * exceptions of the listener end the batch.
   *
   * @param sources the files, read lazily; the stream is closed at the end
   * @param target gives the file to write for a source, a different one for each
   * @return the outcome for each file, in their order
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  BatchReport upscaleAll(Stream<Path> sources, UnaryOperator<Path> target, UpscaleOptions options);

  /**
   * Runs the network on a small block, so that the first image does not wait for the set-up of the
   * first use.
   *
   * @throws SuperResolutionException if the backend fails
   * @throws CancellationException if the calling thread is interrupted
   * @throws IllegalStateException if this upscaler is closed
   */
  void warmUp();

  /** Returns the counts of this upscaler's calls, for the gauges and counters of a host. */
  Statistics statistics();

  /** Returns the properties of the model. */
  ModelInfo info();

  /**
   * Returns the scale of all passes together: {@code info().scale()} to the power of {@link
   * Builder#passes}. For a {@link Builder#factor} the result of this scale is resampled.
   */
  int scale();

  /** Returns the device in use, and why it is that one. */
  Device.Report device();

  /**
   * Refuses new calls, waits for those in progress, and frees the network. A second call does
   * nothing.
   *
   * @throws IllegalStateException if a listener of this upscaler calls it: it would wait for the
   *     listener's own call
   */
  @Override
  void close();

  /** The options of an {@link Upscaler}. Each can be set once. Not thread-safe. */
  interface Builder {

    /**
     * Sets the model. By default it is the first embedded one of the scale.
     *
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    Builder model(Model model);

    /**
     * Sets the model to the one in a file.
     *
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    default Builder model(Path file) {
      return model(Model.file(file));
    }

    /**
     * Sets the model to one of the {@linkplain Upscaler#models catalogue}.
     *
     * @param name the name of the model, such as {@code "fast-x2"}
     * @return this builder
     * @throws IllegalStateException if the model was already set
     */
    default Builder model(String name) {
      return model(Model.embedded(name));
    }

    /**
     * Sets the scale: by default that of the model, or 2 if none is set. Without a model, the first
     * embedded one of that scale is used; with a model, the two scales must agree. Of weights that
     * serve several scales, it chooses one.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code scale} is less than 1
     * @throws IllegalStateException if the scale was already set
     */
    Builder scale(int scale);

    /**
     * Chooses the model of the {@link #scale} or {@link #factor} from the {@linkplain #models
     * catalogue}: of those for the {@link #purpose}, the one with the fewest multiply-accumulates
     * or the one with the highest PSNR on Set5, or else the only one. {@link Upscaler#info} names
     * it. By default the first embedded model of the scale is used.
     *
     * @return this builder
     * @throws IllegalStateException if the quality was already set
     */
    Builder quality(Model.Quality quality);

    /**
     * Sets the images that the model is chosen for, {@link Model.Purpose#PHOTO} if only a {@link
     * #quality} is set. Another purpose has no stand-in: without a model for it, {@link #build}
     * refuses it and lists those that there are.
     *
     * @return this builder
     * @throws IllegalStateException if the purpose was already set
     */
    Builder purpose(Model.Purpose purpose);

    /**
     * Sets the numbers in which the network computes: by default, those of the model that is set or
     * chosen, which are floating-point ones for every embedded model. With {@link
     * Model.Precision#INT8}, the {@linkplain Model.Card#int8 int8 form} of a model of the catalogue
     * is opened: faster on the CPU, for a little quality. A file is never replaced by another one:
     * {@link #build} refuses it if it has the other precision. {@link ModelInfo#precision} tells
     * the one in use.
     *
     * @return this builder
     * @throws IllegalStateException if the precision was already set
     */
    Builder precision(Model.Precision precision);

    /**
     * Returns the cards of the models that this builder can open by name, embedded ones first.
     *
     * @throws IllegalStateException if two models have the same name
     */
    List<Model.Card> models();

    /**
     * Sets the backend that opens the model, in place of those that are found: for hosts of
     * plug-ins, whose class loaders may not see the one that is meant.
     *
     * @param backend an {@code UpscalerProvider}, such as {@code new OnnxUpscalerProvider()}
     * @return this builder
     * @throws IllegalArgumentException if {@code backend} is no {@code UpscalerProvider}
     * @throws IllegalStateException if the backend was already set
     */
    Builder backend(Backend backend);

    /**
     * Sets the device on which the network runs: {@link Device#auto} by default.
     *
     * @return this builder
     * @throws IllegalStateException if the device was already set
     */
    Builder device(Device device);

    /**
     * Sets the device on which the network runs if the first is unavailable; a warning with the
     * reason is then logged once. By default opening fails. {@link Device#auto} needs no fallback.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code fallback} is {@link Device#auto} or {@link
     *     Device#gpu}
     * @throws IllegalStateException if the fallback was already set
     */
    Builder fallback(Device fallback);

    /**
     * Sets the number of threads that one call uses on the CPU: by default, as many as there are
     * processors.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code threads} is not within 1 to 1024
     * @throws IllegalStateException if the number of threads was already set
     */
    Builder threads(int threads);

    /**
     * Cuts images into tiles of about that size. The result equals that of the whole image up to
     * rounding, so this is about memory only. By default, tiles have 512 pixels of the network's
     * input, 704 if images are enlarged before it, and up to 1024 if its halo is large, or what
     * {@link #maxMemory} allows; an image of up to 1.5 times as many pixels as a tile is not cut.
     *
     * @param tileSize the maximum side of a tile in low-resolution pixels, halo not included
     * @return this builder
     * @throws IllegalArgumentException if {@code tileSize} is less than 16
     * @throws IllegalStateException if the tile size was already set
     */
    Builder tileSize(int tileSize);

    /**
     * Sets the upscaling factor, any number: the network's result is resampled bicubically to it,
     * and sides are rounded to whole pixels. Without a model, the embedded one of the smallest
     * scale that is at least the factor is used, or of the largest scale if there is none; with
     * {@link #passes}, the scale of all passes counts.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code factor} is not within 0.01 to 256
     * @throws IllegalStateException if the factor was already set
     */
    Builder factor(double factor);

    /**
     * Averages the network's results for the eight flips and rotations of the image. This takes
     * eight times as long and improves PSNR a little.
     *
     * <p>R. Timofte, R. Rothe, L. Van Gool, <i>Seven Ways to Improve Example-Based Single Image
     * Super Resolution</i>, CVPR 2016, section 3.5 (enhanced prediction).
     *
     * @return this builder
     */
    Builder selfEnsemble();

    /**
     * Applies the network to its own result: with a network of scale 2, two passes enlarge to four
     * times the width and height. By default there is one pass.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code passes} is not within 1 to 4
     * @throws IllegalStateException if the passes were already set
     */
    Builder passes(int passes);

    /**
     * Sets what the network sees beyond the edges of an image: its own padding by default, which is
     * what it was trained with. Networks that pad with zeros can darken the edges or ring along
     * them; the image is then better extended by the network's {@linkplain ModelInfo#halo halo},
     * and the result cropped. Every edge costs the network as many rows as the halo has.
     *
     * @return this builder
     * @throws IllegalStateException if the edges were already set
     */
    Builder edges(ModelInfo.Edges edges);

    /**
     * Allows approximate tiles for a network without a {@linkplain ModelInfo#halo halo}:
     * neighbouring tiles overlap and are blended linearly, and the result differs from that of the
     * whole image. With a network that has a halo, tiles stay exact, unless exact tiles do not fit
     * into {@link #maxMemory}.
     *
     * @param overlap how many low-resolution pixels neighbouring tiles share
     * @return this builder
     * @throws IllegalArgumentException if {@code overlap} is not within 1 to 1024
     * @throws IllegalStateException if the overlap was already set
     */
    Builder approximateTiles(int overlap);

    /**
     * Sets the maximum number of pixels of an image file: 2^30 by default. Larger ones are refused
     * before they are decoded, by the size in their header, and so are those of streams and arrays
     * of bytes.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxPixels} is less than 1
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxPixels(long maxPixels);

    /**
     * Sets the maximum number of pixels of a result, or of each page or frame of one. By default
     * there is none. An image whose result would have more is refused before it is enlarged,
     * whether it comes from a file, a stream or memory.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxResultPixels} is less than 1
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxResultPixels(long maxResultPixels);

    /**
     * Sets the maximum number of pixels that an image file may declare for each of its bytes. The
     * default is the best compression that the file's format can reach, 512 for a JPEG, so that a
     * file with more cannot be complete; docs/images.md has all formats. Files with more are
     * refused before they are decoded, as for {@link #maxPixels}.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxPixelsPerByte} is less than 1
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxPixelsPerByte(long maxPixelsPerByte);

    /**
     * Sets the maximum memory of the network's tensors for one tile, as estimated from its graph
     * ({@link ModelInfo#bytesPerPixel}); tiles are made smaller to fit. The default is half of the
     * memory of the machine or container, and at most 8 GiB. A network whose smallest tile does not
     * fit with its halo refuses images that have to be cut, unless {@link #approximateTiles} allows
     * tiles without the halo.
     *
     * @param maxMemory in bytes; the model's weights and the image are not part of it
     * @return this builder
     * @throws IllegalArgumentException if {@code maxMemory} is less than 2^20
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxMemory(long maxMemory);

    /**
     * Sets the maximum time of opening the model: two minutes by default. A model that takes longer
     * is refused. Native code that has begun, such as the optimisation of a graph, runs on in the
     * background until it is done, and its result is freed.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxOpeningTime} is not positive
     * @throws IllegalStateException if the time was already set
     */
    Builder maxOpeningTime(Duration maxOpeningTime);

    /**
     * Sets the maximum number of calls of {@code upscaleAsync} that wait, beside those in work; any
     * number by default. A further one is refused with a {@link RejectedExecutionException}.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWaiting} is negative
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxWaiting(int maxWaiting);

    /**
     * Sets the maximum number of pixels of the images whose calls of {@code upscaleAsync} wait; any
     * number by default. Images in memory count; files, streams and bytes are not decoded before
     * their call begins. A further image is refused with a {@link RejectedExecutionException}.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWaitingPixels} is negative
     * @throws IllegalStateException if the maximum was already set
     */
    Builder maxWaitingPixels(long maxWaitingPixels);

    /**
     * Sets the executor that completes the futures of {@code upscaleAsync}, and so runs their
     * callbacks: by default, daemon threads of this upscaler. If it rejects a completion, such a
     * thread does it.
     *
     * @return this builder
     * @throws IllegalStateException if the executor was already set
     */
    Builder callbackExecutor(Executor callbackExecutor);

    /**
     * Opens the model. An interrupt of the calling thread ends it.
     *
     * @return an upscaler, to be closed by the caller
     * @throws IllegalArgumentException if there is no model of that name, scale or purpose, the
     *     model has another scale or precision, or the other options do not suit the model: a tile
     *     size without a halo or too large for the memory, an overlap too large for its blocks,
     *     edges other than the network's without a halo, or a self-ensemble of blocks that cannot
     *     be turned
     * @throws IllegalStateException if both a scale and a factor are set, or a model and a quality
     *     or purpose
     * @throws ModelFormatException if the file is missing, damaged or not a model that can be run,
     *     or takes too long to be opened
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     * @throws BackendNotFoundException if no backend on the class path opens the model
     * @throws DeviceUnavailableException if the device cannot be used, nor the fallback
     */
    Upscaler build();

    /**
     * Wraps a network that is already loaded, and takes it over: closing the upscaler closes the
     * network. On failure it is not closed.
     *
     * @return an upscaler, to be closed by the caller
     * @throws IllegalArgumentException if the options do not suit the network, as for {@link
     *     #build()}
     * @throws IllegalStateException if a model, scale, precision, device, fallback or opening time
     *     is set: they are for opening a model
     */
    Upscaler build(BlockUpscaler network);

    /**
     * Returns a service whose upscalers have the options of this builder. No model is opened yet.
     *
     * @return a service, to be closed by the caller
     * @throws IllegalStateException if a model, scale or factor is set: callers ask the service for
     *     these
     */
    Service buildService();
  }

  /**
   * The upscalers of a program, for several scales and models: what a server makes once, injects
   * and shares. Each model is opened when it is first asked for, by one thread while others that
   * ask for it wait. If that fails, each of these gets the failure, and the next one to ask tries
   * again.
   *
   * <pre>{@code
   * Upscaler.Service upscalers = Upscaler.builder().maxWaiting(64).buildService();
   * byte[] enlarged = upscalers.forScale(4).upscale(upload, Output.png());
   * }</pre>
   *
   * <p>{@link Builder#threads}, {@link Builder#maxWaiting} and {@link Builder#maxWaitingPixels}
   * hold for all upscalers of a service together: they have one queue. Safe for use by any number
   * of threads.
   */
  interface Service extends AutoCloseable {

    /**
     * Returns the upscaler with the first embedded model of a scale, or with the one that the
     * builder's quality and purpose choose.
     *
     * @return an upscaler that lives as long as this service; closing it has no effect
     * @throws IllegalArgumentException if there is no embedded model of that scale
     * @throws IllegalStateException if this service is closed
     * @throws RuntimeException whatever {@link Builder#build()} throws if it cannot be opened
     */
    Upscaler forScale(int scale);

    /**
     * Returns the upscaler of a model. The upscalers of {@linkplain Model#equals equal} models are
     * the same: a file that has been replaced since it was opened is not opened again.
     *
     * @return an upscaler that lives as long as this service; closing it has no effect
     * @throws IllegalStateException if this service is closed
     * @throws RuntimeException whatever {@link Builder#build()} throws if it cannot be opened
     */
    Upscaler forModel(Model model);

    /** Returns the counts of the calls of all upscalers of this service. */
    Statistics statistics();

    /**
     * Refuses new calls, waits for those in progress, and closes all upscalers. A second call does
     * nothing.
     *
     * @throws IllegalStateException if a listener of one of the upscalers calls it: it would wait
     *     for the listener's own call
     */
    @Override
    void close();
  }

  /**
   * The counts of an upscaler's calls at a time, each file of a batch being one. The counts of an
   * upscaler of a {@link Service} are those of the service. Immutable.
   *
   * @param running calls in work, or waiting for their turn on the processors
   * @param waiting calls of {@code upscaleAsync} that have not begun
   * @param waitingPixels the pixels of the images in memory of these
   * @param completed calls that gave a result
   * @param failed calls that failed
   * @param cancelled calls that were cancelled, or took longer than their timeout
   * @param refused calls that {@link Builder#maxWaiting} or {@link Builder#maxWaitingPixels}
   *     refused
   */
  record Statistics(
      int running,
      int waiting,
      long waitingPixels,
      long completed,
      long failed,
      long cancelled,
      long refused) {}

  /**
   * The outcome of {@link #upscaleAll}.
   *
   * @param items the outcome for each file, in the order of the files
   */
  record BatchReport(List<Item> items) {

    /**
     * The outcome for one file.
     *
     * @param source the image
     * @param target the enlarged image
     * @param isSkipped whether the file was skipped because the target exists
     * @param failure the reason why there is no enlarged image; empty on success
     * @param elapsed the time from reading to writing
     * @param notes the parts of the source that the target lacks, such as the gain map of an Ultra
     *     HDR image, as sentences
     */
    public record Item(
        Path source,
        Path target,
        boolean isSkipped,
        Optional<Exception> failure,
        Duration elapsed,
        List<String> notes) {

      /** Copies the list. */
      public Item {
        notes = List.copyOf(notes);
      }
    }

    /** Copies the list. */
    public BatchReport {
      items = List.copyOf(items);
    }

    /** Returns the files that could not be enlarged. */
    public List<Item> failures() {
      return items.stream().filter(item -> item.failure().isPresent()).toList();
    }
  }

  /**
   * A backend, which opens and runs models. Every backend is an {@code UpscalerProvider} of the
   * package {@code io.github.sr4j.spi}, which says what it has to do; this is as much of it as the
   * users of {@link Builder#backend} need.
   */
  interface Backend {

    /**
     * The name by which messages call this backend, such as {@code "onnx"}; lower-case and unique.
     */
    String name();
  }
}
