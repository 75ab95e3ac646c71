// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import io.github.sr4j.cli.serve.Problem.Refusal;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The count of what the server has taken on: images, their pixels and the bytes of their uploads.
 * Safe for use by multiple threads.
 */
final class Admission {

  private static final double WEIGHT_OF_LAST = 0.2; // in the mean time of an image
  private static final int MAX_RETRY_SECONDS = 600;

  private final Limits limits;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong pixels = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile double meanSeconds = 1;

  Admission(Limits limits) {
    this.limits = limits;
  }

  /** The room that one image takes, from its upload to its answer. Closing it frees the room. */
  final class Place implements AutoCloseable {

    private int placeBytes;
    private long placePixels;
    private boolean isClosed;

    private Place() {}

    /**
     * Takes room for a further part of the upload.
     *
     * @throws Refusal if this upload is too long, or all together are
     */
    synchronized void addBytes(int count) throws Refusal {
      if (placeBytes + (long) count > limits.maxBytes()) {
        throw tooLong(limits.maxBytes());
      }
      if (bytes.addAndGet(count) > limits.maxUploadedBytes()) {
        bytes.addAndGet(-count);
        throw new Refusal(429, "too many uploads at a time; try again later");
      }
      placeBytes += count;
    }

    /**
     * Takes room for the pixels of the image.
     *
     * @throws Refusal if too many wait
     */
    synchronized void setPixels(long count) throws Refusal {
      if (isClosed) {
        return; // the client is gone
      }
      long before = pixels.getAndAdd(count);
      if (before > 0 && before + count > limits.maxWaitingPixels()) {
        pixels.addAndGet(-count);
        throw new Refusal(
            429,
            String.format(
                Locale.ROOT,
                "%d pixels wait or are in work, and %d more than %d allow; try again later",
                before,
                count,
                limits.maxWaitingPixels()));
      }
      placePixels = count;
    }

    /** Counts a finished image in the time that others are told to wait. */
    void finished(Duration elapsed) {
      double seconds = elapsed.toNanos() / 1e9;
      meanSeconds = (1 - WEIGHT_OF_LAST) * meanSeconds + WEIGHT_OF_LAST * seconds;
    }

    @Override
    public synchronized void close() {
      if (!isClosed) {
        isClosed = true;
        bytes.addAndGet(-placeBytes);
        pixels.addAndGet(-placePixels);
        leave();
      }
    }
  }

  static Refusal tooLong(long maxBytes) {
    return new Refusal(
        413,
        String.format(
            Locale.ROOT, "an image may have %d bytes here, but this one has more", maxBytes));
  }

  /**
   * Takes a place, to be closed by the caller.
   *
   * @throws Refusal if there is none
   */
  Place enter() throws Refusal {
    if (requests.incrementAndGet() > limits.maxRequests()) {
      leave();
      throw new Refusal(
          429,
          String.format(
              Locale.ROOT,
              "%d images wait or are in work, as many as this server takes; try again later",
              limits.maxRequests()));
    }
    return new Place();
  }

  private synchronized void leave() {
    if (requests.decrementAndGet() == 0) {
      notifyAll();
    }
  }

  /**
   * Waits until no place is taken.
   *
   * @param patience how long at most
   */
  synchronized void awaitNone(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    long left = patience.toNanos();
    while (requests.get() > 0 && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
  }

  int requests() {
    return requests.get();
  }

  long pixels() {
    return pixels.get();
  }

  long bytes() {
    return bytes.get();
  }

  /** Returns after how many seconds a refused client should try again. */
  int retrySeconds() {
    double seconds = Math.ceil(meanSeconds);
    return (int) Math.max(1, Math.min(MAX_RETRY_SECONDS, seconds));
  }
}
