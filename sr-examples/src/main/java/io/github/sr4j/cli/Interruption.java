// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of the process, as by Ctrl-C, made into an interrupt of the thread that works: it stops
 * within a tile and removes what is half written, for which the process waits.
 */
final class Interruption implements AutoCloseable {

  private static final int SECONDS = 10; // more than a tile takes; what ignores interrupts is left

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  private Interruption(Thread worker) {
    hook =
        new Thread(
            () -> {
              worker.interrupt();
              try {
                ended.await(SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the process ends a little sooner
              }
            },
            "sr4j-interruption");
  }

  /** Interrupts the calling thread if the process ends before this is closed. */
  static Interruption ofThisThread() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook runs, or is about to, and does not wait any more.
    }
  }
}
