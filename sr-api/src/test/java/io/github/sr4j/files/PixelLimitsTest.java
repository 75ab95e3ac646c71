// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many pixels a file of some bytes may declare. */
final class PixelLimitsTest {

  private static final int GRAY = BufferedImage.TYPE_BYTE_GRAY;
  private static final int RGB = BufferedImage.TYPE_3BYTE_BGR;
  private static final int BITS = BufferedImage.TYPE_BYTE_BINARY;
  private static final int INDEXED = BufferedImage.TYPE_BYTE_INDEXED;

  @TempDir Path folder;

  /** The image that compresses best: a blank page of A4 at 600 dpi. */
  @ParameterizedTest
  @CsvSource({
    "png, Deflate, " + BITS,
    "png, Deflate, " + GRAY,
    "png, Deflate, " + RGB,
    "gif, LZW, " + INDEXED,
    "gif, LZW, " + BITS,
    "jpeg, JPEG, " + GRAY,
    "jpeg, JPEG, " + RGB,
    "tiff, LZW, " + GRAY,
    "tiff, LZW, " + BITS,
    "tiff, LZW, " + RGB,
    "tiff, ZLib, " + RGB,
    "tiff, JPEG, " + GRAY,
    "tiff, JPEG, " + RGB,
    "tiff, PackBits, " + BITS,
    "tiff, CCITT RLE, " + BITS,
    "tiff, CCITT T.4, " + BITS,
    "tiff, Deflate, " + BITS,
    "tiff, PackBits, " + RGB,
    "tiff, CCITT T.6, " + BITS,
    "bmp, BI_RGB, " + BITS,
    "bmp, BI_RLE8, " + INDEXED
  })
  void blankPage_isNotRefused(String format, String compression, int type) throws IOException {
    Path file = folder.resolve("page." + format);
    Files.write(file, file(new BufferedImage(4960, 7016, type), format, compression));

    assertThat(ImageFiles.size(file)).isEqualTo(new Dimension(4960, 7016));
  }

  /** Each format's file, cut off behind its header, with a size that its bytes cannot hold. */
  @ParameterizedTest
  @CsvSource({"png, Deflate", "jpeg, JPEG"})
  void sizeBeyondWhatTheFormatCompressesTo_isRefused(String format, String compression)
      throws IOException {
    byte[] bytes = file(new BufferedImage(16, 16, INDEXED), format, compression);
    if (format.equals("png")) {
      bytes[17] = 1; // 65,552 wide
      bytes[21] = 1;
      fixHeaderChecksum(bytes);
    } else {
      int frame = frame(bytes);
      bytes[frame + 4] = (byte) 0x7f;
      bytes[frame + 6] = (byte) 0x7f;
    }
    Path file = Files.write(folder.resolve("huge." + format), bytes);

    assertThatThrownBy(() -> ImageFiles.read(file, Long.MAX_VALUE))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixelsPerByte is ")
        .hasMessageContaining("the " + format + " image declares");
  }

  /** Ten times the height that the bytes of a blank page hold. */
  @ParameterizedTest
  @CsvSource({
    "LZW, " + GRAY,
    "Deflate, " + RGB,
    "PackBits, " + RGB,
    "JPEG, " + GRAY,
    "CCITT RLE, " + BITS,
    "CCITT T.4, " + BITS,
    "CCITT T.6, " + BITS
  })
  void heightThatATiffCannotHold_isRefused(String compression, int type) throws IOException {
    byte[] bytes = file(new BufferedImage(1000, 1000, type), "tiff", compression);
    setHeight(bytes, 1_000_000);
    Path file = Files.write(folder.resolve("huge.tif"), bytes);

    assertThatThrownBy(() -> ImageFiles.size(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixelsPerByte is ")
        .hasMessageContaining("the tif image declares 1000000000 pixels");
  }

  @Test
  void uncompressedTiff_isRefusedIfItsPixelsAreNotThere() throws IOException {
    byte[] bytes = file(new BufferedImage(100, 100, RGB), "tiff", null);
    Path file = Files.write(folder.resolve("a.tif"), bytes);
    assertThat(ImageFiles.size(file).height).isEqualTo(100);

    setHeight(bytes, 105);
    Files.write(file, bytes);

    assertThatThrownBy(() -> ImageFiles.size(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith(
            "damaged tif image: the file is cut off: its pixels take 31500 bytes, but it has "
                + bytes.length);
  }

  /** Changes ImageLength in the first directory of a TIFF of the JDK's writer. */
  private static void setHeight(byte[] tiff, int height) {
    ByteBuffer bytes = ByteBuffer.wrap(tiff);
    bytes.order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int entry = bytes.getInt(4) + 2;
    while (bytes.getShort(entry) != 257) {
      entry += 12;
    }
    bytes.putShort(entry + 2, (short) 4).putInt(entry + 8, height);
  }

  private static void fixHeaderChecksum(byte[] png) {
    CRC32 checksum = new CRC32();
    checksum.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) checksum.getValue());
  }

  /** Where the SOF0 segment of a JPEG begins. */
  private static int frame(byte[] bytes) {
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i - 1] == (byte) 0xff && bytes[i] == (byte) 0xc0) {
        return i;
      }
    }
    throw new AssertionError("no frame");
  }

  private static byte[] file(BufferedImage image, String format, @Nullable String compression)
      throws IOException {
    if (image.getType() != BufferedImage.TYPE_BYTE_INDEXED) {
      int[] row = new int[image.getWidth()];
      Arrays.fill(row, 0xffffffff);
      for (int y = 0; y < image.getHeight(); y++) {
        image.setRGB(0, y, row.length, 1, row, 0, 0);
      }
    }
    BufferedImage written = image;
    if (format.equals("jpeg") && image.getType() == BufferedImage.TYPE_BYTE_INDEXED) {
      written = new BufferedImage(image.getWidth(), image.getHeight(), RGB);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (!format.equals("gif") && compression != null) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionType(compression);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(written, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
