// SPDX-License-Identifier: Apache-2.0
package com.example.gradle;

import io.github.sr4j.Upscaler;
import java.nio.file.Path;

/** Enlarges a picture twice. */
public final class Main {

  private Main() {}

  public static void main(String[] args) throws Exception {
    try (Upscaler upscaler = Upscaler.create()) {
      upscaler.upscale(Path.of(args[0]), Path.of(args[1]));
    }
  }
}
