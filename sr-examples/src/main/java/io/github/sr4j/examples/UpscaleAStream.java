// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.Output;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How do I enlarge an upload and answer with a JPEG?
 *
 * <p>Arguments: the image to read and the JPEG to write, which stand for the two streams.
 */
public final class UpscaleAStream {

  private UpscaleAStream() {}

  public static void main(String[] args) throws IOException {
    try (InputStream upload = Files.newInputStream(Path.of(args[0]));
        OutputStream answer = Files.newOutputStream(Path.of(args[1]))) {
      // snippet: streams
      try (Upscaler upscaler =
          Upscaler.builder().maxPixels(50_000_000).maxResultPixels(200_000_000).build()) {
        upscaler.upscale(upload, answer, Output.jpeg(0.9)); // the upload is of any format
      }
      // end
    }
  }
}
