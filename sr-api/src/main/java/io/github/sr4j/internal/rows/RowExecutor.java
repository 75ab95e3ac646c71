// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.rows;

import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;

/**
 * An executor of work on the rows of an image, in bands of rows that several threads share.
 *
 * <p>Safe for use by multiple threads, which then share the same workers. The workers are daemons,
 * start with the first work and end when they have been idle for a while.
 */
public final class RowExecutor implements AutoCloseable {

  /** Work on the rows from {@code top}, inclusive, to {@code bottom}, exclusive. */
  public interface Task {

    /** Does the work. */
    void run(int top, int bottom);
  }

  /** Work on rows that needs room. */
  public interface ScratchTask {

    /**
     * Works on the rows from {@code top}, inclusive, to {@code bottom}, exclusive.
     *
     * @param scratch holds anything, and as many samples for each pixel as was asked for, or more
     */
    void run(int top, int bottom, float[] scratch);
  }

  // Samples in a band: its scratch arrays stay within a core's cache, and handing it to a worker
  // costs little against the work.
  private static final int BAND_SAMPLES = 1 << 14;

  // Arrays longer than that, of rows wider than a band, are left to the garbage collector.
  private static final int MAX_SCRATCH = 8 * BAND_SAMPLES;

  private final ForkJoinPool workers;

  // Arrays made anew for each band would fill the heap up to what the garbage collector likes best.
  private final Queue<float[]> scratch;

  /** Creates a pool of at most so many threads. */
  public RowExecutor(int threads) {
    workers = new ForkJoinPool(threads);
    scratch = new ArrayBlockingQueue<>(2 * threads);
  }

  /**
   * Runs a task over all rows as {@link #run(int, int, Task)} does, with an array for each band.
   *
   * @param samples of each pixel that the array has room for
   */
  public void run(int width, int height, int samples, ScratchTask task) {
    run(
        width,
        height,
        (top, bottom) -> {
          int needed = Math.multiplyExact(samples, Math.max(width, BAND_SAMPLES));
          float[] array = scratch.poll();
          if (array == null || array.length < needed) {
            array = new float[needed];
          }
          task.run(top, bottom, array);
          if (array.length <= MAX_SCRATCH) {
            scratch.offer(array); // unless there are enough, and not if the task failed
          }
        });
  }

  /** Runs a task over all rows and returns when all are done; throws what the task throws. */
  public void run(int width, int height, Task task) {
    int rows = Math.max(1, BAND_SAMPLES / width);
    if (workers.getParallelism() == 1 || height <= rows) {
      for (int top = 0; top < height; top += rows) {
        task.run(top, Math.min(height, top + rows));
      }
    } else {
      workers.invoke(new Split(0, height, rows, task));
    }
  }

  /** Returns how many threads work at a time. */
  public int threads() {
    return workers.getParallelism();
  }

  @Override
  public void close() {
    workers.shutdown();
  }

  private static final class Split extends RecursiveAction {

    private static final long serialVersionUID = 1L;

    private final int top;
    private final int bottom;
    private final int rows;
    private final transient Task task;

    Split(int top, int bottom, int rows, Task task) {
      this.top = top;
      this.bottom = bottom;
      this.rows = rows;
      this.task = task;
    }

    @Override
    protected void compute() {
      if (bottom - top <= rows) {
        task.run(top, bottom);
        return;
      }
      int middle = top + (bottom - top) / 2 / rows * rows;
      if (middle == top) {
        middle = top + rows;
      }
      invokeAll(new Split(top, middle, rows, task), new Split(middle, bottom, rows, task));
    }
  }
}
