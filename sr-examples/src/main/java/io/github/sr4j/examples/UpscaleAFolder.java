// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * How do I enlarge all images of a folder, and go on where I was after a stop?
 *
 * <p>Arguments: the folder to read, and the one to write. One image that is damaged does not stop
 * the others.
 */
public final class UpscaleAFolder {

  private UpscaleAFolder() {}

  public static void main(String[] args) throws IOException {
    Path target = Files.createDirectories(Path.of(args[1]));
    Upscaler.BatchReport report;
    try (Upscaler upscaler = Upscaler.create();
        Stream<Path> photos = Files.list(Path.of(args[0]))) {
      report =
          upscaler.upscaleAll(
              photos.filter(Files::isRegularFile).sorted(),
              photo -> target.resolve(photo.getFileName()),
              UpscaleOptions.defaults().skipExisting());
    }
    for (Upscaler.BatchReport.Item item : report.items()) {
      String result =
          item.isSkipped() ? "was there" : "done in " + item.elapsed().toMillis() + " ms";
      System.out.printf(
          "%s: %s%n", item.source(), item.failure().map(Exception::getMessage).orElse(result));
    }
  }
}
