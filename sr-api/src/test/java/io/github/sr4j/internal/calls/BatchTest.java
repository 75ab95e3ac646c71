// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ProgressListener;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
final class BatchTest {

  private static final ProgressListener.Progress PROGRESS =
      new ProgressListener.Progress(1, 2, Duration.ZERO, Optional.empty());

  @TempDir Path folder;

  @Test
  void report_isInTheOrderOfTheSources_andHasTheFailures() {
    Batch batch =
        new Batch(
            (source, target, options) -> {
              if (source.endsWith("3")) {
                throw new IOException("no");
              }
            },
            UpscaleOptions.defaults());

    Upscaler.BatchReport report = batch.run(sources(20), BatchTest::target);

    assertThat(report.items())
        .extracting(Upscaler.BatchReport.Item::source)
        .containsExactlyElementsOf(sources(20).toList());
    assertThat(report.items())
        .extracting(Upscaler.BatchReport.Item::target)
        .contains(Path.of("7.png"));
    assertThat(report.failures()).hasSize(1);
    assertThat(report.failures().get(0).source()).isEqualTo(Path.of("3"));
    assertThat(report.failures().get(0).failure().orElseThrow()).hasMessage("no");
  }

  @Test
  void sources_arePulledAsThereIsRoom_andClosed() {
    AtomicInteger pulled = new AtomicInteger();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger begun = new AtomicInteger();
    AtomicBoolean isClosed = new AtomicBoolean();
    Batch batch =
        new Batch(
            (source, target, options) -> {
              assertThat(running.incrementAndGet()).isLessThanOrEqualTo(2);
              assertThat(pulled.get()).isLessThanOrEqualTo(begun.incrementAndGet() + 2);
              running.decrementAndGet();
            },
            UpscaleOptions.defaults());

    Upscaler.BatchReport report =
        batch.run(
            sources(50).peek(source -> pulled.incrementAndGet()).onClose(() -> isClosed.set(true)),
            BatchTest::target);

    assertThat(report.failures()).isEmpty();
    assertThat(isClosed).isTrue();
  }

  @Test
  void twoFiles_areInWorkAtATime() {
    CountDownLatch both = new CountDownLatch(2);
    Batch batch =
        new Batch(
            (source, target, options) -> {
              both.countDown();
              awaitUninterruptedly(both);
            },
            UpscaleOptions.defaults());

    assertThat(batch.run(sources(2), BatchTest::target).failures()).isEmpty();
  }

  @Test
  void skipExisting_leavesOutWhatIsThere() throws IOException {
    Path there = Files.writeString(folder.resolve("1.png"), "old");
    List<Path> done = Collections.synchronizedList(new ArrayList<>());
    Batch batch =
        new Batch(
            (source, target, options) -> done.add(source),
            UpscaleOptions.defaults().skipExisting());

    Upscaler.BatchReport report = batch.run(sources(3), source -> folder.resolve(source + ".png"));

    assertThat(report.items())
        .extracting(Upscaler.BatchReport.Item::isSkipped)
        .containsExactly(false, true, false);
    assertThat(done).containsExactlyInAnyOrder(Path.of("0"), Path.of("2"));
    assertThat(there).hasContent("old");
  }

  @Test
  void sourcesOfTheSameTarget_failButTheFirst() {
    Batch batch = new Batch((source, target, options) -> {}, UpscaleOptions.defaults());

    Upscaler.BatchReport report = batch.run(sources(3), source -> Path.of("same.png"));

    assertThat(report.failures()).hasSize(2);
    assertThat(report.failures().get(0).failure().orElseThrow())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target must differ from those of other sources, but was same.png");
  }

  @Test
  void listener_isToldOneAtATime() {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger told = new AtomicInteger();
    List<Path> progress = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void progressed(Progress news) {
            assertThat(inside.incrementAndGet()).isEqualTo(1);
            progress.add(news.source().orElseThrow());
            inside.decrementAndGet();
          }

          @Override
          public void finished(Upscaler.BatchReport.Item item) {
            assertThat(inside.incrementAndGet()).isEqualTo(1);
            told.incrementAndGet();
            inside.decrementAndGet();
          }
        };
    Batch batch =
        new Batch(
            (source, target, options) -> options.listener().orElseThrow().progressed(PROGRESS),
            UpscaleOptions.defaults().listener(listener));

