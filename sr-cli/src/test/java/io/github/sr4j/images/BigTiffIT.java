// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BigTIFF is read by TwelveMonkeys' plug-in and written by our own writer. */
final class BigTiffIT {

  private static final int WIDTH = 40;
  private static final int HEIGHT = 30;

  @TempDir Path folder;

  @Test
  void bigTiff_becomesOneThatTheOtherPlugInReads() throws IOException {
    Path source = Files.write(folder.resolve("source.tif"), bigTiff());
    Path target = folder.resolve("target.tif");
    try (Upscaler upscaler = Upscaler.create()) {
      upscaler.upscale(source, target);

      assertThat(Arrays.copyOf(Files.readAllBytes(target), 4)).containsExactly('I', 'I', 43, 0);
      BufferedImage expected = upscaler.upscale(ImageFiles.read(source));
      BufferedImage actual = ImageFiles.read(target);
      assertThat(actual.getRaster().getPixels(0, 0, 2 * WIDTH, 2 * HEIGHT, (int[]) null))
          .containsExactly(
              expected.getRaster().getPixels(0, 0, 2 * WIDTH, 2 * HEIGHT, (int[]) null));
    }
  }

  /** A gray gradient. */
  private static byte[] bigTiff() {
    ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'I').put((byte) 'I').putShort((short) 43);
    file.putShort((short) 8).putShort((short) 0).putLong(16); // the directory follows
    long[][] fields = { // tag, type (3: short, 4: long, 16: 64 bits), value
      {256, 4, WIDTH},
      {257, 4, HEIGHT},
      {258, 3, 8}, // BitsPerSample
      {259, 3, 1}, // Compression: none
      {262, 3, 1}, // PhotometricInterpretation: black is zero
      {273, 16, 1024}, // StripOffsets
      {277, 3, 1}, // SamplesPerPixel
      {278, 4, HEIGHT}, // RowsPerStrip
      {279, 16, WIDTH * HEIGHT}, // StripByteCounts
    };
    file.putLong(fields.length);
    for (long[] field : fields) {
      file.putShort((short) field[0]).putShort((short) field[1]).putLong(1).putLong(field[2]);
    }
    file.putLong(0).position(1024);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      file.put((byte) (i % WIDTH * 3 + i / WIDTH * 4));
    }
    return Arrays.copyOf(file.array(), file.position());
  }
}
