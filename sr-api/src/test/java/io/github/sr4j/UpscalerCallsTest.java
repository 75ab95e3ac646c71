// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static io.github.sr4j.internal.testing.TestImages.noise;
import static io.github.sr4j.internal.testing.TestImages.photo;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.ProgressListener.Progress;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The calls of an upscaler other than enlarging one image: batches, futures, cancellation, closing.
 */
@Timeout(60)
final class UpscalerCallsTest {

  private static final BufferedImage IMAGE = photo(BufferedImage.TYPE_INT_RGB, 64, 48); // 12 tiles

  private static final String CLOSED = "the upscaler of filter is closed";

  /** A network whose runs each wait for a permit, and say that they have begun. */
  private static final class Gate extends DelegatingNetwork {
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore permits = new Semaphore(0);
    private final AtomicInteger runs = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    Gate() {
      super(FilterNetwork.of(Color.RGB, 2, 1));
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      runs.incrementAndGet();
      threads.add(Thread.currentThread());
      begun.release();
      permits.acquireUninterruptibly(); // as native code does, it does not notice an interrupt
      return super.upscale(block);
    }
  }

  private static Upscaler tiled(BlockUpscaler network, int threads) {
    return Upscaler.builder().tileSize(16).threads(threads).build(network);
  }

  /** With as many threads as there are processors, so that there is one turn at a time. */
  private static Upscaler oneAtATime(BlockUpscaler network) {
    return tiled(network, Runtime.getRuntime().availableProcessors());
  }

  /** The most runs of networks at a time. */
  private static final class Counted extends DelegatingNetwork {
    private final AtomicInteger running;
    private final AtomicInteger most;

    Counted(AtomicInteger running, AtomicInteger most, int scale) {
      super(FilterNetwork.of(Color.RGB, scale, 1));
      this.running = running;
      this.most = most;
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      try {
        return super.upscale(block);
      } finally {
        running.decrementAndGet();
      }
    }
  }

