// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.provider.MethodSource;

/** No chunk of a PNG makes the reading or the writing of it fail otherwise than with a reason. */
final class PngChunksFuzz {

  private static final List<String> TYPES =
      List.of(
          "gAMA", "cHRM", "sRGB", "cICP", "mDCV", "cLLI", "iCCP", "tRNS", "eXIf", "tEXt", "zTXt",
          "iTXt", "pHYs");
  private static final List<Integer> KINDS =
      List.of(
          BufferedImage.TYPE_3BYTE_BGR,
          BufferedImage.TYPE_4BYTE_ABGR,
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_BYTE_BINARY,
          BufferedImage.TYPE_BYTE_INDEXED);

  static Stream<byte[]> chunks() throws IOException {
    ByteArrayOutputStream profile = new ByteArrayOutputStream();
    profile.writeBytes("name\0\0".getBytes(ISO_8859_1));
    profile.writeBytes(deflated(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData()));
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    raw.writeBytes("Raw profile type exif\0\0".getBytes(ISO_8859_1));
    raw.writeBytes(deflated("\nexif\n8\n4d4d002a00000008\n".getBytes(ISO_8859_1)));
    return Stream.of(
        input(0, 0, ByteBuffer.allocate(4).putInt(100_000).array()),
        input(0, 3, new byte[] {9, 16, 0, 1}),
        input(2, 3, new byte[] {9, 18, 0, 1}),
        input(1, 6, profile.toByteArray()),
        input(3, 7, new byte[] {0, 1}),
        input(0, 8, "MM\0*\0\0\0\u0008\0\0".getBytes(ISO_8859_1)),
        input(4, 9, "Author\0Jane".getBytes(ISO_8859_1)),
        input(0, 10, raw.toByteArray()),
        input(0, 11, "XML:com.adobe.xmp\0\0\0\0\0<x/>".getBytes(ISO_8859_1)));
  }

  /** The kind of image; the chunk's type, its length and its data. */
  private static byte[] input(int kind, int type, byte[] data) {
    ByteBuffer input = ByteBuffer.allocate(4 + data.length).put((byte) kind).put((byte) type);
    return input.putShort((short) data.length).put(data).array();
  }

  private static byte[] deflated(byte[] bytes) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(bytes);
    }
    return data.toByteArray();
  }

  @MethodSource("chunks")
  @FuzzTest // the last one: Jazzer asks for it
  void image_withAnyChunks_isReadAndWrittenOrRefused(byte[] input) throws IOException {
    FuzzInputs.inTime(() -> check(input));
  }

  private static void check(byte[] input) throws IOException {
    Path folder = Files.createTempDirectory("sr4j-fuzz");
    Path source = folder.resolve("source.png");
    Path target = folder.resolve("target.png");
    try {
      Files.write(source, png(ByteBuffer.wrap(input)));
      try (ImageSource reader = ImageSource.open(source, 1 << 20)) {
        Picture picture = reader.pictures().get(0);
        BufferedImage rows = picture.band(0).rows();
        FloatImage colors = AwtImages.toFloat(rows);
        for (float sample : colors.samples()) {
          assertThat(sample).isFinite();
        }
        BufferedImage back = AwtImages.toBuffered(colors, AwtImages.alpha(rows).orElse(null), rows);
        ImageTarget.of(target)
            .write(List.of(Picture.of(back, picture.metadata().enlarged(1, 1, 5, 3))).iterator());
      }
      AwtImages.toFloat(ImageFiles.read(target));
    } catch (ImageFormatException e) {
      assertThat(e).hasMessageMatching("(?s).*(source.png|target.png|colour profile).*");
    } finally {
      Files.deleteIfExists(target);
      Files.deleteIfExists(source);
      Files.delete(folder);
    }
  }

  private static byte[] png(ByteBuffer input) throws IOException {
    int kind = input.hasRemaining() ? (input.get() & 0xff) % KINDS.size() : 0;
    BufferedImage image = new BufferedImage(5, 3, KINDS.get(kind));
    image.setRGB(1, 1, 0xff804020);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    ImageIO.write(image, "png", plain);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(all);
    byte[] bytes = plain.toByteArray();
    int palette = new String(bytes, ISO_8859_1).indexOf("PLTE");
    int at = palette < 0 ? 33 : palette + 8 + ByteBuffer.wrap(bytes).getInt(palette - 4);
    out.write(bytes, 0, at);
    while (input.remaining() >= 3) {
      String type = TYPES.get((input.get() & 0xff) % TYPES.size());
      byte[] data = new byte[Math.min(input.getShort() & 0xffff, input.remaining())];
      input.get(data);
      CRC32 checksum = new CRC32();
      checksum.update(type.getBytes(ISO_8859_1));
      checksum.update(data);
      out.writeInt(data.length);
      out.writeBytes(type);
      out.write(data);
      out.writeInt((int) checksum.getValue());
    }
    out.write(bytes, at, bytes.length - at);
    return all.toByteArray();
  }
}
