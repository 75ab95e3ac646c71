// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The ending of runs whose thread is interrupted. A thread inside native code cannot look after
 * itself, so one daemon thread looks at those that run, every few milliseconds. It is started by
 * the first run and sleeps while there are none.
 */
final class Interrupts implements AutoCloseable {

  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(10);
  // So many looks at nothing before it sleeps: a run that follows another need not wake it.
  private static final int IDLE_LOOKS = 100;

  /** The handle that ends one run at a time. */
  static final class Run {
    private final RunOptions options;
    private @Nullable Thread thread; // guarded by this; null between runs
    private boolean terminated; // guarded by this

    private Run(RunOptions options) {
      this.options = options;
    }

    RunOptions options() {
      return options;
    }

    synchronized boolean isTerminated() {
      return terminated;
    }

    private synchronized void terminateIfInterrupted() {
      if (thread != null && thread.isInterrupted() && !terminated) {
        terminated = true;
        setTerminate(true);
      }
    }

    private synchronized void begin() {
      thread = Thread.currentThread();
    }

    private synchronized void end() {
      thread = null;
      if (terminated) {
        terminated = false;
        setTerminate(false);
      }
    }

    private void setTerminate(boolean terminate) {
      try {
        options.setTerminate(terminate);
      } catch (OrtException e) {
        throw new IllegalStateException("cannot set the options of a run", e);
      }
    }
  }

  private final String name;
  private final Set<Run> running = ConcurrentHashMap.newKeySet();
  private @Nullable Thread watcher; // guarded by this
  private volatile boolean sleeping;
  private volatile boolean closed;

  Interrupts(String name) {
    this.name = name;
  }

  Run newRun() throws OrtException {
    return new Run(new RunOptions());
  }

  void begin(Run run) {
    run.begin();
    running.add(run);
    if (watcher() == null) {
      start();
    } else if (sleeping) {
      LockSupport.unpark(watcher());
    }
  }

  void end(Run run) {
    running.remove(run);
    run.end();
  }

  private synchronized @Nullable Thread watcher() {
    return watcher;
  }

  private synchronized void start() {
    if (watcher == null) {
      watcher = new Thread(this::watch, "sr4j-interrupts-" + name);
      watcher.setDaemon(true);
      watcher.setContextClassLoader(null); // which could keep an undeployed application in memory
      watcher.start();
    }
  }

  private void watch() {
    int idle = 0;
    while (!closed) {
      if (running.isEmpty()) {
        idle++;
      } else {
        idle = 0;
        running.forEach(Run::terminateIfInterrupted);
      }
      if (idle > IDLE_LOOKS) {
        sleeping = true;
        if (running.isEmpty() && !closed) { // else a run or close may have missed that it sleeps
          LockSupport.park(this);
        }
        sleeping = false;
        idle = 0;
      } else {
        LockSupport.parkNanos(this, PERIOD);
      }
    }
  }

  /** Ends the thread. No run may be in progress, and none may follow. */
  @Override
  public void close() {
    closed = true;
    Thread thread = watcher();
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
