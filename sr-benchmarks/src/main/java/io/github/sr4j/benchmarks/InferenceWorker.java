// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * The process in which one side of {@link UpscaleComparison} runs.
 *
 * <p>It runs once and answers. Then it waits for lines of input. Each is a number of milliseconds,
 * for which it runs, at least once, and is answered with the runs, the nanoseconds they took, the
 * peak of resident memory in KiB and the nanoseconds of processor time; or {@link #PICTURE}, after
 * which what it made last is in a file. It ends where its input ends. Besides the side's own
 * libraries it needs the JDK only.
 */
final class InferenceWorker {

  /** Asks for a picture. The last request: what encodes it adds to the memory. */
  static final String PICTURE = "picture";

  private InferenceWorker() {}

  /** Runs a side on a task, whose arguments are followed by the file for the picture. */
  public static void main(String[] arguments) throws Exception {
    InferenceTask task = InferenceTask.parse(arguments);
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (InferenceSide side = open(arguments[0], task)) {
      side.run();
      System.out.println(WorkerProcess.ANSWER + peakMemory());
      for (String request = requests.readLine(); request != null; request = requests.readLine()) {
        if (request.equals(PICTURE)) {
          write(side.picture(), Path.of(arguments[6]));
          System.out.println(WorkerProcess.ANSWER);
          continue;
        }
        long limit = Long.parseLong(request) * 1_000_000;
        long processorTime = processorTime();
        long start = System.nanoTime();
        long elapsed;
        int runs = 0;
        do {
          side.run();
          runs++;
          elapsed = System.nanoTime() - start;
        } while (elapsed < limit);
        processorTime = processorTime() - processorTime;
        System.out.println(
            WorkerProcess.ANSWER + runs + " " + elapsed + " " + peakMemory() + " " + processorTime);
      }
    }
  }

  private static void write(@Nullable BufferedImage picture, Path file) throws IOException {
    if (picture != null) {
      ImageIO.write(picture, "bmp", file.toFile());
    }
  }

  private static InferenceSide open(String name, InferenceTask task) throws Exception {
    return switch (name) {
      case "sr4j" -> new UpscalerSide(task, OptionalInt.empty());
      case "whole" -> new UpscalerSide(task, OptionalInt.of(task.size()));
      case "int8" -> new UpscalerSide(task.int8(), OptionalInt.empty());
      case "raw" -> new RawSide(task);
      case "raw-int8" -> new RawSide(task.int8());
      case "djl" -> new DjlSide(task);
      case "opencv" -> new OpenCvSide(task);
      default -> throw new IllegalArgumentException("there is no side named " + name);
    };
  }

  private static long processorTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  /** Returns the peak of resident memory in KiB as Linux counts it; 0 elsewhere. */
  static String peakMemory() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          return line.replaceAll("\\D", "");
        }
      }
    }
    return "0";
  }
}
