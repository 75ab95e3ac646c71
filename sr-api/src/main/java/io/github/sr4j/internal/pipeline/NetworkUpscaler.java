// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.Async;
import io.github.sr4j.internal.calls.Batch;
import io.github.sr4j.internal.calls.CallCounts.Call;
import io.github.sr4j.internal.calls.Calls;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.files.ImageInput;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.tiles.NetworkSettings;
import io.github.sr4j.shared.util.FileTimesListener;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upscaler that runs a network in this process. */
final class NetworkUpscaler implements Upscaler {

  private static final Logger logger = LoggerFactory.getLogger(Upscaler.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final ModelInfo info;
  private final Device.Report device;
  private final Pipeline pipeline;
  private final PixelLimits limits; // of an image file
  private final Calls calls;
  private final Optional<UpscalerService> owner; // closes this; held while somebody uses this
  private final Native held;
  private final Cleaner.Cleanable cleanable;

  /**
   * The native resources of an upscaler. Holds no reference to the upscaler, which could otherwise
   * never be garbage.
   */
  private static final class Native implements Runnable {

    private final BlockUpscaler network;
    private final RowExecutor executor;
    private final Optional<Async> async; // empty where it is not of this upscaler alone
    private final Set<Thread> telling = ConcurrentHashMap.newKeySet(); // a listener
    private int calls; // in progress; guarded by this
    private boolean isClosed; // guarded by this

    Native(BlockUpscaler network, int threads, Optional<Async> async) {
      this.network = network;
      this.executor = new RowExecutor(threads);
      this.async = async;
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
                      new FileTimesListener() {
                        @Override
                        public void progressed(Progress progress) {
                          tell(() -> listener.progressed(progress));
                        }

                        @Override
                        public void finished(Upscaler.BatchReport.Item item) {
                          tell(() -> listener.finished(item));
                        }

                        @Override
                        public void noted(String note) {
                          tell(() -> listener.noted(note));
                        }

                        @Override
                        public void spent(Duration decoding, Duration network, Duration encoding) {
                          if (listener instanceof FileTimesListener told) {
                            tell(() -> told.spent(decoding, network, encoding));
                          }
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

    void checkNotTelling() {
      checkState(
          !telling.contains(Thread.currentThread()),
          "the upscaler of %s must not be closed by its listener, whose call would wait for itself",
          network.info().name());
    }

    /** Refuses further calls; returns false if that was done. */
    synchronized boolean refuseCalls() {
      if (isClosed) {
        return false;
      }
      checkNotTelling();
      isClosed = true;
      return true;
    }

    synchronized void awaitCalls() {
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
    }

    /** Waits for the calls and frees everything; called once, by close or by the cleaner. */
    @Override
    public void run() {
      if (refuseCalls()) {
        logger.warn(
            "an Upscaler of {} was not closed; it held native memory until now",
            network.info().name());
      }
      awaitCalls();
      async.ifPresent(Async::close);
      executor.close();
      network.close();
    }
  }

  NetworkUpscaler(
      BlockUpscaler network,
      Device.Report device,
      NetworkSettings settings,
      PixelLimits limits,
      long maxResultPixels,
      int threads,
      Calls calls,
      Optional<UpscalerService> owner) {
    this.info = network.info().withEdges(settings.edges());
    this.device = device;
    this.limits = limits;
    this.calls = calls;
    this.owner = owner;
    this.held =
        new Native(
            network, threads, owner.isPresent() ? Optional.empty() : Optional.of(calls.async()));
    this.pipeline = new Pipeline(network, settings, maxResultPixels, held.executor);
    this.cleanable = CLEANER.register(this, held);
  }

  @Override
  public BufferedImage upscale(BufferedImage image, UpscaleOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    return counted(() -> upscaleImage(image, held.watched(options)));
  }

  @Override
  public FloatImage upscale(FloatImage image) {
    requireNonNull(image, "image");
    return counted(
        () -> {
          Size source = new Size(image.width(), image.height());
          UpscaleCall call = new UpscaleCall(pipeline.tiles(source), Optional.empty());
          Size size =
              pipeline.sizes().inMemory(image.width(), image.height(), UpscaleOptions.defaults());
          return pipeline.upscale(image, size, call);
        });
  }

  @Override
  public void upscale(Path source, Path target, UpscaleOptions options) throws IOException {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    counted(
        () -> {
          files().run(source, target, held.watched(options));
          return target;
        });
  }

  @Override
  public void upscale(
      InputStream source, OutputStream target, Output output, UpscaleOptions options)
      throws IOException {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(output, "output");
    requireNonNull(options, "options");
    counted(
        () -> {
          Deadline deadline = Deadline.of(options.timeout());
          Runnable check = () -> deadline.check("the stream was not read to its end by then");
          try (ImageInput input = ImageInput.of(source, check)) {
            ImageTarget to = ImageTarget.of(target, output);
            files().run(input, to, held.watched(options), deadline);
          }
          return target;
        });
  }

  @Override
  public byte[] upscale(byte[] source, Output output, UpscaleOptions options) throws IOException {
    requireNonNull(source, "source");
    requireNonNull(output, "output");
    requireNonNull(options, "options");
    return counted(
        () -> {
          Deadline deadline = Deadline.of(options.timeout());
          try (ImageInput input = ImageInput.of(source)) {
            return ImageTarget.bytes(
                output, target -> files().run(input, target, held.watched(options), deadline));
          }
        });
  }

  @Override
  public CompletableFuture<BufferedImage> upscaleAsync(
      BufferedImage image, UpscaleOptions options) {
    requireNonNull(image, "image");
    requireNonNull(options, "options");
    long pixels = (long) image.getWidth() * image.getHeight();
    return async(() -> upscale(image, options), pixels, options);
  }

  @Override
  public CompletableFuture<FloatImage> upscaleAsync(FloatImage image) {
    requireNonNull(image, "image");
    long pixels = (long) image.width() * image.height();
    return async(() -> upscale(image), pixels, UpscaleOptions.defaults());
  }

  @Override
  public CompletableFuture<Path> upscaleAsync(Path source, Path target, UpscaleOptions options) {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    return async(
        () -> {
          upscale(source, target, options);
          return target;
        },
        0,
        options);
  }

  @Override
  public CompletableFuture<OutputStream> upscaleAsync(
      InputStream source, OutputStream target, Output output, UpscaleOptions options) {
    requireNonNull(source, "source");
    requireNonNull(target, "target");
    requireNonNull(output, "output");
    requireNonNull(options, "options");
    return async(
        () -> {
          upscale(source, target, output, options);
          return target;
        },
        0,
        options);
  }

  @Override
  public CompletableFuture<byte[]> upscaleAsync(
      byte[] source, Output output, UpscaleOptions options) {
    requireNonNull(source, "source");
    requireNonNull(output, "output");
    requireNonNull(options, "options");
    return async(() -> upscale(source, output, options), 0, options);
  }

  private <T> CompletableFuture<T> async(Callable<T> call, long pixels, UpscaleOptions options) {
    return whileOpen(() -> calls.async().submit(call, pixels, options.timeout()));
  }

  @Override
  public Upscaler.BatchReport upscaleAll(
      Stream<Path> sources, UnaryOperator<Path> target, UpscaleOptions options) {
    requireNonNull(sources, "sources");
    requireNonNull(target, "target");
    requireNonNull(options, "options");
    return whileOpen(() -> new Batch(this::upscaleOne, held.watched(options)).run(sources, target));
  }

  /** Enlarges a file of a batch, which may be closed meanwhile. */
  private void upscaleOne(Path source, Path target, UpscaleOptions options) throws IOException {
    calls
        .counts()
        .counted(
            () -> {
              files().run(source, target, options);
              return target;
            });
  }

  @Override
  public Statistics statistics() {
    return calls.statistics();
  }

  private FileUpscale files() {
    return new FileUpscale(pipeline, limits, FileUpscale.Limits.ofHeap());
  }

  @Override
  public void warmUp() {
    whileOpen(pipeline::warmUp);
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public int scale() {
    return pipeline.scale();
  }

  @Override
  public Device.Report device() {
    return device;
  }

  @Override
  public void close() {
    if (owner.isEmpty() && held.refuseCalls()) {
      cleanable.clean();
    }
  }

  /**
   * Refuses to be closed by a listener of this.
   *
   * @throws IllegalStateException if it is one
   */
  void checkNotTelling() {
    held.checkNotTelling();
  }

  /** Refuses further calls, but lets those in progress run. */
  void refuseCalls() {
    held.refuseCalls();
  }

  /** Waits for the calls in progress, and frees the network, once further calls are refused. */
  void free() {
    cleanable.clean();
  }

  private BufferedImage upscaleImage(BufferedImage image, UpscaleOptions options) {
    Size source = new Size(image.getWidth(), image.getHeight());
    Size size = pipeline.sizes().inMemory(source.width(), source.height(), options);
    UpscaleCall call =
        new UpscaleCall(pipeline.tiles(source), options.listener(), Deadline.of(options.timeout()));
    return pipeline.upscale(image, size, call);
  }

  private <T, E extends Exception> T counted(Call<T, E> call) throws E {
    return whileOpen(() -> calls.counts().counted(call));
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
}
