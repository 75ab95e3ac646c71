// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.SharedData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JPEGs that end early, or declare what they do not hold. */
@Timeout(120)
final class JpegFilesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cutOff_isRefused_unlessOnlyTheEndMarkerIsMissing(boolean progressive) throws IOException {
    byte[] whole = jpeg(photo(61, 45), progressive);
    BufferedImage image = read(whole);

    for (int length = 2; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      if (length >= whole.length - 2) {
        assertSamePixels(read(part), image);
        continue;
      }
      try {
        assertSamePixels(read(part), image); // no more than the padding of the last byte is missing
        assertThat(length).isGreaterThanOrEqualTo(whole.length - 3);
      } catch (ImageFormatException e) {
        assertThat(e).hasMessageMatching("(?s).*(cut off|[Pp]remature end|damaged|not an image).*");
      }
    }
  }

  /** libjpeg tells of its first warning only: of these, which harm nothing, and not of the end. */
  static Stream<Arguments> oddities() {
    return Stream.of(
        Arguments.of("fill bytes", (UnaryOperator<byte[]>) JpegFilesTest::withFillBytes),
        Arguments.of("bytes between segments", (UnaryOperator<byte[]>) JpegFilesTest::withGarbage),
        Arguments.of("empty scan header", (UnaryOperator<byte[]>) JpegFilesTest::withEmptyScan),
        Arguments.of("JFIF of the future", (UnaryOperator<byte[]>) JpegFilesTest::withJfif3),
        Arguments.of("Adobe transform 9", (UnaryOperator<byte[]>) JpegFilesTest::withAdobe9));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddities")
  void oddity_isRead_butHidesNoEarlyEnd(String name, UnaryOperator<byte[]> oddity)
      throws IOException {
    byte[] whole = jpeg(photo(64, 48), false);
    byte[] half = Arrays.copyOf(whole, whole.length / 2 + whole.length / 4);
    byte[] endingEarly = Arrays.copyOf(half, half.length + 2);
    endingEarly[half.length] = (byte) 0xff;
    endingEarly[half.length + 1] = (byte) 0xd9;

    assertSamePixels(read(oddity.apply(whole)), read(whole));
    assertThatThrownBy(() -> read(oddity.apply(endingEarly)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("premature end");
  }

  @ParameterizedTest
  @ValueSource(ints = {0xc0, 0xc2})
  void sizeThatTheBytesCannotHold_isRefusedFromTheHeader(int frame) throws IOException {
    byte[] tiny = HexFormat.of().parseHex(TINY.replace("FRAME", Integer.toHexString(frame)));

    assertThatThrownBy(() -> read(tiny))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageMatching(
            "(?s).*: maxPixelsPerByte is 512, but the jpeg image declares 1069290000 pixels,"
                + " 32700x32700 \\(width x height\\), in \\d+ bytes; it may be cut off");
    assertThatThrownBy(() -> read(padded(tiny)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixelsPerByte is 512");
  }

  /** Some readers decode the first of these as noise, and the others as damage. */
  @ParameterizedTest
  @CsvSource({
    "0xc9, 8, it is arithmetic-coded",
    "0xca, 8, it is arithmetic-coded",
    "0xcb, 8, it is arithmetic-coded",
    "0xcd, 8, it is arithmetic-coded",
    "0xc5, 8, it is hierarchical",
    "0xc7, 8, it is hierarchical",
    "0xf7, 8, it is JPEG-LS",
    "0xc0, 12, it has samples of 12 bits",
    "0xc1, 12, it has samples of 12 bits",
    "0xc2, 12, it has samples of 12 bits",
    "0xc3, 12, it has samples of 12 bits in lossless coding",
    "0xc3, 16, it is lossless"
  })
  void process_thatIsNotRead_isRefusedByName(String marker, int bits, String name)
      throws IOException {
    byte[] jpeg = jpeg(photo(16, 16), false);
    int frame = find(jpeg, 0, 0xc0);
    jpeg[frame + 1] = Integer.decode(marker).byteValue();
    jpeg[frame + 4] = (byte) bits;

    assertThatThrownBy(() -> read(jpeg))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(
            folder.resolve("image.jpg") + ": a JPEG of a kind that is not read: " + name)
        .hasMessageEndingWith("; save it as a baseline or progressive JPEG, or as a PNG");
  }

  @Test
  void heightBehindThePixels_isRefusedByName() throws IOException {
    byte[] jpeg = jpeg(photo(16, 16), false);
    jpeg[find(jpeg, 0, 0xc0) + 6] = 0;

    assertThatThrownBy(() -> read(jpeg))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("it gives its height after its pixels (DNL)");
  }

  @Test
  void manyScans_areRefused() throws IOException {
    byte[] whole = jpeg(photo(64, 48), true);
    int scan = find(whole, 0, 0xda);
    int next = find(whole, scan + 2, 0xc4);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.write(whole, 0, scan);
    for (int i = 0; i < 200; i++) {
      many.write(whole, scan, next - scan);
    }
    many.write(whole, next, whole.length - next);

    assertThatThrownBy(() -> read(many.toByteArray()))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("damaged jpeg image: it must have at most 128 scans");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void blankPage_isRead(boolean progressive) throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_3BYTE_BGR}) {
      BufferedImage page = new BufferedImage(2480, 3508, type);
      byte[] bytes = jpeg(page, progressive);

      BufferedImage read = read(bytes);

      assertThat(read.getWidth()).isEqualTo(2480);
      assertThat(read.getHeight()).isEqualTo(3508);
    }
  }

  @Test
  void case_withoutItsEndMarker_isReadWhole() throws IOException {
    Path file = SharedData.folder("cases").resolve("images/no_eoi.jpg");
    byte[] bytes = Files.readAllBytes(file);
    ByteArrayOutputStream ended = new ByteArrayOutputStream();
    ended.write(bytes);
    ended.write(0xff);
    ended.write(0xd9);

    assertSamePixels(ImageFiles.read(file), read(ended.toByteArray()));
    assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length - 40)))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("premature end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"seq-32000-tiny.jpg", "prog-32000-tiny.jpg"})
  void case_ofAGigapixelInAFewBytes_isRefused(String name) {
    Path file = SharedData.folder("cases").resolve("hostile").resolve(name);

    assertThatThrownBy(() -> ImageFiles.read(file, Long.MAX_VALUE))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("maxPixelsPerByte is 512");
  }

  /** A JPEG of three components and 32,700 x 32,700 pixels, most of whose blocks are missing. */
  private static final String TINY =
      "ffd8"
          + "ffdb004300"
          + "10".repeat(64)
          + "ffFRAME0011087fbc7fbc03011100021100031100"
          + "ffc400140001"
          + "00".repeat(16)
          + "ffc400141001"
          + "00".repeat(16)
          + "ffda000c03010002000300000000"
          + "00".repeat(100)
          + "ffd9";

  private BufferedImage read(byte[] file) throws IOException {
    return ImageFiles.read(Files.write(folder.resolve("image.jpg"), file), Long.MAX_VALUE);
  }

  /** With a comment that makes the file larger, and bytes behind its end. */
  private static byte[] padded(byte[] jpeg) {
    ByteBuffer bytes = ByteBuffer.allocate(jpeg.length + 100 * 65_537 + (1 << 20));
    bytes.put(jpeg, 0, 2);
    for (int i = 0; i < 100; i++) {
      bytes.putShort((short) 0xfffe).putShort((short) 0xffff);
      bytes.position(bytes.position() + 65_533);
    }
    return bytes.put(jpeg, 2, jpeg.length - 2).array();
  }

  /** Any number of them may stand before a marker: ISO/IEC 10918-1, B.1.1.2. */
  private static byte[] withFillBytes(byte[] jpeg) {
    byte[] fill = {(byte) 0xff, (byte) 0xff, (byte) 0xff};
    return inserted(inserted(jpeg, find(jpeg, 2, 0xdb), fill), find(jpeg, 0, 0xe0), fill);
  }

  private static byte[] withGarbage(byte[] jpeg) {
    int tables = find(jpeg, 2, 0xdb);
    return inserted(jpeg, tables, new byte[] {1, 2, 3, (byte) 0xff, 0, 4});
  }

  private static byte[] withEmptyScan(byte[] jpeg) {
    byte[] changed = jpeg.clone();
    int scan = find(jpeg, 2, 0xda);
    int parameters = scan + 5 + 2 * jpeg[scan + 4];
    changed[parameters + 1] = 0; // the last coefficient
    return changed;
  }

  private static byte[] withJfif3(byte[] jpeg) {
    byte[] changed = jpeg.clone();
    changed[find(jpeg, 0, 0xe0) + 9] = 3;
    return changed;
  }

  private static byte[] withAdobe9(byte[] jpeg) {
    byte[] segment = HexFormat.of().parseHex("ffee000e41646f6265006400000000" + "09");
    return inserted(jpeg, find(jpeg, 2, 0xdb), segment);
  }

  private static byte[] inserted(byte[] bytes, int at, byte[] more) {
    return ByteBuffer.allocate(bytes.length + more.length)
        .put(bytes, 0, at)
        .put(more)
        .put(bytes, at, bytes.length - at)
        .array();
  }

  private static int find(byte[] jpeg, int from, int marker) {
    for (int i = from; i + 1 < jpeg.length; i++) {
      if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    throw new AssertionError("no marker " + Integer.toHexString(marker));
  }

  private static BufferedImage photo(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (x * 4) << 16 | (y * 5 & 0xff) << 8 | (x * y & 0xff));
      }
    }
    return image;
  }

  private static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (progressive) {
        parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static void assertSamePixels(BufferedImage actual, BufferedImage expected) {
    assertThat(AwtImages.toFloat(actual).samples())
        .isEqualTo(AwtImages.toFloat(expected).samples());
  }
}
