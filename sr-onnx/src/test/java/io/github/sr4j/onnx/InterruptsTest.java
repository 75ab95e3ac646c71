// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.testkit.ImageAssert;
import io.github.sr4j.testkit.TestImages;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InterruptsTest {

  private static final FloatImage SMALL = TestImages.noise(1, 20, 16, 1);

  // On one thread, its larger runs take many seconds.
  private static BlockUpscaler open(String name) {
    return OnnxModelReader.open(
        Model.bytes(name, TestModels.convolutions(1, 2, 64, 12, 1).bytes()), Device.cpu(), 1);
  }

  private static Optional<Thread> watcher(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sr4j-interrupts-" + name))
        .findAny();
  }

  private static void awaitUnwatched(String name) throws InterruptedException {
    Optional<Thread> watcher = watcher(name);
    if (watcher.isPresent()) {
      watcher.get().join(5_000);
    }
    assertThat(watcher(name)).isEmpty();
  }

  /** Returns once a thread is inside ONNX Runtime. */
  private static void awaitRun(Thread thread) {
    await(
        () ->
            Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("ai.onnxruntime.OrtSession")));
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait(); // no longer than the timeout of the test
    }
  }

  @Test
  void interrupt_endsARun_andTheSessionGoesOn() throws Exception {
    try (BlockUpscaler network = open("interrupted.onnx")) {
      FloatImage expected = network.upscale(SMALL);
      CompletableFuture<Boolean> isStillInterrupted = new CompletableFuture<>();
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  network.upscale(TestImages.noise(1, 1500, 1500, 1));
                  failure.complete(new AssertionError("the run was not ended"));
                } catch (CancellationException e) {
                  isStillInterrupted.complete(Thread.currentThread().isInterrupted());
                  failure.complete(e);
                }
              });
      caller.start();
      awaitRun(caller);
      caller.interrupt();

      // Operators are not ended half-way; the largest here takes about 0.3 s.
      assertThat(failure.get(5, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted.onnx: interrupted while the network ran");
      assertThat(isStillInterrupted.get()).isTrue();
      caller.join();
      ImageAssert.assertThat(network.upscale(SMALL)).isCloseTo(expected, 0);
    }
    awaitUnwatched("interrupted.onnx");
  }

  @Test
  void interruptOfOneCaller_doesNotEndOthers() throws Exception {
    try (BlockUpscaler network = open("shared.onnx")) {
      CompletableFuture<FloatImage> other =
          CompletableFuture.supplyAsync(() -> network.upscale(TestImages.noise(1, 300, 300, 1)));
      CompletableFuture<FloatImage> one = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  one.complete(network.upscale(TestImages.noise(1, 1500, 1500, 1)));
                } catch (CancellationException e) {
                  one.completeExceptionally(e);
                }
              });
      caller.start();
      awaitRun(caller);
      caller.interrupt();

      assertThatThrownBy(() -> one.get(20, TimeUnit.SECONDS))
          .isInstanceOfAny(CancellationException.class, ExecutionException.class);
      assertThat(other.get(20, TimeUnit.SECONDS).width()).isEqualTo(600);
    }
    awaitUnwatched("shared.onnx");
  }

  @Test
  void watcherThatSleeps_isWoken() throws Exception {
    try (BlockUpscaler network = open("sleepy.onnx")) {
      network.upscale(SMALL);
      await(() -> watcher("sleepy.onnx").orElseThrow().getState() == Thread.State.WAITING);
      CompletableFuture<FloatImage> run = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  run.complete(network.upscale(TestImages.noise(1, 1500, 1500, 1)));
                } catch (CancellationException e) {
                  run.cancel(false);
                }
              });
      caller.start();
      awaitRun(caller);
      caller.interrupt();

      assertThatThrownBy(() -> run.get(20, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class);
    }
    awaitUnwatched("sleepy.onnx");
  }
}
