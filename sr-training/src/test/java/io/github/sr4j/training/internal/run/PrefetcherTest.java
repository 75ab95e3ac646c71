// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.github.sr4j.spi.PatchBatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class PrefetcherTest {

  private static PatchBatch batch(long number) {
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 1, 1, 1);
    return new PatchBatch(shape, new float[] {(float) number}, shape, new float[1]);
  }

  @Test
  void batches_comeInOrder_fromTheFirstOn_andNoneBeyondTheEnd() throws IOException {
    List<Long> made = Collections.synchronizedList(new ArrayList<>());
    try (Prefetcher batches =
        new Prefetcher(
            number -> {
              made.add(number);
              return batch(number);
            },
            7,
            20)) {
      for (long number = 7; number < 20; number++) {
        assertThat(batches.next().input()).containsExactly((float) number);
      }
    }
    assertThat(made).startsWith(7L).endsWith(19L).hasSize(13);
  }

  @Test
  void batches_areMadeAhead_onAnotherThread() throws Exception {
    CountDownLatch third = new CountDownLatch(3);
    try (Prefetcher batches =
        new Prefetcher(
            number -> {
              third.countDown();
              return batch(number);
            },
            0,
            100)) {
      batches.next();
      third.await(); // nobody has asked for the third
      assertThat(third.getCount()).isZero();
    }
  }

  @Test
  void failureOfTheSource_reachesTheTrainer() {
    try (Prefetcher batches =
        new Prefetcher(
            number -> {
              throw new IllegalStateException("no batch " + number);
            },
            3,
            9)) {
      assertThatThrownBy(batches::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no batch 3");
    }
  }

  @Test
  void threadsAreAdded_whileTheTrainerWaits_andBatchesStayInOrder() throws IOException {
    AtomicLong time = new AtomicLong();
    Ticker waiting = // each look at the clock is 4 ms later, and nothing else takes time
        new Ticker() {
          @Override
          public long read() {
            return time.addAndGet(TimeUnit.MILLISECONDS.toNanos(4));
          }
        };
    try (Prefetcher batches = new Prefetcher(PrefetcherTest::batch, 0, 60, 3, waiting)) {
      for (long number = 0; number < 60; number++) {
        assertThat(batches.next().input()).containsExactly((float) number);
      }
      assertThat(batches.workers()).isEqualTo(3);
      assertThat(batches.waited()).isEqualTo(Duration.ofMillis(60 * 4));
    }
  }

  @Test
  void oneThreadStays_whileTheTrainerDoesNotWait() throws IOException {
    AtomicLong time = new AtomicLong();
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return time.get();
          }
        };
    try (Prefetcher batches = new Prefetcher(PrefetcherTest::batch, 0, 60, 3, ticker)) {
      for (long number = 0; number < 20; number++) {
        batches.next();
        time.addAndGet(TimeUnit.MILLISECONDS.toNanos(10)); // the trainer's step
      }
      assertThat(batches.workers()).isEqualTo(1);
      assertThat(batches.waited()).isZero();
    }
  }
}
