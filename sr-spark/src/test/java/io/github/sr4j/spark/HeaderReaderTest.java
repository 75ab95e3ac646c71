// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeaderReaderTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "tif", "bmp"})
  void pixels_areThoseOfTheHeader(String extension) throws IOException {
    Path file = folder.resolve("a." + extension);
    ImageFiles.write(TestImages.buffered(TestImages.noise(3, 301, 203, 1)), file);

    assertThat(pixels(file)).isEqualTo(301 * 203);
  }

  @Test
  void fileWithoutAHeader_isEstimatedByItsLength() throws IOException {
    assertThat(pixels(Files.write(folder.resolve("a.png"), new byte[500]))).isEqualTo(1000);
    assertThat(pixels(Files.write(folder.resolve("b.png"), new byte[0]))).isEqualTo(1);
    byte[] cut = new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0};
    assertThat(pixels(Files.write(folder.resolve("c.png"), cut))).isEqualTo(20);
  }

  private static long pixels(Path file) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    RemoteFiles files = new RemoteFiles(new Configuration(false));
    try (FSDataInputStream in = files.fileSystem(path).open(path)) {
      return HeaderReader.pixels(in, Files.size(file));
    }
  }
}
