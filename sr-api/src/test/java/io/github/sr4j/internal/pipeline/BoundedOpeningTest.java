// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A backend that takes as long as it likes, and its caller, who does not wait as long. */
@Timeout(20)
final class BoundedOpeningTest {

  private static final Model MODEL = Model.bytes("slow.onnx", new byte[] {1});
  private static final Duration LONG = Duration.ofMinutes(1);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Opens a network as native code does: deaf to interrupts. */
  private BlockUpscaler slow() {
    begun.countDown();
    Uninterruptibles.awaitUninterruptibly(mayEnd);
    return new DelegatingNetwork(FilterNetwork.of(Color.LUMA, 2, 1)) {
      @Override
      public void close() {
        closed.countDown();
      }
    };
  }

  @Test
  void openingBeyondItsTime_isRefused_andWhatItOpensIsClosed() throws Exception {
    assertThatThrownBy(() -> BoundedOpening.of(MODEL, Duration.ofMillis(50), this::slow))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "slow.onnx: must open within 0.05 seconds, but is still being opened; maxOpeningTime"
                + " allows more, which a file of unknown origin should not get");

    assertThat(closed.getCount()).isEqualTo(1);
    mayEnd.countDown();
    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void longestTime_isNoError() {
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    mayEnd.countDown();

    try (BlockUpscaler network = BoundedOpening.of(MODEL, longest, this::slow)) {
      assertThat(network.info().scale()).isEqualTo(2);
    }
    assertThat(Deadline.seconds(longest)).isEqualTo("9223372036854775807");
  }

  @Test
  void openingBeyondItsTime_isInterrupted() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Supplier<BlockUpscaler> opening =
        () -> {
          try {
            mayEnd.await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          throw new CancellationException();
        };

    assertThatThrownBy(() -> BoundedOpening.of(MODEL, Duration.ofMillis(50), opening))
        .isInstanceOf(ModelFormatException.class);
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void interruptedCaller_returnsAtOnce_theStatusStillSet() throws Exception {
    Thread caller = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              Uninterruptibles.awaitUninterruptibly(begun);
              caller.interrupt();
            });
    interrupter.start();

    assertThatThrownBy(() -> BoundedOpening.of(MODEL, LONG, this::slow))
        .isInstanceOf(CancellationException.class)
        .hasMessage("slow.onnx: interrupted while it was opened");
    assertThat(Thread.interrupted()).isTrue();
    interrupter.join();
    mayEnd.countDown();
    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void failures_areThoseOfTheBackend() {
    ModelFormatException failure = new ModelFormatException("slow.onnx: is damaged", null);
    OutOfMemoryError error = new OutOfMemoryError();

    assertThatThrownBy(() -> BoundedOpening.of(MODEL, LONG, thrower(failure))).isSameAs(failure);
    assertThatThrownBy(() -> BoundedOpening.of(MODEL, LONG, thrower(error))).isSameAs(error);
  }

  private static Supplier<BlockUpscaler> thrower(Throwable failure) {
    return () -> {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    };
  }

  @Test
  void timeThatIsNotPositive_isRefused() {
    assertThatThrownBy(() -> Upscaler.builder().maxOpeningTime(Duration.ofMillis(-1500)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxOpeningTime must be positive, but was -1.5 seconds");
    Upscaler.Builder builder = Upscaler.builder().maxOpeningTime(LONG);
    assertThatThrownBy(() -> builder.maxOpeningTime(LONG))
        .isInstanceOf(IllegalStateException.class);
  }
}
