// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How do I enlarge an image without waiting for it, and stop when nobody wants it any more?
 *
 * <p>Arguments: the image to read, the one to write, and how many milliseconds it may take.
 */
public final class UpscaleInTheBackgroundAndCancel {

  private UpscaleInTheBackgroundAndCancel() {}

  public static void main(String[] args)
      throws IOException, ExecutionException, InterruptedException {
    BufferedImage photo = ImageFiles.read(Path.of(args[0]));
    long milliseconds = Long.parseLong(args[2]);
    try (Upscaler upscaler = Upscaler.create()) {
      CompletableFuture<BufferedImage> enlarged = upscaler.upscaleAsync(photo);
      try {
        ImageFiles.write(enlarged.get(milliseconds, TimeUnit.MILLISECONDS), Path.of(args[1]));
      } catch (TimeoutException e) {
        enlarged.cancel(true); // stops the network, in the middle of a tile if need be
        System.out.printf(Locale.ROOT, "cancelled after %d ms%n", milliseconds);
      }
    }
  }
}
