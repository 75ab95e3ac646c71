// SPDX-License-Identifier: Apache-2.0
package com.example.threads;

import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Enlarges pictures on a virtual thread each, of three scales, and cancels some. */
public final class Main {

  private static final int PICTURES = 60;

  private Main() {}

  public static void main(String[] args) throws Exception {
    BufferedImage picture = new BufferedImage(96, 64, BufferedImage.TYPE_3BYTE_BGR);
    int enlarged = 0;
    int cancelled = 0;
    Upscaler.Statistics counts;
    try (Upscaler.Service upscalers = Upscaler.builder().buildService();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<BufferedImage>> results = new ArrayList<>();
      for (int i = 0; i < PICTURES; i++) {
        int scale = 2 + i % 3;
        // snippet: threads
        results.add(threads.submit(() -> upscalers.forScale(scale).upscale(picture)));
        // end
      }
      for (int i = 0; i < PICTURES; i += 10) {
        results.get(i).cancel(true); // interrupts the virtual thread
      }
      for (int i = 0; i < PICTURES; i++) {
        try {
          int width = results.get(i).get().getWidth();
          if (width != 96 * (2 + i % 3)) {
            throw new AssertionError("picture " + i + " is " + width + " wide");
          }
          enlarged++;
        } catch (CancellationException e) {
          cancelled++;
        }
      }
      threads.shutdown();
      threads.awaitTermination(1, TimeUnit.MINUTES); // for those that are being cancelled
      counts = upscalers.statistics();
    }
    System.out.printf(
        "enlarged %d, cancelled %d, running %d%n", enlarged, cancelled, counts.running());
  }
}
