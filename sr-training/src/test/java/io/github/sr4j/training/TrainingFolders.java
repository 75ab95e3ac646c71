// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders of generated images. */
public final class TrainingFolders {

  private TrainingFolders() {}

  /** Writes scenes of odd and unequal sizes. */
  public static Path scenes(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      write(TestImages.scene(3, 61 + 6 * i, 53 + 4 * i, i), folder.resolve("scene" + i + ".png"));
    }
    return folder;
  }

  public static void write(FloatImage image, Path file) throws IOException {
    ImageFiles.write(TestImages.buffered(image), file);
  }
}
