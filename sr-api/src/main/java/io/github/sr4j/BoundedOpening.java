// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import com.google.common.base.Throwables;
import io.github.sr4j.spi.BlockUpscaler;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The opening of a network on a thread of its own, for which its caller waits a limited time.
 * Native code cannot be stopped; a network that it opens after all is closed.
 */
final class BoundedOpening {

  private BoundedOpening() {}

  /**
   * Opens a network.
   *
   * @param model what messages call it
   * @throws ModelFormatException if it takes longer
   * @throws CancellationException if the calling thread is interrupted
   */
  static BlockUpscaler of(Model model, Duration maxTime, Supplier<BlockUpscaler> opening) {
    CompletableFuture<BlockUpscaler> network = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                BlockUpscaler opened = opening.get();
                if (!network.complete(opened)) {
                  opened.close(); // nobody waits for it any more
                }
              } catch (Throwable e) { // as the caller would have got it
                network.completeExceptionally(e);
              }
            },
            "sr4j-opening");
    thread.setDaemon(true);
    thread.start();
    try {
      return network.get(maxTime.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause);
    } catch (TimeoutException e) {
      ModelFormatException late =
          new ModelFormatException(
              String.format(
                  "%s: must open within %s seconds, but is still being opened; maxOpeningTime"
                      + " allows more, which a file of unknown origin should not get",
                  model.name(), seconds(maxTime)),
              e);
      if (network.completeExceptionally(late)) {
        thread.interrupt();
        throw late;
      }
      return network.join(); // just in time
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException(model.name() + ": interrupted while it was opened");
      cancelled.initCause(e);
      if (network.completeExceptionally(cancelled)) {
        thread.interrupt();
      } else if (!network.isCompletedExceptionally()) {
        network.join().close();
      }
      throw cancelled;
    }
  }

  /** Returns a time in seconds, as messages show it. */
  static String seconds(Duration time) {
    return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
  }
}
