// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.files.AtomicFile;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of the process, as by Ctrl-C, made into an interrupt of the thread that works: it stops
 * within a tile and removes what is half written, for which the process waits, but not for long.
 */
final class Interruption implements AutoCloseable {

  // What ignores interrupts, as native code that opens a model, or a large tile, is left.
  private static final int MILLISECONDS = 400;

  private static volatile boolean isUnderWay;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  private Interruption(Thread worker) {
    hook =
        new Thread(
            () -> {
              isUnderWay = true;
              worker.interrupt();
              try {
                ended.await(MILLISECONDS, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the process ends a little sooner
              }
              AtomicFile.deleteTemporaries();
            },
            "sr4j-interruption");
  }

  /** Interrupts the calling thread if the process ends before this is closed. */
  static Interruption ofThisThread() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Removes what a command has half written when the process ends. */
  static void cleanUpAtTheEnd() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  isUnderWay = true;
                  AtomicFile.deleteTemporaries();
                },
                "sr4j-cleanup"));
  }

  /** Returns whether the process is ending, which makes much fail that nobody has to mend. */
  static boolean isUnderWay() {
    return isUnderWay;
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
