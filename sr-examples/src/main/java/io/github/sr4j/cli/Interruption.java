// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.files.AtomicFile;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of the process, as by Ctrl-C, made into an interrupt of the thread that works: it stops
 * within a tile and removes what is half written, for which the process waits, but not for long.
 */
final class Interruption implements AutoCloseable {

  // What ignores interrupts, as native code that opens a model, or a large tile, is left.
  private static final int MILLISECONDS = 400;

  // Ctrl-C, kill, and the end of a terminal or a session.
  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  private static final String OPENING_THREAD = "sr4j-opening"; // of the library

  private static volatile boolean isUnderWay;
  private static volatile @Nullable Interruption current;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread worker;

  private Interruption(Thread worker) {
    this.worker = worker;
  }

  /** Interrupts the calling thread if the process is told to end before this is closed. */
  static Interruption ofThisThread() {
    Interruption interruption = new Interruption(Thread.currentThread());
    current = interruption;
    return interruption;
  }

  /** Makes signals end the process in this way, and any end of it remove what is half written. */
  static void prepare() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  isUnderWay = true;
                  AtomicFile.deleteTemporaries();
                },
                "sr4j-cleanup"));
    SIGNALS.forEach(signal -> Signals.handle(signal, Interruption::end));
  }

  private static void end(String signal) {
    isUnderWay = true;
    Interruption interruption = current;
    if (interruption != null) {
      interruption.worker.interrupt();
      try {
        interruption.ended.await(MILLISECONDS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the process ends a little sooner
      }
    }
    AtomicFile.deleteTemporaries();
    Signals.endProcessBy(signal);
  }

  /** Returns whether the process is ending, which makes much fail that nobody has to mend. */
  static boolean isUnderWay() {
    return isUnderWay;
  }

  /** Ends the process with a status, unless a signal is about to end it. */
  static void exit(int status) {
    if (isUnderWay) {
      Uninterruptibles.sleepUninterruptibly(Duration.ofDays(1)); // it ends during it
    }
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals(OPENING_THREAD)) {
        Uninterruptibles.joinUninterruptibly(thread, Duration.ofMillis(MILLISECONDS));
        if (thread.isAlive()) { // given up, but native code cannot be stopped
          Signals.endProcessBy("TERM");
        }
      }
    }
    System.exit(status);
  }

  @Override
  public void close() {
    current = null;
    ended.countDown();
  }
}
