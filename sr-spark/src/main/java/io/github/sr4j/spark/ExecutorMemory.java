// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import io.github.sr4j.ModelInfo;
import java.util.Locale;
import org.apache.spark.SparkConf;

/**
 * The memory that an executor needs beyond its heap, where ONNX Runtime has its tensors, and the
 * memory that the settings of Spark give it there.
 *
 * @param needed in MiB
 * @param given in MiB
 * @param tasks that an executor runs at a time
 */
record ExecutorMemory(long needed, long given, int tasks) {

  private static final long MIB = 1 << 20;
  private static final String OVERHEAD = "spark.executor.memoryOverhead";
  private static final String FACTOR = "spark.executor.memoryOverheadFactor";
  private static final long BASE = 384; // MiB: the JVM's own, ONNX Runtime, what malloc keeps
  private static final long MIN_OVERHEAD = 384; // MiB: Spark's default
  private static final double OVERHEAD_OF_HEAP = 0.1; // Spark's default
  private static final long PIXELS_OF_TILE = 512 * 512 * 3 / 2; // that are not cut
  private static final long MAX_DEFAULT = 8L << 30; // bytes that a tile takes if nothing is set

  /**
   * Estimates the memory.
   *
   * @param maxMemory the bytes that a tile may take; 0 if that is not set
   */
  static ExecutorMemory of(ModelInfo model, long maxMemory, SparkConf conf) {
    int cores = conf.getInt("spark.executor.cores", 1);
    int tasks = Math.max(1, cores / Math.max(1, conf.getInt("spark.task.cpus", 1)));
    long most = maxMemory > 0 ? maxMemory : MAX_DEFAULT;
    long perTile = Math.min(most, model.bytesPerPixel().orElse(0) * PIXELS_OF_TILE);
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    long usual = Math.max(MIN_OVERHEAD, (long) (heap * conf.getDouble(FACTOR, OVERHEAD_OF_HEAP)));
    long given = conf.contains(OVERHEAD) ? conf.getSizeAsMb(OVERHEAD) : usual;
    return new ExecutorMemory(BASE + tasks * perTile / MIB, given, tasks);
  }

  boolean isEnough() {
    return given >= needed;
  }

  /** Returns the estimate in a sentence, and what to set if there is too little. */
  String text() {
    String estimate =
        String.format(
            Locale.ROOT,
            "executors need about %d MiB beyond the heap for %s, and have %d",
            needed,
            tasks == 1 ? "a task at a time" : tasks + " tasks at a time",
            given);
    return isEnough()
        ? estimate
        : String.format(Locale.ROOT, "%s; set %s=%dm", estimate, OVERHEAD, needed);
  }
}
