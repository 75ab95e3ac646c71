// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.calls;

import io.github.sr4j.Device;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The slots of calls on the processors, which all upscalers of the process share: a call takes as
 * many processors as it has threads, in the order in which calls ask for them. Threads of several
 * calls that share cores wait for one another at every layer: fewer calls at a time make more
 * images in a second, in less memory.
 *
 * <p>A call within another one, of a network that calls an upscaler itself, is part of the outer
 * call and takes none: it would wait for itself.
 *
 * <p>Immutable, and safe for use by multiple threads.
 */
public final class Slots {

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final Semaphore FREE = new Semaphore(PROCESSORS, /* fair= */ true);

  /** Whether the thread has a slot. */
  private static final ThreadLocal<Boolean> TAKEN = new ThreadLocal<>();

  private final int processors; // of a slot

  private Slots(int processors) {
    this.processors = processors;
  }

  /**
   * Returns the slots of calls on a device.
   *
   * @param threads of a call on the CPU; other devices have as many slots as are asked for
   */
  public static Slots of(Device device, int threads) {
    return new Slots(device.kind() == Device.Kind.CPU ? Math.min(threads, PROCESSORS) : 0);
  }

  /**
   * Takes a slot.
   *
   * @param nanos how long it may take
   * @return whether there is one to be released by this thread; none where a call needs none
   * @throws TimeoutException if it takes longer
   */
  boolean take(long nanos) throws InterruptedException, TimeoutException {
    if (isFree()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return false;
    }
    if (!FREE.tryAcquire(processors, nanos, TimeUnit.NANOSECONDS)) {
      throw new TimeoutException();
    }
    TAKEN.set(true);
    return true;
  }

  private boolean isFree() {
    return processors == 0 || TAKEN.get() != null;
  }

  /** Releases a slot that this thread has taken. */
  void release() {
    TAKEN.remove();
    FREE.release(processors);
  }

  /** Returns whether a call waits for a slot. */
  boolean isWaitedFor() {
    return FREE.hasQueuedThreads();
  }
}
