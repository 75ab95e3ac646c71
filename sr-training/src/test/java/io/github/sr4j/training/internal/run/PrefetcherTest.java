// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.spi.PatchBatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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
    try (Prefetcher batches = new Prefetcher(number -> slow(number, 4), 0, 60, 3)) {
      for (long number = 0; number < 60; number++) {
        assertThat(batches.next().input()).containsExactly((float) number);
      }
      assertThat(batches.workers()).isEqualTo(3);
      // 60 batches of 4 ms by up to three threads, for someone who does nothing else.
      assertThat(batches.waited()).isGreaterThan(Duration.ofMillis(60));
    }
  }

  @Test
  void oneThreadStays_whileTheTrainerDoesNotWait() throws Exception {
    try (Prefetcher batches = new Prefetcher(PrefetcherTest::batch, 0, 60, 3)) {
      Duration first = null;
      for (long number = 0; number < 20; number++) {
        batches.next();
        first = first == null ? batches.waited() : first;
        Thread.sleep(10); // the trainer's step
      }
      assertThat(batches.workers()).isEqualTo(1);
      assertThat(batches.waited().minus(first)).isLessThan(Duration.ofMillis(10));
    }
  }

  private static PatchBatch slow(long number, long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the test is over
    }
    return batch(number);
  }
}
