// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import io.github.sr4j.training.ModelExport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Files for the tests of commands. */
public final class Fixtures {

  private Fixtures() {}

  /** Exports a small network with fresh weights, which already enlarges images. */
  public static Path modelX2(Path file) throws IOException {
    String network = "compact(features=4, layers=1)";
    try (TrainingSession session =
        TrainingProvider.forNetwork(network)
            .open(TrainingSetup.of(network, 2, Losses.l1()).seed(7))) {
      ModelExport.export(session, file, Map.of("license", "Apache-2.0"));
    }
    return file;
  }

  public static Path image(Path file, int width, int height) throws IOException {
    return image(file, TestImages.scene(3, width, height, 5));
  }

  public static Path image(Path file, FloatImage image) throws IOException {
    ImageFiles.write(TestImages.buffered(image), file);
    return file;
  }

  /** Creates a folder with images that can be trained on. */
  public static Path images(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      image(folder.resolve("scene" + i + ".png"), TestImages.scene(3, 85 + 2 * i, 81, i));
    }
    return folder;
  }

  /** Keeps the first part of a file. */
  public static Path cutOff(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return Files.write(file, Arrays.copyOf(bytes, bytes.length * 2 / 3));
  }
}
