// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The times of calls of one {@link Upscaler}, which all threads of the benchmark share.
 *
 * <p>{@link ConcurrentCallers} runs it with more and more threads.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
public class UpscaleBenchmark {

  /** An embedded model. */
  @Param("fast-x2")
  public String model = "";

  /** The width and height of the image in pixels. */
  @Param("256")
  public int size;

  /** The threads that a call may use. */
  @Param("2")
  public int threads;

  private Upscaler upscaler;
  private BufferedImage image;

  /** Creates the benchmark; JMH does this. */
  public UpscaleBenchmark() {}

  /** Opens the model. */
  @Setup
  public void open() {
    upscaler = Upscaler.builder().model(model).device(Device.cpu()).threads(threads).build();
    image = InferenceTask.image(size);
  }

  /** Closes the model. */
  @TearDown
  public void close() {
    upscaler.close();
  }

  /** Enlarges an image, from pixels to pixels. */
  @Benchmark
  public BufferedImage upscale() {
    return upscaler.upscale(image);
  }
}
