// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How do I enlarge an image?
 *
 * <p>Arguments: the image to read, and the one to write. An {@link Upscaler} holds a loaded
 * network: a server makes one and shares it between threads.
 */
public final class UpscaleAnImage {

  private UpscaleAnImage() {}

  // snippet: readme
  public static void main(String[] args) throws IOException {
    BufferedImage photo = ImageFiles.read(Path.of(args[0]));
    try (Upscaler upscaler = Upscaler.builder().scale(2).build()) { // the embedded model for x2
      BufferedImage enlarged = upscaler.upscale(photo); // twice as wide and high
      ImageFiles.write(enlarged, Path.of(args[1]));
    }
  }
  // end
}
