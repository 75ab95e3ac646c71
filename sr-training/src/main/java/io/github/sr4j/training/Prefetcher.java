// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.sr4j.train.ImagePatchSource;
import io.github.sr4j.train.PatchBatch;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The batches of a source in order, made ahead by a thread of its own so that training never waits
 * for them.
 *
 * <p>One thread: cutting a batch takes a small part of the time of a step, and every further busy
 * thread slows an engine that spins on all cores. Confined to one thread; {@link #close} ends the
 * other.
 */
final class Prefetcher implements AutoCloseable {

  private static final int AHEAD = 4; // hides a pause of three steps; bounds the memory

  private final ImagePatchSource source;
  private final ExecutorService worker;
  private final ArrayDeque<Future<PatchBatch>> pending = new ArrayDeque<>();
  private final long end;
  private long requested;

  /** Makes the batches from {@code first} to {@code end}, exclusive. */
  Prefetcher(ImagePatchSource source, long first, long end) {
    this.source = source;
    this.requested = first;
    this.end = end;
    this.worker =
        Executors.newSingleThreadExecutor(
            new ThreadFactoryBuilder().setNameFormat("sr4j-patches").setDaemon(true).build());
  }

  /**
   * Returns the next batch.
   *
   * @throws InterruptedIOException if the thread is interrupted meanwhile; it stays interrupted
   */
  PatchBatch next() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted between two steps");
    }
    while (pending.size() < AHEAD && requested < end) {
      long number = requested++;
      pending.add(worker.submit(() -> source.batch(number)));
    }
    try {
      return pending.remove().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a batch");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the source of patches failed", e.getCause());
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
