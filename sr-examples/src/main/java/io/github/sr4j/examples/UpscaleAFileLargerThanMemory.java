// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How do I enlarge an image that does not fit into memory, and show how far it is?
 *
 * <p>Arguments: the image to read, and the one to write. From file to file, the image is read,
 * enlarged and written in bands, so that memory use depends on its width and not on its height; for
 * that both should be TIFF, or PNG. The result appears under its name when it is complete.
 */
public final class UpscaleAFileLargerThanMemory {

  private UpscaleAFileLargerThanMemory() {}

  public static void main(String[] args) throws IOException {
    Path scan = Path.of(args[0]);
    Path enlarged = Path.of(args[1]);
    UpscaleOptions options =
        UpscaleOptions.defaults()
            .listener(
                progress ->
                    System.out.printf(
                        Locale.ROOT,
                        "tile %d of %d, %d s left%n",
                        progress.tilesDone(),
                        progress.tiles(),
                        progress.remaining().toSeconds()));
    // By default, files that declare more than 2^30 pixels are refused: they may be an attack.
    try (Upscaler upscaler = Upscaler.builder().scale(2).maxPixels(1L << 34).build()) {
      upscaler.upscale(scan, enlarged, options);
    }
  }
}
