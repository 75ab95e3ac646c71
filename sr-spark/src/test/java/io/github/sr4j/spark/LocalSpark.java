// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import org.apache.spark.sql.SparkSession;

/** The session of the tests that need no cluster: two tasks at a time, in this process. */
final class LocalSpark {

  private LocalSpark() {}

  /** Returns the session, which lives as long as this process. */
  static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("test")
        .config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }
}
