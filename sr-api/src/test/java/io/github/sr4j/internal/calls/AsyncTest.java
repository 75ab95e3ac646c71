// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The waiting, timeouts and futures of calls on other threads. */
@Timeout(60)
final class AsyncTest {

  /** A timer whose tasks run when the test says so. */
  private static final class HandTimer implements Async.Timer {
    private final List<Runnable> tasks = new ArrayList<>();

    @Override
    public synchronized Runnable schedule(Runnable task, Duration delay) {
      tasks.add(task);
      return () -> forget(task);
    }

    private synchronized void forget(Runnable task) {
      tasks.remove(task);
    }

    synchronized int size() {
      return tasks.size();
    }

    void ring() {
      Runnable task;
      synchronized (this) {
        task = tasks.get(0);
      }
      task.run();
    }
  }

  /** A call that waits until it is released or interrupted. */
  private static final class Work implements Callable<String> {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    @Override
    public String call() {
      begun.countDown();
      try {
        released.await();
        return "done";
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw new CancellationException("interrupted after 0 of 1 tiles");
      }
    }

    void awaitInterrupt() throws InterruptedException {
      assertThat(interrupted.await(10, SECONDS)).isTrue();
    }
  }

  private final HandTimer timer = new HandTimer();
  private final List<Work> works = new ArrayList<>();
  private final List<CompletableFuture<String>> futures = new ArrayList<>();
  private Async async = async(Async.Limits.NONE, Optional.empty());

  private Async async(Async.Limits limits, Optional<Executor> executor) {
    return new Async(1, limits, executor, timer);
  }

  private Work work() {
    Work work = new Work();
    works.add(work);
    return work;
  }

  private CompletableFuture<String> submit(Work work, long pixels) {
    return async.submit(work, pixels, Optional.empty());
  }

  /** Submits a call of which the test does not need the future. */
  private void put(Work work, long pixels) {
    futures.add(submit(work, pixels));
  }

  @AfterEach
  void release() {
    works.forEach(work -> work.released.countDown());
    async.close();
  }

  @Test
  void callBeyondThoseThatMayWait_isRefused_untilOneHasBegunOrIsCancelled() throws Exception {
    async = async(new Async.Limits(2, Long.MAX_VALUE), Optional.empty());
    Work first = work();
    put(first, 0);
    CompletableFuture<String> second = submit(work(), 0);
    Work third = work();
    put(third, 0);

    assertThatThrownBy(() -> submit(work(), 0))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("maxWaiting is 2 images, and as many wait: another one is refused");
    assertThat(async.waiting()).isEqualTo(2);
    assertThat(async.refused()).isEqualTo(1);

    assertThat(second.cancel(true)).isTrue();
    assertThat(async.waiting()).isEqualTo(1);
    assertThat(async.cancelled()).isEqualTo(1);
    put(work(), 0);
    first.released.countDown();
    third.begun.await();
    put(work(), 0);
    assertThat(async.waiting()).isEqualTo(2);
  }

  @Test
  void callThatNeedNotWait_isNeverRefused() throws Exception {
    async = async(new Async.Limits(0, 0), Optional.empty());
    for (int i = 0; i < 100; i++) {
      Work work = work();
      CompletableFuture<String> future = submit(work, 1000);
      assertThatThrownBy(() -> submit(work(), 0)).isInstanceOf(RejectedExecutionException.class);
      work.released.countDown();
      assertThat(future.get(10, SECONDS)).isEqualTo("done");
      awaitIdle();
    }
  }

