// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.files.FileMetadata;
import io.github.sr4j.internal.files.ImageSource;
import io.github.sr4j.internal.files.ImageTarget;
import io.github.sr4j.internal.files.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No EXIF, XMP or IPTC is a reason to refuse an image, and whatever of it is carried over leaves a
 * file that can be read.
 */
final class MetadataCarryingFuzz {

  private static final int MAX_IN_SEGMENT = 65_000;

  static Stream<byte[]> metadata() {
    return Stream.of(
        joined(0, exif(ByteOrder.LITTLE_ENDIAN)),
        joined(0, exif(ByteOrder.BIG_ENDIAN)),
        joined(
            1,
            ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF"
                    + " xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description"
                    + " xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'"
                    + " tiff:XResolution='72/1'><tiff:ImageWidth>5</tiff:ImageWidth>"
                    + "</r:Description></r:RDF></x:xmpmeta>")
                .getBytes(UTF_8)),
        joined(
            2, "8BIM\u0004\u0004\0\0\0\0\0\u0009\u001c\u0002P\0\u0004Jane\0".getBytes(ISO_8859_1)),
        joined(
            3, "MM\0*\0\0\0\u0008\0\u0001\u00b0\u0002\0\u0007\0\0\0 \0\0\0 ".getBytes(ISO_8859_1)));
  }

  /** The kind of metadata, and what it is. */
  private static byte[] joined(int kind, byte[] data) {
    byte[] all = new byte[1 + data.length];
    all[0] = (byte) kind;
    System.arraycopy(data, 0, all, 1, data.length);
    return all;
  }

  /** An orientation, a resolution, the width and an area of the subject. */
  private static byte[] exif(ByteOrder order) {
    ByteBuffer block = ByteBuffer.allocate(100).order(order);
    byte mark = (byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M');
    block.put(mark).put(mark).putShort((short) 42).putInt(8).putShort((short) 3);
    block
        .putShort((short) 274)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) 6)
        .putShort((short) 0);
    block.putShort((short) 282).putShort((short) 5).putInt(1).putInt(92);
    block.putShort((short) 34665).putShort((short) 4).putInt(1).putInt(50).putInt(0);
    block.putShort((short) 3);
    block
        .putShort((short) 37396)
        .putShort((short) 3)
        .putInt(2)
        .putShort((short) 2)
        .putShort((short) 1);
    block.putShort((short) 37500).putShort((short) 7).putInt(8).putInt(92);
    block.putShort((short) 40962).putShort((short) 4).putInt(1).putInt(5);
    return block.putInt(92, 72).putInt(96, 1).array();
  }

  @MethodSource("metadata")
  @FuzzTest // the last one: Jazzer asks for it
  void carried_anyBytes_leaveAFileThatCanBeRead(byte[] input) throws IOException {
    FuzzInputs.inTime(() -> check(input));
  }

  private static void check(byte[] input) throws IOException {
    Path folder = Files.createTempDirectory("sr4j-fuzz");
    Path source = folder.resolve("source.jpg");
    try {
      Files.write(source, jpeg(input));
      for (String extension : List.of("jpg", "png", "tif")) {
        Path target = folder.resolve("target." + extension);
        carry(source, target);
        ImageFiles.read(target);
        Files.delete(target);
      }
    } finally {
      Files.deleteIfExists(source);
      Files.delete(folder);
    }
  }

  private static void carry(Path source, Path target) throws IOException {
    try (ImageSource reader = ImageSource.open(source, 1 << 20)) {
      Picture picture = reader.pictures().get(0);
      FileMetadata metadata = picture.metadata();
      metadata = metadata.withDescriptions(metadata.descriptions().withoutLocation());
      BufferedImage rows = picture.band(0).rows();
      ImageTarget.of(target)
          .write(
              List.of(
                      Picture.of(rows, metadata.enlarged(2, 2, 10, 6)),
                      Picture.of(rows, picture.metadata().enlarged(2, 2, 10, 6)))
                  .subList(0, target.toString().endsWith("tif") ? 2 : 1)
                  .iterator());
    }
  }

  private static byte[] jpeg(byte[] input) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(5, 3, BufferedImage.TYPE_3BYTE_BGR), "jpg", image);
    int kind = input.length == 0 ? 0 : input[0] & 3;
    byte[] data =
        Arrays.copyOfRange(
            input, Math.min(1, input.length), Math.min(input.length, MAX_IN_SEGMENT));
    String name =
        List.of("Exif\0\0", "http://ns.adobe.com/xap/1.0/\0", "Photoshop 3.0\0", "MPF\0").get(kind);
    ByteBuffer segment = ByteBuffer.allocate(4 + name.length() + data.length);
    segment.putShort((short) List.of(0xffe1, 0xffe1, 0xffed, 0xffe2).get(kind).intValue());
    segment.putShort((short) (segment.capacity() - 2)).put(name.getBytes(ISO_8859_1)).put(data);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(image.toByteArray(), 0, 2);
    all.writeBytes(segment.array());
    all.write(image.toByteArray(), 2, image.size() - 2);
    return all.toByteArray();
  }
}
