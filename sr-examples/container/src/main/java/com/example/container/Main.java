// SPDX-License-Identifier: Apache-2.0
package com.example.container;

import io.github.sr4j.Upscaler;
import java.nio.file.Path;

/** Enlarges a picture within a small heap: -Xmx64m, whatever the picture's height. */
public final class Main {

  private Main() {}

  public static void main(String[] args) throws Exception {
    // snippet: container
    try (Upscaler upscaler =
        Upscaler.builder()
            .threads(Runtime.getRuntime().availableProcessors()) // those of the container
            .maxMemory(96 << 20) // of a tile, beside the heap
            .build()) {
      upscaler.upscale(Path.of(args[0]), Path.of(args[1])); // in bands of rows
    }
    // end
    System.out.printf("heap %d MB%n", Runtime.getRuntime().maxMemory() >> 20);
  }
}
