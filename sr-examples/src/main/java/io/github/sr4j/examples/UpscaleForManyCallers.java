// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * How do I enlarge images of several scales for many callers, and bound what waits?
 *
 * <p>Arguments: the image to read, and a folder for the enlarged ones.
 */
public final class UpscaleForManyCallers {

  private UpscaleForManyCallers() {}

  public static void main(String[] args) throws IOException {
    Path photo = Path.of(args[0]);
    Path folder = Path.of(args[1]);
    // snippet: service
    UpscaleOptions options = UpscaleOptions.defaults().timeout(Duration.ofSeconds(60));
    try (Upscaler.Service upscalers = Upscaler.builder().maxWaiting(64).buildService()) {
      List<CompletableFuture<Path>> calls = new ArrayList<>();
      for (int scale : List.of(2, 3, 4)) { // each model is opened when it is first asked for
        Path enlarged = folder.resolve("x" + scale + ".png");
        calls.add(upscalers.forScale(scale).upscaleAsync(photo, enlarged, options));
      }
      calls.forEach(CompletableFuture::join);
      System.out.println(upscalers.statistics());
    }
    // end
  }
}
