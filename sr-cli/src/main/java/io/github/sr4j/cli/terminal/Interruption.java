// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.sr4j.shared.util.AtomicFile;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The end of the process, as by Ctrl-C, made into an interrupt of the thread that works: it stops
 * within a tile and removes what is half written, for which the process waits, but not for long.
 */
public final class Interruption implements AutoCloseable {

  /** The exit status of a command that was interrupted, as shells have it for Ctrl-C. */
  public static final int STATUS = 130;

  // What ignores interrupts, as native code that opens a model, or a large tile, is left.
  private static final Duration PATIENCE = Duration.ofMillis(400);

  // Ctrl-C, kill, and the end of a terminal or a session, with their numbers.
  private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15, "HUP", 1);

  // What calls native code that goes on while the process ends.
  private static final Pattern NATIVE =
      Pattern.compile("(ai\\.onnxruntime|org\\.bytedeco|org\\.nd4j)\\..*");

  private static volatile boolean isUnderWay;
  private static volatile @Nullable Interruption current;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread worker;
  private final Duration patience;
  private final Runnable lastAct;

  private Interruption(Thread worker, Duration patience, Runnable lastAct) {
    this.worker = worker;
    this.patience = patience;
    this.lastAct = lastAct;
  }

  /** Interrupts the calling thread if the process is told to end before this is closed. */
  public static Interruption ofThisThread() {
    return ofThisThread(PATIENCE);
  }

  /**
   * Interrupts the calling thread if the process is told to end before this is closed.
   *
   * @param patience how long the process waits for the thread
   */
  public static Interruption ofThisThread(Duration patience) {
    return of(patience, () -> {});
  }

  /**
   * Interrupts the calling thread if the process is told to end before this is closed.
   *
   * @param lastAct is done, on another thread, if the calling thread does not end in time
   */
  public static Interruption ofThisThread(Runnable lastAct) {
    return of(PATIENCE, lastAct);
  }

  private static Interruption of(Duration patience, Runnable lastAct) {
    Interruption interruption = new Interruption(Thread.currentThread(), patience, lastAct);
    current = interruption;
    return interruption;
  }

  /** Makes signals end the process in this way, and any end of it remove what is half written. */
  public static void prepare() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  isUnderWay = true;
                  AtomicFile.deleteTemporaries();
                },
                "sr4j-cleanup"));
    SIGNALS.keySet().forEach(signal -> Signals.handle(signal, Interruption::end));
  }

  private static void end(String signal) {
    isUnderWay = true;
    Interruption interruption = current;
    if (interruption != null) {
      interruption.worker.interrupt();
      try {
        if (!interruption.ended.await(interruption.patience.toMillis(), TimeUnit.MILLISECONDS)) {
          interruption.lastAct.run();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the process ends a little sooner
      }
    }
    AtomicFile.deleteTemporaries();
    if (isNativeCodeRunning()) {
      Signals.endProcessBy(signal);
    }
    System.exit(128 + SIGNALS.getOrDefault(signal, 0)); // as shells say it
  }

  private static boolean isNativeCodeRunning() {
    return Thread.getAllStackTraces().values().stream()
        .filter(frames -> frames.length > 0 && frames[0].isNativeMethod())
        .anyMatch(frames -> NATIVE.matcher(frames[0].getClassName()).matches());
  }

  /** Returns whether the process is ending, which makes much fail that nobody has to mend. */
  public static boolean isUnderWay() {
    return isUnderWay;
  }

  /** Ends the process with a status, unless a signal is about to end it. */
  public static void exit(int status) {
    if (isUnderWay) {
      Uninterruptibles.sleepUninterruptibly(Duration.ofDays(1)); // it ends during it
    }
    if (isNativeCodeRunning()) { // a model that was given up, but cannot be stopped from opening
      Signals.endProcessBy("TERM");
    }
    System.exit(status);
  }

  @Override
  public void close() {
    current = null;
    ended.countDown();
  }
}
