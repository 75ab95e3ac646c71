// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.Device;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class UpscaleCallTest {

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // wraps, as it may
  private final Slots slots = Slots.of(Device.cpu(), Integer.MAX_VALUE);

  private Deadline deadline(Duration timeout) {
    return Deadline.of(Optional.of(timeout), clock::get);
  }

  @Test
  void call_endsAtItsDeadline_betweenTiles() {
    UpscaleCall call = new UpscaleCall(3, Optional.empty(), deadline(Duration.ofMillis(2500)));
    call.tileDone();
    clock.addAndGet(2_499_999_999L);
    assertThatCode(call::checkCancelled).doesNotThrowAnyException();
    clock.addAndGet(1);

    assertThatThrownBy(call::checkCancelled)
        .isInstanceOf(CancellationException.class)
        .hasMessage("timeout is 2.5 seconds, but only 1 of 3 tiles were done by then")
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void deadline_endsTheWaitForASlot() throws Exception {
    UpscaleCall holder = new UpscaleCall(1, Optional.empty());
    holder.takeSlot(slots);
    try {
      Throwable[] ended = {null};
      Thread waiting =
          new Thread(
              () -> {
                UpscaleCall late =
                    new UpscaleCall(1, Optional.empty(), deadline(Duration.ofNanos(1)));
                try {
                  late.takeSlot(slots);
                } catch (CancellationException e) {
                  ended[0] = e;
                }
              });
      waiting.start();
      waiting.join();

      assertThat(ended[0])
          .hasMessage("timeout is 0.000000001 seconds, but only 0 of 1 tiles were done by then");
    } finally {
      holder.releaseSlot();
    }
    UpscaleCall next = new UpscaleCall(1, Optional.empty(), deadline(Duration.ofDays(1)));
    next.takeSlot(slots);
    next.releaseSlot();
  }

  @Test
  void longestTimeout_isNeverOver() {
    Deadline deadline = deadline(Duration.ofSeconds(Long.MAX_VALUE));
    clock.addAndGet(Long.MAX_VALUE / 2);

    assertThatCode(() -> deadline.check("nothing")).doesNotThrowAnyException();
    assertThatCode(() -> Deadline.NONE.check("nothing")).doesNotThrowAnyException();
  }
}