  /** Until the worker has noticed that its call has ended. */
  private void awaitIdle() {
    while (async.running() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void pixelsBeyondThoseThatMayWait_areRefused() {
    async = async(new Async.Limits(10, 100), Optional.empty());
    put(work(), 1_000_000);
    CompletableFuture<String> waiting = submit(work(), 60);

    assertThatThrownBy(() -> submit(work(), 41))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage(
            "maxWaitingPixels is 100, and images of 60 pixels wait: one of 41 pixels is refused");
    put(work(), 40);
    assertThat(async.waitingPixels()).isEqualTo(100);
    waiting.cancel(false);
    assertThat(async.waitingPixels()).isEqualTo(40);
  }

  @Test
  void timeout_interruptsTheCall_andIsTheFailure() throws Exception {
    Work work = work();
    CompletableFuture<String> future = async.submit(work, 0, Optional.of(Duration.ofMillis(1500)));
    work.begun.await();

    timer.ring();

    assertThatThrownBy(() -> future.get(10, SECONDS))
        .isInstanceOf(CancellationException.class)
        .hasMessage("timeout is 1.5 seconds, but the image was not enlarged by then")
        .hasCauseInstanceOf(TimeoutException.class);
    work.awaitInterrupt();
  }

  @Test
  void timeout_endsTheWaitOfACallThatHasNotBegun() throws Exception {
    put(work(), 0);
    Work work = work();
    CompletableFuture<String> future = async.submit(work, 7, Optional.of(Duration.ofSeconds(1)));

    timer.ring();

    assertThatThrownBy(() -> future.get(10, SECONDS)).hasCauseInstanceOf(TimeoutException.class);
    assertThat(async.waiting()).isZero();
    assertThat(async.waitingPixels()).isZero();
    works.get(0).released.countDown();
    awaitIdle();
    assertThat(work.begun.getCount()).as("never run").isEqualTo(1);
  }

  @Test
  void timer_keepsNothingOfACallThatHasEnded() throws Exception {
    async = async(new Async.Limits(1, 0), Optional.empty());
    Optional<Duration> timeout = Optional.of(Duration.ofHours(1));
    Work work = work();
    CompletableFuture<String> done = async.submit(work, 0, timeout);
    CompletableFuture<String> cancelled = async.submit(work(), 0, timeout);
    assertThatThrownBy(() -> async.submit(work(), 0, timeout))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(timer.size()).isEqualTo(2);

    cancelled.cancel(true);
    work.released.countDown();
    done.get(10, SECONDS);

    assertThat(timer.size()).isZero();
  }

  /** A way in which a caller says that the result is not wanted any more. */
  record End(String name, Consumer<CompletableFuture<String>> act) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<End> ends() {
    return Stream.of(
        new End("cancel", future -> future.cancel(true)),
        new End("timeout", future -> future.orTimeout(1, NANOSECONDS)),
        new End("value in time", future -> future.completeOnTimeout("instead", 1, NANOSECONDS)),
        new End("value", future -> future.complete("instead")),
        new End("failure", future -> future.completeExceptionally(new IllegalStateException("no"))),
        new End("cancel of a derived one", future -> future.thenApply(v -> v).cancel(true)),
        new End(
            "cancel of one derived from a derived one",
            future -> future.whenComplete((v, e) -> {}).thenAccept(v -> {}).cancel(true)),
        new End(
            "cancel of an asynchronous one", future -> future.thenApplyAsync(v -> v).cancel(true)),
        new End(
            "timeout of a derived one",
            future -> future.thenApply(v -> v).orTimeout(1, NANOSECONDS)),
        new End("cancel of a copy", future -> future.copy().cancel(true)));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void endOfTheFutureOrADerivedOne_interruptsTheCall_andTheNextOneRuns(End end) throws Exception {
    Work work = work();
    CompletableFuture<String> future = submit(work, 0);
    Work next = work();
    CompletableFuture<String> nextFuture = submit(next, 0);
    work.begun.await();

    end.act().accept(future);

    work.awaitInterrupt();
    next.released.countDown();
    assertThat(nextFuture.get(10, SECONDS)).isEqualTo("done");
  }

  @ParameterizedTest
  @MethodSource("ends")
  void endOfTheFutureOrADerivedOne_ofACallThatWaits_leavesItUnrun(End end) throws Exception {
    Work first = work();
    put(first, 0);
    Work work = work();
    CompletableFuture<String> future = submit(work, 3);

    end.act().accept(future);

    while (async.waiting() > 0) {
      Thread.onSpinWait();
    }
    first.released.countDown();
    awaitIdle();
    assertThat(work.begun.getCount()).isEqualTo(1);
    assertThat(async.waitingPixels()).isZero();
  }

  @RepeatedTest(50) // the interrupted call must not complete the futures first
  void derivedFutureThatIsCancelled_isCancelled_andSoIsTheCall() throws Exception {
    Work work = work();
    CompletableFuture<String> future = submit(work, 0);
    work.begun.await();
    CompletableFuture<Integer> derived = future.thenApply(String::length);

    assertThat(derived.cancel(true)).isTrue();

    assertThat(derived).isCancelled();
    assertThatThrownBy(() -> future.get(10, SECONDS)).isInstanceOf(CancellationException.class);
  }

  @RepeatedTest(50)
  void futureThatIsCompletedInstead_hasThatResult() throws Exception {
    Work work = work();
    CompletableFuture<String> future = submit(work, 0);
    CompletableFuture<String> derived = future.thenApply(value -> value + "!");
    work.begun.await();

    assertThat(future.complete("instead")).isTrue();

    assertThat(derived.get(10, SECONDS)).isEqualTo("instead!");
    work.awaitInterrupt();
  }

  @Test
  void derivedFutureThatIsCancelledWithoutInterrupt_letsTheCallEnd() throws Exception {
    Work work = work();
    CompletableFuture<String> future = submit(work, 0);

    assertThat(future.thenApply(String::length).cancel(false)).isTrue();
    work.released.countDown();

    assertThat(future.get(10, SECONDS)).isEqualTo("done");
  }

  @Test
  void futures_areCompletedByTheExecutorOfTheProgram() throws Exception {
    AtomicInteger tasks = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    Executor executor =
        task -> {
          tasks.incrementAndGet();
          Thread thread = new Thread(task, "host");
          threads.add(thread);
          thread.start();
        };
    async = async(Async.Limits.NONE, Optional.of(executor));
    Work work = work();
    CompletableFuture<String> name =
        submit(work, 0).thenApply(value -> Thread.currentThread().getName());
    work.released.countDown();

    assertThat(name.get(10, SECONDS)).isEqualTo("host");
    assertThat(tasks).hasValue(1);
    threads.get(0).join();
  }

  @Test
  void executorThatIsShutDown_leavesNobodyWaiting() throws Exception {
    async =
        async(
            Async.Limits.NONE,
            Optional.of(
                task -> {
                  throw new RejectedExecutionException("shut down");
                }));
    Work work = work();
    CompletableFuture<String> future = submit(work, 0);
    work.released.countDown();

    assertThat(future.get(10, SECONDS)).isEqualTo("done");
  }

  @Test
  void checkedFailure_isTheCause() {
    CompletableFuture<String> future =
        async.submit(
            () -> {
              throw new IOException("no such file");
            },
            0,
            Optional.empty());

    assertThatThrownBy(() -> future.get(10, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void close_letsWhatWaitsRun() throws Exception {
    Work first = work();
    put(first, 0);
    Work second = work();
    CompletableFuture<String> waiting = submit(second, 0);
    async.close();
    first.released.countDown();
    second.released.countDown();

    assertThat(waiting.get(10, SECONDS)).isEqualTo("done");
  }
}
