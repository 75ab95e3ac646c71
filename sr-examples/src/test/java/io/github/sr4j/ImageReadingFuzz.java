// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the reading of images fail otherwise than with an {@link ImageFormatException}. */
final class ImageReadingFuzz {

  // Jazzer would take JUnit's time limit for that of the whole search.
  private static final Duration LIMIT = Duration.ofSeconds(20); // for one input

  private static final long MOST_PIXELS = 1 << 20;

  static Stream<byte[]> files() throws IOException {
    Stream.Builder<byte[]> files = Stream.builder();
    for (int type :
        List.of(
            BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_4BYTE_ABGR,
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_BYTE_INDEXED,
            BufferedImage.TYPE_BYTE_BINARY)) {
      BufferedImage image = new BufferedImage(5, 3, type);
      image.setRGB(1, 1, 0xff804020);
      for (String format : List.of("png", "jpg", "bmp", "gif", "tif")) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (ImageIO.write(image, format, out)) {
          files.add(out.toByteArray());
        }
      }
    }
    // What no encoder here writes, by its first bytes.
    files.add("RIFF\u0010\0\0\0WEBPVP8L\u0004\0\0\0/\0\0\0".getBytes(ISO_8859_1));
    files.add(
        "8BPS\0\u0001\0\0\0\0\0\0\0\u0003\0\0\0\u0003\0\0\0\u0005\0\b\0\u0003"
            .getBytes(ISO_8859_1));
    return files.build();
  }

  @MethodSource("files")
  @FuzzTest // the last one: Jazzer asks for it
  void read_anyBytes_isAnImageOrRefused(byte[] content) throws IOException {
    Duration time = timed(content);
    if (time.compareTo(LIMIT) >= 0) {
      time = timed(content); // once more: other programs may have kept this one from running
    }
    assertThat(time).isLessThan(LIMIT);
  }

  private static Duration timed(byte[] content) throws IOException {
    long start = System.nanoTime();
    check(content);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void check(byte[] content) throws IOException {
    Path file = Files.createTempFile("sr4j-fuzz", ".png");
    try {
      Files.write(file, content);
      BufferedImage image = AwtImages.read(file, MOST_PIXELS);
      assertThat((long) image.getWidth() * image.getHeight()).isLessThanOrEqualTo(MOST_PIXELS);
      AwtImages.toFloat(image);
    } catch (ImageFormatException e) {
      assertThat(e).hasMessageContaining(file.getFileName().toString());
    } finally {
      Files.delete(file);
    }
  }
}
