// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many threads share an upscaler, some of which are interrupted, and none notices the others. */
@Tag("long")
final class SharedUseTest {

  private static final int THREADS = 16;
  private static final int CALLS = 100; // of each thread
  private static final int IMAGES = 12;

  @Test
  void upscale_byManyThreads_givesWhatOneThreadGets() throws Exception {
    try (Upscaler upscaler = Upscaler.builder().tileSize(48).build()) {
      List<BufferedImage> images = new ArrayList<>();
      List<BufferedImage> expected = new ArrayList<>();
      for (int i = 0; i < IMAGES; i++) {
        images.add(TestImages.buffered(TestImages.scene(3, 40 + 9 * i, 110 - 7 * i, i)));
        expected.add(upscaler.upscale(images.get(i)));
      }
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<Integer>> results = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        long seed = t;
        results.add(threads.submit(() -> callMany(upscaler, images, expected, seed)));
      }
      threads.shutdown();

      int cancelled = 0;
      for (Future<Integer> result : results) {
        cancelled += result.get(10, TimeUnit.MINUTES);
      }
      assertThat(cancelled).isPositive().isLessThan(THREADS * CALLS);
    }
  }

  /** Returns how many of the calls were cancelled; the others are compared. */
  private static int callMany(
      Upscaler upscaler, List<BufferedImage> images, List<BufferedImage> expected, long seed)
      throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    int cancelled = 0;
    for (int call = 0; call < CALLS; call++) {
      int i = random.nextInt(IMAGES);
      CompletableFuture<BufferedImage> future = upscaler.upscaleAsync(images.get(i));
      if (random.nextInt(4) == 0) {
        Thread.sleep(random.nextInt(20));
        future.cancel(true);
      }
      try {
        BufferedImage result = future.get(5, TimeUnit.MINUTES);
        assertThat(AwtImages.toFloat(result).samples())
            .as("image %s of call %s by thread %s", i, call, seed)
            .isEqualTo(AwtImages.toFloat(expected.get(i)).samples());
      } catch (CancellationException e) {
        cancelled++;
      }
      assertThat(upscaler.upscale(images.get(i)).getWidth()).isEqualTo(expected.get(i).getWidth());
    }
    return cancelled;
  }
}