  @Test
  void callsThatShareProcessors_takeTurns_whicheverUpscalerTheyAreOf() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService callers = Executors.newFixedThreadPool(12);
    try (Upscaler x2 = oneAtATime(new Counted(running, most, 2));
        Upscaler x3 = oneAtATime(new Counted(running, most, 3));
        Upscaler x4 = oneAtATime(new Counted(running, most, 4))) {
      List<Future<BufferedImage>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        for (Upscaler upscaler : List.of(x2, x3, x4)) {
          results.add(callers.submit(() -> upscaler.upscale(IMAGE)));
        }
      }
      for (int i = 0; i < 12; i++) {
        assertThat(results.get(i).get().getWidth()).isEqualTo(64 * (2 + i % 3));
      }
    } finally {
      callers.shutdown();
    }

    assertThat(most).hasValue(1);
  }

  @Test
  void turn_ofOneUpscaler_isWaitedForByAnother() throws Exception {
    Gate gate = new Gate();
    Gate other = new Gate();
    try (Upscaler first = oneAtATime(gate);
        Upscaler second = oneAtATime(other)) {
      CompletableFuture<BufferedImage> running = first.upscaleAsync(IMAGE);
      gate.begun.acquire();
      CompletableFuture<BufferedImage> waiting = new CompletableFuture<>();
      Thread caller = new Thread(() -> waiting.complete(second.upscale(IMAGE)));
      caller.start();
      while (caller.getState() != Thread.State.TIMED_WAITING) { // for its turn
        Thread.onSpinWait();
      }
      assertThat(other.runs).hasValue(0);
      gate.permits.release(1); // the end of a tile is the end of the turn

      assertThat(other.begun.tryAcquire(10, SECONDS)).isTrue();
      assertThat(running).isNotDone();
      gate.permits.release(100);
      other.permits.release(100);
      assertThat(running.get(10, SECONDS).getWidth()).isEqualTo(128);
      assertThat(waiting.get(10, SECONDS).getWidth()).isEqualTo(128);
    }
  }

  @Test
  void networkThatCallsAnUpscaler_isPartOfItsOwnCall() {
    try (Upscaler inner = oneAtATime(FilterNetwork.of(Color.RGB, 2, 1));
        Upscaler outer =
            oneAtATime(
                new DelegatingNetwork(FilterNetwork.of(Color.RGB, 2, 1)) {
                  @Override
                  public FloatImage upscale(FloatImage block) {
                    return inner.upscale(block);
                  }
                })) {

      assertThat(outer.upscale(IMAGE).getWidth()).isEqualTo(128);
      assertThat(outer.upscale(IMAGE).getWidth()).as("the turn was given back").isEqualTo(128);
    }
  }

  @Test
  void interrupt_endsTheWaitForATurn() throws Exception {
    Gate gate = new Gate();
    try (Upscaler upscaler = oneAtATime(gate)) {
      CompletableFuture<BufferedImage> first = upscaler.upscaleAsync(IMAGE);
      gate.begun.acquire();
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread second =
          new Thread(
              () -> {
                try {
                  upscaler.upscale(IMAGE);
                } catch (CancellationException e) {
                  ended.complete(e);
                }
              });
      second.start();
      second.interrupt();

      assertThat(ended.get(10, SECONDS)).hasMessage("interrupted after 0 of 12 tiles");
      gate.permits.release(12);
      assertThat(first.get(10, SECONDS).getWidth()).isEqualTo(128);
      assertThat(gate.runs).hasValue(12);
    }
  }

  @Test
  void listener_mayCallTheUpscaler() {
    try (Upscaler upscaler = oneAtATime(FilterNetwork.of(Color.RGB, 2, 1))) {
      List<BufferedImage> inner = new ArrayList<>();
      upscaler.upscale(
          IMAGE,
          UpscaleOptions.defaults().listener(progress -> inner.add(upscaler.upscale(IMAGE))));

      assertThat(inner).hasSize(12);
    }
  }

  @Test
  void progress_isTold_tileByTile() {
    List<Progress> told = new ArrayList<>();
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.RGB, 2, 1), 2)) {
      upscaler.upscale(IMAGE, UpscaleOptions.defaults().listener(told::add));
    }

    assertThat(told).extracting(Progress::tiles).containsOnly(12);
    assertThat(told)
        .extracting(Progress::tilesDone)
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    assertThat(told).extracting(Progress::elapsed).isSorted();
  }

  @Test
  void progress_coversAllPasses() {
    List<Progress> told = new ArrayList<>();
    try (Upscaler upscaler =
        Upscaler.builder().tileSize(16).passes(2).build(FilterNetwork.of(Color.RGB, 2, 1))) {
      upscaler.upscale(
          photo(BufferedImage.TYPE_INT_RGB, 16, 20), UpscaleOptions.defaults().listener(told::add));
    }

    assertThat(told).hasSize(2 + 2 * 3).extracting(Progress::tiles).containsOnly(8);
  }

  @Test
  void remaining_isEstimatedFromWhatIsDone() {
    assertThat(new Progress(3, 12, Duration.ofSeconds(6), Optional.empty()).remaining())
        .isEqualTo(Duration.ofSeconds(18));
    assertThat(new Progress(12, 12, Duration.ofSeconds(6), Optional.empty()).remaining()).isZero();
  }

  @Test
  void interrupt_endsTheCallBeforeTheNextTile_andLeavesTheStatus() throws Exception {
    Gate gate = new Gate();
    try (Upscaler upscaler = tiled(gate, 2)) {
      CompletableFuture<Boolean> isInterrupted = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  upscaler.upscale(IMAGE);
                } catch (CancellationException e) {
                  isInterrupted.complete(Thread.currentThread().isInterrupted());
                }
              });
      caller.start();
      gate.permits.release(3);
      assertThat(gate.begun.tryAcquire(4, 10, SECONDS)).isTrue();
      caller.interrupt();
      gate.permits.release(100);

      assertThat(isInterrupted.get(10, SECONDS)).isTrue();
      assertThat(gate.runs).hasValue(4);
      assertThat(upscaler.upscale(IMAGE).getWidth()).isEqualTo(128);
    }
  }

  @Test
  void interruptedThread_runsNothing() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    try (Upscaler upscaler = Upscaler.of(network)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> upscaler.upscale(noise(3, 8, 8)))
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted after 0 of 1 tiles");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(network.blocks).hasValue(0);
  }

  @Test
  void listenerThatThrows_endsTheCall() {
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    CancellationException stop = new CancellationException("stop");
    try (Upscaler upscaler = tiled(network, 2)) {
      assertThatThrownBy(
              () ->
                  upscaler.upscale(
                      IMAGE,
                      UpscaleOptions.defaults()
                          .listener(
                              progress -> {
                                if (progress.tilesDone() == 5) {
                                  throw stop;
                                }
                              })))
          .isSameAs(stop);
      assertThat(network.blocks).hasValue(5);
      assertThat(upscaler.upscale(IMAGE).getWidth()).isEqualTo(128);
    }
  }

  @Test
  void async_givesWhatTheCallGives_onDaemons() throws Exception {
    Gate gate = new Gate();
    gate.permits.release(100);
    try (Upscaler upscaler = tiled(gate, 1)) {
      BufferedImage result = upscaler.upscaleAsync(IMAGE).get(10, SECONDS);

      assertThat(gate.threads).singleElement().matches(Thread::isDaemon);
      assertThat(pixels(result)).isEqualTo(pixels(upscaler.upscale(IMAGE)));
    }
  }

  @Test
  void async_failure_isThatOfTheCall() {
    SuperResolutionException failure = new SuperResolutionException("broken", null);
    BlockUpscaler network =
        new DelegatingNetwork(FilterNetwork.of(Color.RGB, 2, 1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            throw failure;
          }
        };
    try (Upscaler upscaler = tiled(network, 1)) {
      CompletableFuture<BufferedImage> future = upscaler.upscaleAsync(IMAGE);

      assertThatThrownBy(() -> future.get(10, SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCause(failure);
    }
  }

  @Test
  void async_runsAsManyCallsAtATimeAsThereAreThreadsAndTurns() throws Exception {
    int atATime = Math.min(2, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    Gate gate = new Gate();
    try (Upscaler upscaler = tiled(gate, 2)) {
      BufferedImage small = photo(BufferedImage.TYPE_INT_RGB, 8, 8);
      List<CompletableFuture<BufferedImage>> futures = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        futures.add(upscaler.upscaleAsync(small));
      }
      boolean begun = gate.begun.tryAcquire(atATime, 10, SECONDS);
      int runs = gate.runs.get();
      gate.permits.release(5); // whatever was found, so that closing does not wait for ever
      assertThat(begun).isTrue();
      assertThat(runs).isEqualTo(atATime);
      for (CompletableFuture<BufferedImage> future : futures) {
        assertThat(future.get(10, SECONDS).getWidth()).isEqualTo(16);
      }
      assertThat(gate.threads).hasSizeLessThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void callbacks_thatWaitForAnotherCall_doNotOccupyItsThread(int threads) throws Exception {
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.RGB, 2, 1), threads)) {
      BufferedImage small = photo(BufferedImage.TYPE_INT_RGB, 8, 8);
      List<CompletableFuture<BufferedImage>> futures = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        futures.add(
            upscaler
                .upscaleAsync(small)
                .thenApply(first -> upscaler.upscaleAsync(first).join())
                .thenApply(second -> upscaler.upscaleAsync(second).join()));
      }

      for (CompletableFuture<BufferedImage> future : futures) {
        assertThat(future.get(30, SECONDS).getWidth()).isEqualTo(64);
      }
    }
  }

  @Test
  void callbacksOfFailures_mayWaitForAnotherCall() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    BlockUpscaler failingOnce =
        new DelegatingNetwork(FilterNetwork.of(Color.RGB, 2, 1)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            if (runs.getAndIncrement() == 0) {
              throw new SuperResolutionException("out of order", null);
            }
            return super.upscale(block);
          }
        };
    try (Upscaler upscaler = tiled(failingOnce, 1)) {
      CompletableFuture<BufferedImage> again =
          upscaler.upscaleAsync(IMAGE).exceptionally(e -> upscaler.upscaleAsync(IMAGE).join());

      assertThat(again.get(30, SECONDS).getWidth()).isEqualTo(128);
    }
  }

  @Test
  void callbacks_thatWaitWhenTheUpscalerIsClosed_end() throws Exception {
    Gate gate = new Gate();
    Upscaler upscaler = tiled(gate, 1);
    CompletableFuture<BufferedImage> running = upscaler.upscaleAsync(IMAGE);
    CompletableFuture<BufferedImage> waiting = upscaler.upscaleAsync(IMAGE);
    CompletableFuture<BufferedImage> both = running.thenApply(first -> waiting.join());
    CompletableFuture<BufferedImage> refused =
        waiting.exceptionally(e -> upscaler.upscaleAsync(IMAGE).join());
    gate.begun.acquire();
    Thread closing = new Thread(upscaler::close);
    closing.start();
    while (closing.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    gate.permits.release(100);

    assertThatThrownBy(() -> both.get(30, SECONDS)).hasRootCauseMessage(CLOSED);
    assertThatThrownBy(() -> refused.get(30, SECONDS)).hasRootCauseMessage(CLOSED);
    closing.join();
  }

  @Test
  void callbacksOfACallThatItsListenerCancels_mayWaitForAnotherCall() throws Exception {
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.RGB, 2, 1), 1)) {
      CompletableFuture<CompletableFuture<BufferedImage>> own = new CompletableFuture<>();
      CompletableFuture<Boolean> isCancelled = new CompletableFuture<>();
      UpscaleOptions cancelling =
          UpscaleOptions.defaults()
              .listener(
                  progress -> {
                    CompletableFuture<BufferedImage> future = own.join();
                    isCancelled.complete(future.cancel(true) && future.isCancelled());
                  });
      CompletableFuture<BufferedImage> future = upscaler.upscaleAsync(IMAGE, cancelling);
      CompletableFuture<BufferedImage> instead =
          future.exceptionally(e -> upscaler.upscaleAsync(IMAGE).join());
      own.complete(future);

      assertThat(instead.get(30, SECONDS).getWidth()).isEqualTo(128);
      assertThat(isCancelled.get(30, SECONDS)).isTrue();
    }
  }

  @Test
  void cancel_interruptsItsOwnCallOnly() throws Exception {
    Gate gate = new Gate();
    try (Upscaler upscaler = tiled(gate, 1)) {
      CompletableFuture<BufferedImage> cancelled = upscaler.upscaleAsync(IMAGE);
      CompletableFuture<BufferedImage> next = upscaler.upscaleAsync(IMAGE);
      assertThat(gate.begun.tryAcquire(1, 10, SECONDS)).isTrue();

      assertThat(cancelled.cancel(true)).isTrue();
      gate.permits.release(100);

      assertThat(cancelled).isCancelled();
      assertThat(next.get(10, SECONDS).getWidth()).isEqualTo(128);
      assertThat(gate.runs).hasValue(1 + 12);
    }
  }

  @Test
  void cancel_interruptsBeforeItTellsDependents_whichMayCloseTheUpscaler() throws Exception {
    Gate gate = new Gate();
    Upscaler upscaler = tiled(gate, 1);
    CompletableFuture<BufferedImage> call = upscaler.upscaleAsync(IMAGE);
    CompletableFuture<BufferedImage> closed =
        call.whenComplete(
            (result, failure) -> {
              gate.permits.release(100);
              upscaler.close();
            });
    gate.begun.acquire();

    assertThat(call.cancel(true)).isTrue();

    assertThat(call).isCancelled();
    assertThat(closed).isDone();
    assertThat(gate.runs).hasValue(1);
  }

  @Test
  void cancel_withoutInterrupt_letsTheCallEnd() throws Exception {
    Gate gate = new Gate();
    try (Upscaler upscaler = tiled(gate, 1)) {
      CompletableFuture<BufferedImage> cancelled = upscaler.upscaleAsync(IMAGE);
      assertThat(gate.begun.tryAcquire(1, 10, SECONDS)).isTrue();
      assertThat(cancelled.cancel(false)).isTrue();
      gate.permits.release(100);

      assertThat(gate.begun.tryAcquire(11, 10, SECONDS)).isTrue();
    }
    assertThat(gate.runs).hasValue(12);
  }

  @Test
  void cancel_beforeTheCallBegins_meansThatItIsNeverRun() throws Exception {
    Gate gate = new Gate();
    try (Upscaler upscaler = tiled(gate, 1)) {
      CompletableFuture<BufferedImage> first = upscaler.upscaleAsync(IMAGE);
      CompletableFuture<BufferedImage> second = upscaler.upscaleAsync(IMAGE);
      CompletableFuture<BufferedImage> third = upscaler.upscaleAsync(IMAGE);
      assertThat(second.cancel(true)).isTrue();
      gate.permits.release(100);
      first.get(10, SECONDS);
      third.get(10, SECONDS);

      assertThat(second).isCancelled();
      assertThat(gate.runs).hasValue(12 + 12);
    }
  }

  @Test
  void cancelOfWhatIsDone_changesNothing() throws Exception {
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.RGB, 2, 1), 1)) {
      CompletableFuture<BufferedImage> done = upscaler.upscaleAsync(IMAGE);
      done.get(10, SECONDS);

      assertThat(done.cancel(true)).isFalse();
      assertThat(upscaler.upscaleAsync(IMAGE).get(10, SECONDS).getWidth()).isEqualTo(128);
    }
  }

  @Test
  void close_waitsForCallsInProgress_andRefusesThoseThatHaveNotBegun() throws Exception {
    Gate gate = new Gate();
    Upscaler upscaler = tiled(gate, 1);
    CompletableFuture<BufferedImage> running = upscaler.upscaleAsync(IMAGE);
    CompletableFuture<BufferedImage> waiting = upscaler.upscaleAsync(IMAGE);
    assertThat(gate.begun.tryAcquire(1, 10, SECONDS)).isTrue();
    Thread closing = new Thread(upscaler::close);
    closing.start();
    while (closing.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> upscaler.upscale(IMAGE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(CLOSED);
    gate.permits.release(100);

    assertThat(running.get(10, SECONDS).getWidth()).isEqualTo(128);
    assertThatThrownBy(() -> waiting.get(10, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    closing.join();
    for (Thread thread : gate.threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @Test
  void close_whileInterrupted_waits_andKeepsTheStatus() throws Exception {
    Gate gate = new Gate();
    Upscaler upscaler = tiled(gate, 1);
    CompletableFuture<BufferedImage> running = upscaler.upscaleAsync(IMAGE);
    assertThat(gate.begun.tryAcquire(1, 10, SECONDS)).isTrue();
    gate.permits.release(100);
    Thread.currentThread().interrupt();
    upscaler.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(running.get(10, SECONDS).getWidth()).isEqualTo(128);
  }

  @Test
  void close_byAListener_isRefused_andEndsItsCall(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(IMAGE, "png", file.toFile());
    Upscaler upscaler = oneAtATime(FilterNetwork.of(Color.RGB, 2, 1));
    UpscaleOptions closing =
        UpscaleOptions.defaults()
            .listener(
                progress -> {
                  upscaler.upscale(IMAGE, UpscaleOptions.defaults().listener(nested -> {}));
                  upscaler.close();
                });
    UpscaleOptions closingAfterAFile =
        UpscaleOptions.defaults()
            .listener(
                new ProgressListener() {
                  @Override
                  public void progressed(Progress progress) {}

                  @Override
                  public void finished(Upscaler.BatchReport.Item item) {
                    upscaler.close();
                  }
                });

    assertThatThrownBy(() -> upscaler.upscale(IMAGE, closing))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must not be closed by its listener");
    assertThatThrownBy(() -> upscaler.upscaleAsync(IMAGE, closing).get())
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                upscaler.upscaleAll(
                    Stream.of(file), source -> folder.resolve("out.png"), closingAfterAFile))
        .isInstanceOf(IllegalStateException.class);
    assertThat(upscaler.upscale(IMAGE).getWidth()).isEqualTo(128);
    upscaler.close();
  }

  @Test
  void closed_refusesEverything() {
    Upscaler upscaler = Upscaler.of(FilterNetwork.of(Color.RGB, 2, 1));
    upscaler.close();

    assertThatThrownBy(() -> upscaler.upscaleAsync(IMAGE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(CLOSED);
    assertThatThrownBy(upscaler::warmUp).isInstanceOf(IllegalStateException.class);
    assertThat(upscaler.info().name()).isEqualTo("filter");
    assertThat(upscaler.scale()).isEqualTo(2);
  }

  @Test
  void manyThreads_withManySizes_getWhatOneThreadGets() throws Exception {
    List<BufferedImage> images = new ArrayList<>();
    List<int[]> expected = new ArrayList<>();
    ExecutorService callers = Executors.newFixedThreadPool(16);
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.LUMA, 2, 2), 2)) {
      for (int i = 0; i < 12; i++) {
        images.add(
            photo(
                i % 3 == 0 ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_3BYTE_BGR,
                10 + 7 * i,
                60 - 4 * i));
        expected.add(pixels(upscaler.upscale(images.get(i))));
      }
      List<Future<int[]>> results = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        BufferedImage image = images.get(i % images.size());
        results.add(
            callers.submit(
                () ->
                    pixels(
                        image.getWidth() % 2 == 0
                            ? upscaler.upscale(image)
                            : upscaler.upscaleAsync(image).get())));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % images.size()));
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void async_ofFilesStreamsBytesAndFloats_givesWhatTheCallGives(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(IMAGE, "png", file.toFile());
    byte[] bytes = Files.readAllBytes(file);
    UpscaleOptions options = UpscaleOptions.defaults().factor(1.5);
    FloatImage floats = noise(3, 20, 10);
    try (Upscaler upscaler = tiled(FilterNetwork.of(Color.RGB, 2, 1), 1)) {
      byte[] expected = upscaler.upscale(bytes, Output.png(), options);
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      Path target = folder.resolve("target.png");

      assertThat(upscaler.upscaleAsync(file, target, options).get(10, SECONDS)).isEqualTo(target);
      assertThat(
              upscaler
                  .upscaleAsync(new ByteArrayInputStream(bytes), stream, Output.png(), options)
                  .get(10, SECONDS))
          .isSameAs(stream);

      assertThat(Files.readAllBytes(target)).isEqualTo(expected);
      assertThat(stream.toByteArray()).isEqualTo(expected);
      assertThat(upscaler.upscaleAsync(bytes, Output.png(), options).get(10, SECONDS))
          .isEqualTo(expected);
      assertThat(upscaler.upscaleAsync(floats).get(10, SECONDS).samples())
          .isEqualTo(upscaler.upscale(floats).samples());
      Path missing = folder.resolve("missing.png");
      assertThatThrownBy(() -> upscaler.upscaleAsync(missing, target, options).get(10, SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void timeout_endsACall_andTheUpscalerStaysUsable(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(IMAGE, "png", file.toFile());
    Path copy = Files.copy(file, folder.resolve("copy.png"));
    UpscaleOptions options = UpscaleOptions.defaults().timeout(Duration.ofNanos(1));
    String message = "timeout is 0.000000001 seconds, but only 0 of 12 tiles were done by then";
    FilterNetwork network = FilterNetwork.of(Color.RGB, 2, 1);
    try (Upscaler upscaler = tiled(network, 1)) {

      assertThatThrownBy(() -> upscaler.upscale(IMAGE, options))
          .isInstanceOf(CancellationException.class)
          .hasMessage(message)
          .hasCauseInstanceOf(TimeoutException.class);
      assertThatThrownBy(() -> upscaler.upscale(file, folder.resolve("out.png"), options))
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(folder.resolve("out.png")).doesNotExist();
      assertThatThrownBy(
              () ->
                  upscaler.upscale(
                      Files.newInputStream(file),
                      new ByteArrayOutputStream(),
                      Output.png(),
                      options))
          .hasMessage(
              "timeout is 0.000000001 seconds, but the stream was not read to its end by then");
      assertThatThrownBy(() -> upscaler.upscaleAsync(IMAGE, options).get(10, SECONDS))
          .isInstanceOf(CancellationException.class)
          .hasCauseInstanceOf(TimeoutException.class);
      Upscaler.BatchReport report =
          upscaler.upscaleAll(
              Stream.of(file, copy),
              source -> folder.resolve("out-" + source.getFileName()),
              options);

      assertThat(network.blocks).hasValue(0);
      assertThat(report.failures())
          .as("each file by itself")
          .hasSize(2)
          .allSatisfy(
              item ->
                  assertThat(item.failure().orElseThrow())
                      .hasCauseInstanceOf(TimeoutException.class));
      assertThat(upscaler.upscale(IMAGE, options.timeout(Duration.ofDays(1))).getWidth())
          .isEqualTo(128);
    }
  }

  @Test
  void statistics_countWhatBecomesOfCalls() throws Exception {
    Gate gate = new Gate();
    BufferedImage small = photo(BufferedImage.TYPE_INT_RGB, 8, 8);
    try (Upscaler upscaler =
        Upscaler.builder().threads(1).maxWaiting(2).maxWaitingPixels(128).build(gate)) {
      CompletableFuture<BufferedImage> first = upscaler.upscaleAsync(small);
      CompletableFuture<BufferedImage> second = upscaler.upscaleAsync(small);
      CompletableFuture<BufferedImage> third = upscaler.upscaleAsync(small);
      assertThatThrownBy(() -> upscaler.upscaleAsync(small))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("maxWaiting is 2 images, and as many wait: another one is refused");
      second.cancel(true);
      assertThatThrownBy(() -> upscaler.upscaleAsync(IMAGE))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage(
              "maxWaitingPixels is 128, and images of 64 pixels wait: one of 3072 pixels is"
                  + " refused");
      gate.begun.acquire();

      assertThat(upscaler.statistics()).isEqualTo(new Upscaler.Statistics(1, 1, 64, 0, 0, 1, 2));

      gate.permits.release(100);
      first.get(10, SECONDS);
      third.get(10, SECONDS);
      assertThatThrownBy(() -> upscaler.upscale(new byte[] {1}, Output.png()))
          .isInstanceOf(ImageFormatException.class);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> upscaler.upscale(small)).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();

      assertThat(upscaler.statistics()).isEqualTo(new Upscaler.Statistics(0, 0, 0, 2, 1, 2, 2));
    }
  }

  @Test
  void limitsOfWaiting_outOfRange_areRefused() {
    assertThatThrownBy(() -> Upscaler.builder().maxWaiting(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxWaiting must be at least 0, but was -1");
    assertThatThrownBy(() -> Upscaler.builder().maxWaitingPixels(-1))
        .hasMessage("maxWaitingPixels must be at least 0, but was -1");
    assertThatThrownBy(() -> Upscaler.builder().maxWaiting(1).maxWaiting(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("maxWaiting was already set to 1");
    assertThatThrownBy(() -> UpscaleOptions.defaults().timeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be positive, but was 0.0 seconds");
  }

  @Test
  void warmUp_runsTheNetworkOnce() {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);
    FilterNetwork fixed =
        FilterNetwork.of(ModelInfo.builder("filter", 2).halo(10).blockWidth(64).blockHeight(48), 1);
    try (Upscaler upscaler = Upscaler.of(network);
        Upscaler upscalerOfFixed = Upscaler.of(fixed)) {
      upscaler.warmUp();
      upscalerOfFixed.warmUp();
    }
    assertThat(network.blocks).hasValue(1);
    assertThat(fixed.blocks).hasValue(1);
  }

  @Test
  void forgottenUpscaler_isClosedWithAWarning() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    PrintStream errors = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      forget(closed);
      for (int i = 0; i < 100 && !closed.await(100, MILLISECONDS); i++) {
        System.gc();
      }
    } finally {
      System.setErr(errors);
    }
    assertThat(closed.getCount()).isZero();
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.contains("not closed"))
        .singleElement()
        .asString()
        .contains("WARN", "an Upscaler of filter was not closed");
  }

  private static void forget(CountDownLatch closed) {
    BlockUpscaler network =
        new DelegatingNetwork(FilterNetwork.of(Color.RGB, 2, 1)) {
          @Override
          public void close() {
            closed.countDown();
          }
        };
    Upscaler forgotten = Upscaler.of(network);
    forgotten.upscale(noise(3, 4, 4));
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
