// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** The time at which a call must have ended, if there is one. Immutable. */
public final class Deadline {

  /** That of a call without a timeout. */
  public static final Deadline NONE = of(Optional.empty());

  private final Optional<Duration> timeout;
  private final LongSupplier nanoTime;
  private final long end; // by nanoTime

  private Deadline(Optional<Duration> timeout, LongSupplier nanoTime) {
    this.timeout = timeout;
    this.nanoTime = nanoTime;
    this.end = nanoTime.getAsLong() + timeout.map(TimeUnit.NANOSECONDS::convert).orElse(0L);
  }

  /** Returns the deadline of a call that begins now. */
  public static Deadline of(Optional<Duration> timeout) {
    return of(timeout, System::nanoTime);
  }

  /** Returns the deadline of a call that begins now by a clock. */
  static Deadline of(Optional<Duration> timeout, LongSupplier nanoTime) {
    return new Deadline(timeout, nanoTime);
  }

  /** Returns how long it is until then, at least 0; the longest time if there is no deadline. */
  long nanosLeft() {
    return timeout.isEmpty() ? Long.MAX_VALUE : Math.max(0, end - nanoTime.getAsLong());
  }

  /**
   * Ends a call that is late.
   *
   * @param found what has not happened by then, as the end of a sentence
   * @throws CancellationException if it is late, caused by a {@link TimeoutException}
   */
  public void check(String found) {
    if (nanosLeft() == 0) {
      throw exceeded(found);
    }
  }

  CancellationException exceeded(String found) {
    return exceeded(timeout.orElseThrow(), found);
  }

  /** Returns the failure of a call that is late. */
  static CancellationException exceeded(Duration timeout, String found) {
    CancellationException late =
        new CancellationException(
            String.format("timeout is %s seconds, but %s", seconds(timeout), found));
    late.initCause(new TimeoutException());
    return late;
  }

  /** Returns whether a call was ended because it was late. */
  static boolean isCauseOf(CancellationException e) {
    return e.getCause() instanceof TimeoutException;
  }

  /** Returns a time in seconds, as messages show it. */
  public static String seconds(Duration time) {
    return BigDecimal.valueOf(time.getSeconds())
        .add(BigDecimal.valueOf(time.getNano(), 9))
        .stripTrailingZeros()
        .toPlainString();
  }
}
