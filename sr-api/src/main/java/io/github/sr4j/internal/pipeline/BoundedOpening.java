// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_OPENING_TIME;

import com.google.common.base.Throwables;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.shared.settings.SettingException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
              } catch (Throwable e) { // goes to the caller, errors too
                network.completeExceptionally(e);
              }
            },
            "sr4j-opening");
    thread.setDaemon(true);
    thread.start();
    try {
      return network.get(TimeUnit.NANOSECONDS.convert(maxTime), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (TimeoutException e) {
      SettingException limit =
          new SettingException(
              e,
              "%s: must open within %s seconds, but is still being opened; %s allows more, which a"
                  + " file of unknown origin should not get",
              model.name(),
              Deadline.seconds(maxTime),
              MAX_OPENING_TIME);
      ModelFormatException late = new ModelFormatException(limit.getMessage(), limit);
      if (network.completeExceptionally(late)) {
        thread.interrupt();
        throw late;
      }
      try {
        return network.join(); // just in time
      } catch (CompletionException ended) {
        throw failure(ended);
      }
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

  /** Throws what opening the network threw, as if the caller had opened it. */
  private static IllegalStateException failure(Exception ended) {
    Throwable cause = ended.getCause() == null ? ended : ended.getCause();
    Throwables.throwIfUnchecked(cause);
    return new IllegalStateException(cause); // a supplier throws nothing that is checked
  }
}
