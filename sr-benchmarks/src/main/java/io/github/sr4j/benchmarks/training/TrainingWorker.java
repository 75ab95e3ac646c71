// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.spi.PatchBatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.LongStream;

/**
 * The process in which one side of {@link TrainingBenchmark} runs.
 *
 * <p>It does one step, answers with its loss, and then waits for lines of input. Each is a number
 * of milliseconds, for which it trains, and is answered with the steps done, the nanoseconds they
 * took and the last loss. It ends where its input ends. Answers begin with {@link #ANSWER}, because
 * native libraries may print too.
 */
public final class TrainingWorker {

  public static final String ANSWER = "sr4j-answer ";

  private static final int BATCHES = 4;

  private TrainingWorker() {}

  private static TrainingSide open(String side, TrainingTask task, Path weights)
      throws IOException {
    return switch (side) {
      case "dl4j" -> new Sr4jSide(task, weights, "dl4j", "fp32");
      case "torch" -> new Sr4jSide(task, weights, "torch", "fp32");
      case "torch-bf16" -> new Sr4jSide(task, weights, "torch", "bf16");
      case "libtorch" -> new LibTorchSide(task, weights, "fp32");
      case "libtorch-channels-last" -> new LibTorchSide(task, weights, "channels-last");
      case "libtorch-bf16" -> new LibTorchSide(task, weights, "bf16");
      case "pytorch" -> new PytorchSide(task, weights);
      default -> throw new IllegalArgumentException("there is no side \"" + side + "\"");
    };
  }

  /** Runs a side on a task with a file for the initial weights. */
  public static void main(String[] arguments) throws IOException {
    TrainingTask task = TrainingTask.valueOf(arguments[1]);
    Path weights = Path.of(arguments[2]);
    ImmutableList<PatchBatch> batches =
        LongStream.range(0, BATCHES).mapToObj(task::batch).collect(ImmutableList.toImmutableList());
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (TrainingSide side = open(arguments[0], task, weights)) {
      System.out.println(ANSWER + side.step(batches.get(0)));
      for (String request = requests.readLine(); request != null; request = requests.readLine()) {
        long limit = Long.parseLong(request) * 1_000_000;
        long start = System.nanoTime();
        long elapsed;
        int steps = 0;
        double loss;
        do {
          loss = side.step(batches.get(steps % BATCHES));
          steps++;
          elapsed = System.nanoTime() - start;
        } while (elapsed < limit);
        System.out.println(ANSWER + steps + " " + elapsed + " " + loss);
      }
    }
  }
}