    assertThat(batch.run(sources(200), BatchTest::target).failures()).isEmpty();
    assertThat(told).hasValue(200);
    assertThat(progress).containsExactlyInAnyOrderElementsOf(sources(200).toList());
  }

  @Test
  void whatTheListenerThrows_endsTheBatch() {
    AtomicInteger files = new AtomicInteger();
    Batch batch =
        new Batch(
            (source, target, options) -> {
              files.incrementAndGet();
              options.listener().orElseThrow().progressed(PROGRESS);
            },
            UpscaleOptions.defaults()
                .listener(
                    progress -> {
                      throw new IllegalStateException("enough");
                    }));

    assertThatThrownBy(() -> batch.run(sources(1000), BatchTest::target))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("enough");
    assertThat(files.get()).isLessThan(10);
  }

  static Stream<Error> errors() {
    return Stream.of(
        new OutOfMemoryError("Java heap space"),
        new StackOverflowError(),
        new NoClassDefFoundError("com/example/Codec"),
        new ExceptionInInitializerError(),
        new AssertionError("a plug-in's"),
        new InternalError("a fault occurred in an unsafe memory access operation"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void errorInAFile_isItsFailure_andTheOthersGoOn(Error error) {
    Batch batch =
        new Batch(
            (source, target, options) -> {
              if (source.endsWith("3")) {
                throw error;
              }
            },
            UpscaleOptions.defaults());

    Upscaler.BatchReport report = batch.run(sources(20), BatchTest::target);

    assertThat(report.items()).hasSize(20);
    assertThat(report.failures())
        .extracting(Upscaler.BatchReport.Item::source)
        .containsExactly(Path.of("3"));
    assertThat(report.failures().get(0).failure().orElseThrow())
        .isInstanceOf(SuperResolutionException.class)
        .hasMessageStartingWith("3: ")
        .hasCause(error);
  }

  @Test
  void endOfAThread_isNoFailureOfAFile() {
    Batch batch =
        new Batch(
            (source, target, options) -> {
              throw new ThreadDeath();
            },
            UpscaleOptions.defaults());

    assertThatThrownBy(() -> batch.run(sources(20), BatchTest::target))
        .isInstanceOf(ThreadDeath.class);
  }

  /** Two files together may need more memory than there is, of which each would have enough. */
  @Test
  void fileWithoutMemory_isTriedAgainWhenNoOtherIsInWork() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(2);
    Batch batch =
        new Batch(
            (source, target, options) -> {
              tries.incrementAndGet();
              int inWork = running.incrementAndGet();
              try {
                both.countDown();
                awaitUninterruptedly(both);
                if (inWork > 1) {
                  throw new OutOfMemoryError("Java heap space");
                }
              } finally {
                running.decrementAndGet();
              }
            },
            UpscaleOptions.defaults());

    assertThat(batch.run(sources(20), BatchTest::target).failures()).isEmpty();
    assertThat(tries.get()).isGreaterThan(20);
  }

  @Test
  void filesThatNeverHaveEnoughMemory_failAfterASecondTry() {
    AtomicInteger tries = new AtomicInteger();
    Batch batch =
        new Batch(
            (source, target, options) -> {
              tries.incrementAndGet();
              throw new IOException("wrapped", new OutOfMemoryError("Java heap space"));
            },
            UpscaleOptions.defaults());

    assertThat(batch.run(sources(20), BatchTest::target).failures()).hasSize(20);
    assertThat(tries).hasValue(40);
  }

  @Test
  void interrupt_endsTheFilesInWork() {
    Thread caller = Thread.currentThread();
    AtomicInteger interrupted = new AtomicInteger();
    Batch batch =
        new Batch(
            (source, target, options) -> {
              caller.interrupt();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw new CancellationException("interrupted after 1 of 2 tiles");
              }
            },
            UpscaleOptions.defaults());
    AtomicBoolean isClosed = new AtomicBoolean();

    assertThatThrownBy(
            () -> batch.run(sources(100).onClose(() -> isClosed.set(true)), BatchTest::target))
        .isInstanceOf(CancellationException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(interrupted.get()).isBetween(1, 2);
    assertThat(isClosed).isTrue();
  }

  @Test
  void whatTheTargetsThrow_endsTheBatch() {
    Batch batch = new Batch((source, target, options) -> {}, UpscaleOptions.defaults());

    assertThatThrownBy(
            () ->
                batch.run(
                    sources(3),
                    source -> {
                      throw new IllegalStateException("no target");
                    }))
        .hasMessage("no target");
  }

  private static Stream<Path> sources(int count) {
    return IntStream.range(0, count).mapToObj(i -> Path.of(Integer.toString(i)));
  }

  private static Path target(Path source) {
    return Path.of(source + ".png");
  }

  private static void awaitUninterruptedly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
