// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.provider.MethodSource;

/** No file makes the reading of images fail otherwise than with an {@link ImageFormatException}. */
final class ImageReadingFuzz {

  private static final long MAX_PIXELS = 1 << 20;

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
    for (int predictor : List.of(1, 3)) {
      files.add(tiff(3, 32, 1, false, 5, predictor, false)); // floating-point numbers, Deflate
    }
    files.add(tiff(3, 16, 1, true, 1, 1, true));
    files.add(tiff(2, 8, 1, false, 1, 1, false)); // signed
    files.add(tiff(2, 16, 3, true, 5, 2, false)); // in planes, tiles
    files.add(tiff(1, 8, 5, false, 5, 2, true)); // bands beyond colour, BigTIFF
    files.add(tiff(1, 12, 1, false, 1, 1, false));
    // What no encoder here writes, by its first bytes.
    files.add("RIFF\u0010\0\0\0WEBPVP8L\u0004\0\0\0/\0\0\0".getBytes(ISO_8859_1));
    files.add(
        "8BPS\0\u0001\0\0\0\0\0\0\0\u0003\0\0\0\u0003\0\0\0\u0005\0\b\0\u0003"
            .getBytes(ISO_8859_1));
    return files.build();
  }

  /**
   * Returns a TIFF of 5x3 pixels, of the kinds that SR4J decodes itself.
   *
   * @param format of samples: 1 unsigned, 2 signed, 3 floating-point
   * @param isPlanar whether in planes, in tiles of 16x16 pixels; else in one strip
   * @param compression 1 for none, 5 for Deflate
   * @param isBig whether it is a BigTIFF
   */
  private static byte[] tiff(
      int format,
      int bits,
      int samples,
      boolean isPlanar,
      int compression,
      int predictor,
      boolean isBig)
      throws IOException {
    int rowBits = (isPlanar ? 16 : 5 * samples) * bits;
    byte[] segment = new byte[(rowBits + 7) / 8 * (isPlanar ? 16 : 3)];
    for (int i = 0; i < segment.length; i++) {
      segment[i] = (byte) (i % 7);
    }
    if (compression == 5) {
      ByteArrayOutputStream deflated = new ByteArrayOutputStream();
      try (DeflaterOutputStream deflater = new DeflaterOutputStream(deflated)) {
        deflater.write(segment);
      }
      segment = deflated.toByteArray();
    }
    int header = isBig ? 16 : 8;
    int offset = isPlanar ? 324 : 273;
    List<int[]> tags =
        List.of(
            new int[] {256, 5},
            new int[] {257, 3},
            new int[] {258, bits},
            new int[] {259, compression == 5 ? 8 : 1},
            new int[] {262, samples == 3 ? 2 : 1},
            new int[] {isPlanar ? 322 : 278, isPlanar ? 16 : 3},
            new int[] {isPlanar ? 323 : 277, isPlanar ? 16 : samples},
            new int[] {isPlanar ? 277 : 284, isPlanar ? samples : 1},
            new int[] {284, isPlanar ? 2 : 1},
            new int[] {317, predictor},
            new int[] {339, format},
            new int[] {offset, header},
            new int[] {offset == 324 ? 325 : 279, segment.length});
    ByteBuffer file =
        ByteBuffer.allocate(header + segment.length + 16 + 20 * tags.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'I').put((byte) 'I').putShort((short) (isBig ? 43 : 42));
    if (isBig) {
      file.putInt(8).putLong(header + segment.length);
    } else {
      file.putInt(header + segment.length);
    }
    file.put(segment);
    if (isBig) {
      file.putLong(tags.size());
    } else {
      file.putShort((short) tags.size());
    }
    for (int[] tag : tags) {
      file.putShort((short) tag[0]).putShort((short) 4);
      if (isBig) {
        file.putLong(1).putLong(tag[1]);
      } else {
        file.putInt(1).putInt(tag[1]);
      }
    }
    return file.array();
  }

  @MethodSource("files")
  @FuzzTest // the last one: Jazzer asks for it
  void read_anyBytes_isAnImageOrRefused(byte[] content) throws IOException {
    FuzzInputs.asFile(content, ImageReadingFuzz::check);
  }

  private static void check(Path file) throws IOException {
    BufferedImage image = ImageFiles.read(file, MAX_PIXELS);
    assertThat((long) image.getWidth() * image.getHeight()).isLessThanOrEqualTo(MAX_PIXELS);
    AwtImages.toFloat(image);
  }
}
