// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RowExecutorTest {

  @ParameterizedTest(name = "{0}x{1}, {2} threads")
  @CsvSource({"1, 1, 1", "1, 1, 4", "100000, 7, 3", "1000, 1000, 2", "3, 100000, 4", "512, 129, 2"})
  void run_coversEveryRowOnce(int width, int height, int threads) {
    AtomicIntegerArray rows = new AtomicIntegerArray(height);
    try (RowExecutor executor = new RowExecutor(threads)) {
      executor.run(
          width,
          height,
          (top, bottom) -> {
            for (int y = top; y < bottom; y++) {
              rows.incrementAndGet(y);
            }
          });
    }
    for (int y = 0; y < height; y++) {
      assertThat(rows.get(y)).as("row %s", y).isEqualTo(1);
    }
  }

  @Test
  void run_ofOneThread_staysInTheCallers() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (RowExecutor executor = new RowExecutor(1)) {
      executor.run(1000, 1000, (top, bottom) -> seen.add(Thread.currentThread()));
    }
    assertThat(seen).containsExactly(Thread.currentThread());
  }

  @Test
  void run_usesNoMoreThreadsThanAsked_andThoseAreDaemons() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (RowExecutor executor = new RowExecutor(2)) {
      executor.run(1000, 10000, (top, bottom) -> seen.add(Thread.currentThread()));
    }
    assertThat(seen).hasSizeBetween(1, 2).allMatch(Thread::isDaemon);
  }

  @Test
  void scratch_hasRoom_andIsUsedAgain() {
    Set<float[]> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    try (RowExecutor executor = new RowExecutor(1)) {
      for (int width : new int[] {100, 1000, 50_000}) { // the last one is wider than a band
        executor.run(
            width,
            3000,
            2,
            (top, bottom, scratch) -> {
              assertThat(scratch).hasSizeGreaterThanOrEqualTo(2 * width * (bottom - top));
              seen.add(scratch);
            });
      }
      assertThat(seen).hasSize(2);
    }
  }

  @Test
  void scratch_isOneBandsAtATime() {
    Set<float[]> inUse =
        Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    try (RowExecutor executor = new RowExecutor(4)) {
      executor.run(
          1 << 14,
          300,
          1,
          (top, bottom, scratch) -> {
            assertThat(inUse.add(scratch)).isTrue();
            LockSupport.parkNanos(10_000);
            inUse.remove(scratch);
          });
    }
  }

  @Test
  void run_throwsWhatTheTaskThrows() {
    try (RowExecutor executor = new RowExecutor(2)) {
      assertThatThrownBy(
              () ->
                  executor.run(
                      1000,
                      1000,
                      (top, bottom) -> {
                        throw new IllegalStateException("rows from " + top);
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("rows from ");
    }
  }

  @Test
  void interruptedCaller_getsAllRows_andStaysInterrupted() {
    AtomicInteger rows = new AtomicInteger();
    try (RowExecutor executor = new RowExecutor(4)) {
      Thread.currentThread().interrupt();
      executor.run(
          1 << 14,
          200,
          (top, bottom) -> {
            LockSupport.parkNanos(100_000);
            rows.addAndGet(bottom - top);
          });
      assertThat(rows).hasValue(200);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
