// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ModelInfo;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class ExecutorMemoryTest {

  /** 1 KiB for each of the 393,216 pixels of a tile: 384 MiB. */
  private static final ModelInfo MODEL =
      ModelInfo.builder("a", 2).halo(4).bytesPerPixel(1024).build();

  private final SparkConf conf = new SparkConf(false);

  @Test
  void need_growsWithTheTasksOfAnExecutor() {
    conf.set("spark.executor.cores", "8").set("spark.task.cpus", "2");

    ExecutorMemory memory = ExecutorMemory.of(MODEL, 0, conf);

    assertThat(memory).isEqualTo(new ExecutorMemory(384 + 4 * 384, 384, 4));
    assertThat(memory.isEnough()).isFalse();
    assertThat(memory.text())
        .isEqualTo(
            "executors need about 1920 MiB beyond the heap for 4 tasks at a time, and have 384;"
                + " set spark.executor.memoryOverhead=1920m");
  }

  @Test
  void settings_countAsSparkCountsThem() {
    assertThat(ExecutorMemory.of(MODEL, 0, conf).given()).isEqualTo(384);
    conf.set("spark.executor.memory", "10g");
    assertThat(ExecutorMemory.of(MODEL, 0, conf).given()).isEqualTo(1024);
    conf.set("spark.executor.memoryOverheadFactor", "0.4");
    assertThat(ExecutorMemory.of(MODEL, 0, conf).given()).isEqualTo(4096);
    conf.set("spark.executor.memoryOverhead", "768"); // MiB
    ExecutorMemory memory = ExecutorMemory.of(MODEL, 0, conf);
    assertThat(memory).isEqualTo(new ExecutorMemory(768, 768, 1));
    assertThat(memory.isEnough()).isTrue();
    assertThat(memory.text())
        .isEqualTo(
            "executors need about 768 MiB beyond the heap for a task at a time, and have 768");
  }

  @Test
  void maxMemory_boundsATile() {
    assertThat(ExecutorMemory.of(MODEL, 100 << 20, conf).needed()).isEqualTo(484);
  }
}
