// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SharedData;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that exhaust their readers, with those that the command line has. */
@Timeout(300)
final class HostileFilesIT {

  private static final String NESTED = "damaged tiff image: its parts are nested too deeply";

  @TempDir Path folder;

  @Test
  void nestedDirectories_areDamage() throws IOException {
    Path file = Files.write(folder.resolve("a.tif"), HostileFiles.nestedDirectories(20_000));

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(NESTED);
    Files.write(file, HostileFiles.nestedDirectories(1));
    assertThat(ImageFiles.read(file).getWidth()).isEqualTo(8);
  }

  @Test
  void case_ofNestedDirectories_isDamage() {
    Path file = SharedData.path("cases/hostile/subifd-20000-deep.tif");

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(NESTED);
  }

  /** Whatever they do to their readers, the image after them is enlarged. */
  @Test
  void cases_areAtMostTheirOwnFailures() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> cases = Files.list(SharedData.path("cases/hostile"))) {
      cases.filter(file -> !file.toString().endsWith(".onnx")).sorted().forEach(files::add);
    }
    Path last = folder.resolve("last.png");
    ImageFiles.write(
        AwtImages.toBuffered(
            TestImages.gradient(3, 16, 12),
            null,
            new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR)),
        last);
    files.add(last);

    Upscaler.BatchReport report;
    try (Upscaler upscaler = Upscaler.create()) {
      report =
          upscaler.upscaleAll(
              files.stream(),
              file -> folder.resolve(file.getFileName() + "-x2.png"),
              UpscaleOptions.defaults());
    }

    assertThat(report.items()).hasSameSizeAs(files);
    for (Upscaler.BatchReport.Item item : report.failures()) {
      assertThat(item.failure().orElseThrow()).hasMessageContaining(item.source().toString());
    }
    assertThat(folder.resolve("last.png-x2.png")).exists();
  }
}
