// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import java.io.Serializable;
import java.time.Duration;
import org.apache.spark.SparkContext;
import org.apache.spark.util.DoubleAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * The accumulators that Spark's web interface shows for the stages that enlarge images. What a task
 * that failed has added is not in them; a stage that is computed twice is counted twice.
 *
 * @param megapixels of the results
 * @param transfer seconds for copying sources and results between machines
 */
record Counters(
    LongAccumulator enlarged,
    LongAccumulator failed,
    LongAccumulator skipped,
    DoubleAccumulator megapixels,
    DoubleAccumulator decode,
    DoubleAccumulator network,
    DoubleAccumulator encode,
    DoubleAccumulator transfer)
    implements Serializable {

  /** Registers the accumulators. */
  static Counters of(SparkContext context) {
    return new Counters(
        context.longAccumulator("SR4J files enlarged"),
        context.longAccumulator("SR4J files failed"),
        context.longAccumulator("SR4J files skipped"),
        context.doubleAccumulator("SR4J megapixels of results"),
        context.doubleAccumulator("SR4J seconds in decode"),
        context.doubleAccumulator("SR4J seconds in network"),
        context.doubleAccumulator("SR4J seconds in encode"),
        context.doubleAccumulator("SR4J seconds in transfer"));
  }

  static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
