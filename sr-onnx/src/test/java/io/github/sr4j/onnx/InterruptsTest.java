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
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class InterruptsTest {

  private static final FloatImage SMALL = TestImages.noise(1, 20, 16, 1);

  // On one thread, its larger runs take many seconds.
  private static BlockUpscaler open(String name) {
    return OnnxModelReader.open(
        Model.bytes(name, TestModels.convolutions(1, 2, 64, 12, 1).bytes()), Device.cpu(), 1);
  }

  private static boolean isWatched(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("sr4j-interrupts-" + name));
  }

  private static void awaitUnwatched(String name) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (isWatched(name) && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    assertThat(isWatched(name)).isFalse();
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
      Thread.sleep(150);
      long start = System.nanoTime();
      caller.interrupt();

      assertThat(failure.get(20, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted.onnx: interrupted while the network ran");
      assertThat(isStillInterrupted.get()).isTrue();
      // Operators are not ended half-way; the largest here takes about 0.3 s.
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
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
      Thread.sleep(50);
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
      Thread.sleep(1300); // it looks a hundred times, every ten milliseconds
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
      Thread.sleep(50);
      caller.interrupt();

      assertThatThrownBy(() -> run.get(20, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class);
    }
    awaitUnwatched("sleepy.onnx");
  }
}
