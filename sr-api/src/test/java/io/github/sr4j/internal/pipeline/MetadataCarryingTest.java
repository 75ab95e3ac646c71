// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.SharedData;
import io.github.sr4j.internal.calls.Batch;
import io.github.sr4j.internal.files.AnimatedFiles;
import io.github.sr4j.internal.files.FileDescriptions;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.metadata.Exif;
import io.github.sr4j.internal.metadata.ExifBlocks;
import io.github.sr4j.internal.metadata.Xmp;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.TestImages;
import io.github.sr4j.internal.tiles.NetworkSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Camera, date, place, author and others, from an image file to the enlarged one. */
final class MetadataCarryingTest {

  private static final String XMP_MARK = "http://ns.adobe.com/xap/1.0/\0";

  private static final String XMP =
      """
      <?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
          xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
          xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
          xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
          xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
          xmlns:drone="http://www.dji.com/drone-dji/1.0/"
          xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
          tiff:Orientation="6" tiff:ImageWidth="40" exif:PixelXDimension="40"
          photoshop:City="Berlin" drone:GpsLatitude="52.5">
        <tiff:ImageLength>24</tiff:ImageLength><exif:PixelYDimension>24</exif:PixelYDimension>
        <exif:GPSLatitude>52,30.0N</exif:GPSLatitude>
        <xmp:Thumbnails><rdf:Alt><rdf:li>small</rdf:li></rdf:Alt></xmp:Thumbnails>
        <GPano:FullPanoWidthPixels>400</GPano:FullPanoWidthPixels>
        <dc:creator><rdf:Seq><rdf:li>Jos\u00e9 \ud83d\udcf7</rdf:li></rdf:Seq></dc:creator>
      </rdf:Description></rdf:RDF></x:xmpmeta>
      <?xpacket end="w"?>\
      """;

  /** By-line; city; a preview; caption. */
  private static final byte[] IPTC =
      ("\u001c\u0002P\0\u0004Jane" + "\u001c\u0002Z\0\u0006Berlin")
          .concat("\u001c\u0002\u00ca\0\u0003old" + "\u001c\u0002x\0\u0002Hi")
          .getBytes(ISO_8859_1);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "jpg, jpg",
    "jpg, png",
    "jpg, tif",
    "png, jpg",
    "png, png",
    "png, tif",
    "tif, jpg",
    "tif, tif",
    "tif, png"
  })
  void descriptions_areCarriedAndCorrected(String from, String to) throws IOException {
    Path source = source(from, ByteOrder.BIG_ENDIAN);
    Path target = folder.resolve("target." + to);

    enlarge(source, target, UpscaleOptions.defaults());

    Descriptions read = descriptions(target);
    Exif exif = read.exif().orElseThrow();
    assertThat(text(exif, Exif.Directory.IMAGE, 272)).isEqualTo("Phone 5\0");
    assertThat(text(exif, Exif.Directory.IMAGE, 306)).isEqualTo("2024:05:06 07:08:09\0");
    assertThat(text(exif, Exif.Directory.IMAGE, 33432)).isEqualTo("(c) Somebody\0");
    assertThat(text(exif, Exif.Directory.PHOTO, 36867)).isEqualTo("2024:05:06 07:08:09\0");
    assertThat(text(exif, Exif.Directory.GPS, 1)).isEqualTo("N\0");
    assertThat(numbers(exif, Exif.Directory.GPS, 2)).containsExactly(52, 1, 30, 1, 0, 1);
    assertThat(exif.orientation().orElse(1L)).isEqualTo(1);
    assertThat(exif.dpiX()).isEqualTo(144);
    // 40x24 pixels, turned clockwise, twice as large.
    assertThat(numbers(exif, Exif.Directory.PHOTO, 40962)).containsExactly(48);
    assertThat(numbers(exif, Exif.Directory.PHOTO, 40963)).containsExactly(80);
    assertThat(numbers(exif, Exif.Directory.PHOTO, 41486)).containsExactly(4000, 1);
    assertThat(numbers(exif, Exif.Directory.PHOTO, 41487)).containsExactly(6000, 1);
    // The pixel (10, 6) of 24 rows goes to column 23 - 6, then to the middle of two by two.
    assertThat(shorts(exif, Exif.Directory.PHOTO, 37396)).containsExactly(35, 21, 8, 16);
    assertThat(new String(Files.readAllBytes(target), ISO_8859_1)).doesNotContain("thumbnail");
    assertXmp(
        read.xmp().flatMap(Xmp::toPacket).map(packet -> new String(packet, UTF_8)).orElseThrow());
    assertThat(read.iptc().orElseThrow())
        .asString(ISO_8859_1)
        .contains("Jane", "Berlin", "Hi")
        .doesNotContain("old");
    BufferedImage image = ImageFiles.read(target);
    assertThat(image.getWidth()).isEqualTo(48); // turned once, not twice
    assertThat(image.getHeight()).isEqualTo(80);
  }

  private static void assertXmp(String xmp) {
    assertThat(xmp)
        .contains("tiff:Orientation=\"1\"", "tiff:ImageWidth=\"48\"", "PixelXDimension=\"48\"")
        .contains("<tiff:ImageLength>80</tiff:ImageLength>", "PixelYDimension>80<")
        .contains("Jos\u00e9", "52,30.0N", "photoshop:City=\"Berlin\"")
        .doesNotContain("Thumbnails", "FullPanoWidthPixels"); // of a panorama on its side
    assertThat(xmp.contains("\ud83d\udcf7") || xmp.contains("&#128247;")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "tif"})
  void strip_leavesAllDescriptionsOut(String extension) throws IOException {
    Path source = source(extension, ByteOrder.LITTLE_ENDIAN);
    Path target = folder.resolve("target." + extension);

    enlarge(source, target, UpscaleOptions.defaults().stripMetadata());

    assertThat(new String(Files.readAllBytes(target), ISO_8859_1))
        .doesNotContain("Phone 5", "Berlin", "Jane", "2024", "xmpmeta", "Comment");
    assertThat(ImageFiles.size(target).width).isEqualTo(48); // is turned all the same
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "tif"})
  void stripLocation_leavesThePlaceOut_andNothingElse(String extension) throws IOException {
    Path source = source(extension, ByteOrder.LITTLE_ENDIAN);
    Path target = folder.resolve("target." + extension);

    enlarge(source, target, UpscaleOptions.defaults().stripLocation());

    Descriptions read = descriptions(target);
    Exif exif = read.exif().orElseThrow();
    assertThat(exif.values(Exif.Directory.GPS, ByteOrder.BIG_ENDIAN)).isEmpty();
    assertThat(exif.values(Exif.Directory.PHOTO, ByteOrder.BIG_ENDIAN)).doesNotContainKey(37500);
    assertThat(text(exif, Exif.Directory.IMAGE, 272)).isEqualTo("Phone 5\0");
    assertThat(new String(read.xmp().orElseThrow().toPacket().orElseThrow(), UTF_8))
        .contains("Jos\u00e9")
        .doesNotContain("GPS", "Gps", "Berlin");
    assertThat(read.iptc().orElseThrow())
        .asString(ISO_8859_1)
        .contains("Jane")
        .doesNotContain("Berlin");
  }

  /** Its content may refer to places in the block. */
  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png"})
  void makerNote_staysWhereItWas(String extension) throws IOException {
    byte[] block = ExifBlocks.phone(ByteOrder.LITTLE_ENDIAN);
    Path target = folder.resolve("target." + extension);

    enlarge(source("jpg", ByteOrder.LITTLE_ENDIAN), target, UpscaleOptions.defaults());

    String bytes = new String(Files.readAllBytes(target), ISO_8859_1);
    int start = bytes.indexOf("II*\0");
    assertThat(bytes.indexOf("MakerNote", start) - start)
        .isEqualTo(new String(block, ISO_8859_1).indexOf("MakerNote"));
  }

  /** The bytes of a JPEG's comment come back; in a PNG, it is a text. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "caf\u00e9, of UTF-8", "caf\u00e9, of Latin-1", "zero\0"})
  void comment_isCarried(String comment) throws IOException {
    byte[] bytes = comment.getBytes(comment.endsWith("Latin-1") ? ISO_8859_1 : UTF_8);
    byte[] kept = Arrays.copyOf(bytes, bytes.length - (comment.endsWith("\0") ? 1 : 0));
    Path source = jpeg(segment(0xfe, "", bytes), segment(0xfe, "", "second".getBytes(UTF_8)));
    Path png = folder.resolve("target.png");
    Path jpg = folder.resolve("target.jpg");

    assertThat(enlarge(source, png, UpscaleOptions.defaults())).isEmpty();
    assertThat(enlarge(png, jpg, UpscaleOptions.defaults())).isEmpty();

    for (Path file : List.of(png, jpg)) {
      assertThat(descriptions(file).texts())
          .extracting(text -> text.comment().orElseThrow())
          .containsExactly(kept, "second".getBytes(UTF_8));
    }
    String bytesOfJpeg = new String(Files.readAllBytes(jpg), ISO_8859_1);
    assertThat(bytesOfJpeg).contains(new String(kept, ISO_8859_1) + "\u00ff\u00fe");
    assertThat(new String(Files.readAllBytes(png), ISO_8859_1))
        .contains(comment.contains("UTF-8") ? "iTXtComment\0\0\0\0\0" : "tEXtComment\0");
  }

  @Test
  void compressedCommentOfPng_isThatOfAJpeg() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    insertChunk(source, "zTXt", deflated("Comment\0\0", "squeezed"));
    Path target = folder.resolve("target.jpg");

    enlarge(source, target, UpscaleOptions.defaults());

    assertThat(new String(Files.readAllBytes(target), ISO_8859_1))
        .contains("\u00ff\u00fe\0\nsqueezed");
  }

  /** XMP as Adobe puts it there, and in blocks, as some programs do. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void extensionsOfGif_areCarried(boolean isXmpInBlocks) throws IOException {
    int[] pixels = new int[40 * 24];
    byte[] gif =
        AnimatedFiles.gif(
            40, 24, 0, List.of(new AnimatedFiles.Frame(0, 0, 40, 24, 1, 0, 1, pixels)));
    byte[] packet = XMP.getBytes(UTF_8);
    ByteArrayOutputStream xmp = new ByteArrayOutputStream();
    xmp.writeBytes("!\u00ff\u000bXMP DataXMP".getBytes(ISO_8859_1));
    if (isXmpInBlocks) {
      xmp.writeBytes(blocks(packet));
    } else {
      xmp.writeBytes(packet);
      xmp.write(1);
      for (int i = 255; i >= 0; i--) {
        xmp.write(i);
      }
      xmp.write(0);
    }
    byte[] comment =
        joined("!\u00fe".getBytes(ISO_8859_1), blocks("x".repeat(300).getBytes(UTF_8)));
    int colors = 13 + 3 * 128;
    Path source =
        Files.write(
            folder.resolve("source.gif"),
            joined(
                Arrays.copyOf(gif, colors),
                comment,
                Arrays.copyOfRange(gif, colors, gif.length - 1), // all but the end
                xmp.toByteArray(),
                new byte[] {0x3b}));
    Path target = folder.resolve("target.png");

    enlarge(source, target, UpscaleOptions.defaults());

    Descriptions read = descriptions(target);
    assertThat(read.texts().get(0).comment().orElseThrow())
        .asString(UTF_8)
        .isEqualTo("x".repeat(300));
    assertThat(new String(read.xmp().flatMap(Xmp::toPacket).orElseThrow(), UTF_8))
        .contains("Jos\u00e9", "exif:PixelXDimension=\"80\"")
        .contains("tiff:Orientation=\"6\""); // which browsers ignore, too
    assertThat(ImageFiles.size(target).width).isEqualTo(80);
  }

  private static byte[] blocks(byte[] data) {
    ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    for (int start = 0; start < data.length; start += 255) {
      int length = Math.min(255, data.length - start);
      blocks.write(length);
      blocks.write(data, start, length);
    }
    blocks.write(0);
    return blocks.toByteArray();
  }

  /** Its pixels need a plug-in of ImageIO, its resources do not. */
  @Test
  void resourcesOfPsd_areRead() throws IOException {
    byte[] resources =
        joined(
            resource(0x0422, ExifBlocks.phone(ByteOrder.BIG_ENDIAN)),
            resource(0x0404, IPTC),
            resource(0x0424, XMP.getBytes(UTF_8)));
    ByteBuffer psd = ByteBuffer.allocate(26 + 4 + 768 + 4 + resources.length);
    psd.put("8BPS".getBytes(ISO_8859_1)).putShort((short) 1).position(26);
    psd.putInt(768).position(26 + 4 + 768); // a palette
    psd.putInt(resources.length).put(resources);

    Descriptions read = descriptions(Files.write(folder.resolve("source.psd"), psd.array()));

    assertThat(text(read.exif().orElseThrow(), Exif.Directory.IMAGE, 272)).isEqualTo("Phone 5\0");
    assertThat(read.iptc().orElseThrow()).asString(ISO_8859_1).contains("Jane");
    assertThat(read.xmp().orElseThrow().mentions("Jos\u00e9")).isFalse(); // its bytes are of UTF-8
    assertThat(read.xmp().orElseThrow().mentions("drone")).isTrue();
  }

  private static byte[] resource(int id, byte[] data) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + data.length + data.length % 2);
    bytes.put("8BIM".getBytes(ISO_8859_1)).putShort((short) id).putShort((short) 0);
    return bytes.putInt(data.length).put(data).array();
  }

  @ParameterizedTest
  @CsvSource({
    "tif, 'the note of the camera maker is left out, for which a TIFF has no place'",
    "bmp, 'its metadata are left out, for which a BMP has no place'"
  })
  void whatTheTargetCannotHold_isSaid(String extension, String note) throws IOException {
    Path source = source("jpg", ByteOrder.LITTLE_ENDIAN);
    Path target = folder.resolve("target." + extension);

    assertThat(enlarge(source, target, UpscaleOptions.defaults())).containsExactly(note);
    assertThat(enlarge(source, target, UpscaleOptions.defaults().stripMetadata())).isEmpty();
  }

  @Test
  void textsThatTheTargetCannotHold_areNamed() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    insertChunk(source, "tEXt", "parameters\0a cat".getBytes(UTF_8));
    insertChunk(source, "tEXt", "Comment\0a dog".getBytes(UTF_8));

    assertThat(enlarge(source, folder.resolve("a.jpg"), UpscaleOptions.defaults()))
        .containsExactly("its texts (parameters) are left out, for which a JPEG has no place");
    assertThat(enlarge(source, folder.resolve("a.tif"), UpscaleOptions.defaults()))
        .containsExactly(
            "its texts (Comment, parameters) are left out, for which a TIFF has no place");
    assertThat(enlarge(source, folder.resolve("a.png"), UpscaleOptions.defaults())).isEmpty();
  }

  /** As exiftool reads them: of what both have, the first counts. */
  @Test
  void twoExifSegments_areOne() throws IOException {
    byte[] second =
        ExifBlocks.of(ByteOrder.BIG_ENDIAN).image(274, 3, 3).image(271, "Second").bytes();
    byte[] first = ExifBlocks.of(ByteOrder.LITTLE_ENDIAN).image(274, 3, 6).bytes();
    Path source = jpeg(segment(0xe1, "Exif\0\0", first), segment(0xe1, "Exif\0\0", second));

    Descriptions read = descriptions(source);

    assertThat(ImageFiles.size(source).width).isEqualTo(24);
    assertThat(text(read.exif().orElseThrow(), Exif.Directory.IMAGE, 271)).isEqualTo("Second\0");
  }

  @Test
  void exifOfSeveralSegments_isPutTogether() throws IOException {
    byte[] block = ExifBlocks.phone(ByteOrder.BIG_ENDIAN);
    Path source =
        jpeg(
            segment(0xe1, "Exif\0\0", Arrays.copyOf(block, 100)),
            segment(0xe1, "Exif\0\0", Arrays.copyOfRange(block, 100, block.length)));

    Exif exif = descriptions(source).exif().orElseThrow();

    assertThat(text(exif, Exif.Directory.GPS, 1)).isEqualTo("N\0");
    assertThat(ImageFiles.size(source).width).isEqualTo(24);
  }

  @ParameterizedTest
  @ValueSource(strings = {"exif", "APP1"})
  void rawProfileOfExif_isRead(String name) throws IOException {
    byte[] exif = joined("Exif\0\0".getBytes(ISO_8859_1), ExifBlocks.phone(ByteOrder.BIG_ENDIAN));
    String text = "\n" + name + "\n" + exif.length + "\n" + HexFormat.of().formatHex(exif) + "\n";
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    insertChunk(source, "zTXt", deflated("Raw profile type " + name + "\0\0", text));

    assertThat(ImageFiles.size(source).width).isEqualTo(24);
    assertThat(text(descriptions(source).exif().orElseThrow(), Exif.Directory.IMAGE, 272))
        .isEqualTo("Phone 5\0");
  }

  /** The type of Orientation is SHORT, but viewers and exiftool take any. */
  @ParameterizedTest
  @CsvSource({"3, 6", "4, 6", "9, 6"})
  void orientation_isReadOfAnyType(int type, int value) throws IOException {
    byte[] block = ExifBlocks.of(ByteOrder.LITTLE_ENDIAN).image(274, type, value).bytes();

    assertThat(ImageFiles.size(jpeg(segment(0xe1, "Exif\0\0", block))).width).isEqualTo(24);
  }

  @Test
  void damagedExif_isNoReasonToRefuseTheImage() throws IOException {
    byte[] whole = ExifBlocks.phone(ByteOrder.LITTLE_ENDIAN);
    Path target = folder.resolve("target.jpg");
    for (int length = 0; length < whole.length; length += 7) {
      Path source = jpeg(segment(0xe1, "Exif\0\0", Arrays.copyOf(whole, length)));
      enlarge(source, target, UpscaleOptions.defaults());
    }
    for (int at = 4; at < whole.length - 3; at += 3) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, at, at + 3, (byte) 0xff);
      enlarge(jpeg(segment(0xe1, "Exif\0\0", damaged)), target, UpscaleOptions.defaults());
      ImageFiles.read(target);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff})
  void farOffsets_areIgnored(int offset) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(26).order(ByteOrder.LITTLE_ENDIAN);
    block.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) 1);
    block.putShort((short) 282).putShort((short) 5).putInt(1).putInt(offset);
    Path source = jpeg(segment(0xe1, "Exif\0\0", block.array()));
    Path target = folder.resolve("target.jpg");

    enlarge(source, target, UpscaleOptions.defaults());
    enlarge(
        jpeg(segment(0xe1, "Exif\0\0", block.putInt(4, offset).array())),
        target,
        UpscaleOptions.defaults());

    assertThat(ImageFiles.size(target).width).isEqualTo(80);
  }

  @Test
  void damagedXmp_isLeftOut_andSaid() throws IOException {
    Path source = jpeg(segment(0xe1, XMP_MARK, "<x:xmpmeta><not closed".getBytes(UTF_8)));
    Path target = folder.resolve("target.jpg");

    List<String> notes = enlarge(source, target, UpscaleOptions.defaults());

    assertThat(notes).containsExactly("its XMP metadata are damaged and left out");
    assertThat(descriptions(target).xmp()).isEmpty();
  }

  /** Such as keeps a reader busy or reads files of the machine. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>",
        "<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>"
      })
  void xmpWithDocumentType_isLeftOut(String packet) throws IOException {
    Path source = jpeg(segment(0xe1, XMP_MARK, packet.getBytes(UTF_8)));
    Path target = folder.resolve("target.jpg");

    enlarge(source, target, UpscaleOptions.defaults());

    assertThat(descriptions(target).xmp()).isEmpty();
  }

  @Test
  void xmpOfManyLevels_isLeftOut() throws IOException {
    byte[] deep = ("<a>".repeat(9_000) + "</a>".repeat(9_000)).getBytes(UTF_8);
    Path target = folder.resolve("target.jpg");

    enlarge(jpeg(segment(0xe1, XMP_MARK, deep)), target, UpscaleOptions.defaults());

    assertThat(descriptions(target).xmp()).isEmpty();
  }

  /** Larger than a segment: written as an extension, and read from one. */
  @Test
  void largeXmp_isExtended() throws IOException {
    String text = "x".repeat(150_000);
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    byte[] packet = XMP.replace("52,30.0N", text).getBytes(UTF_8);
    insertChunk(source, "iTXt", joined("XML:com.adobe.xmp\0\0\0\0\0".getBytes(ISO_8859_1), packet));
    Path first = folder.resolve("first.jpg");
    Path second = folder.resolve("second.jpg");

    enlarge(source, first, UpscaleOptions.defaults());
    enlarge(first, second, UpscaleOptions.defaults());

    assertThat(new String(descriptions(second).xmp().orElseThrow().toPacket().orElseThrow(), UTF_8))
        .contains(text, "PixelXDimension=\"160\"")
        .doesNotContain("HasExtendedXMP");
  }

  @Test
  void gainMap_isLeftOut_andSaid() throws IOException {
    String packet =
        XMP.replace(
            "tiff:ImageWidth",
            "xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\""
                + " tiff:ImageWidth");
    Path source = jpeg(segment(0xe1, XMP_MARK, packet.getBytes(UTF_8)));
    Path target = folder.resolve("target.jpg");

    List<String> notes = enlarge(source, target, UpscaleOptions.defaults());

    assertThat(notes).singleElement().asString().contains("gain map (Ultra HDR) is left out");
    assertThat(new String(Files.readAllBytes(target), ISO_8859_1)).doesNotContain("hdrgm:Version");
  }

  /** As phones of another maker write it: a second JPEG behind the first, in an index of images. */
  @Test
  void gainMapOfTheSecondImage_isSaid() throws IOException {
    Path source = jpeg();
    byte[] first = Files.readAllBytes(source);
    byte[] second =
        joined(
            new byte[] {(byte) 0xff, (byte) 0xd8},
            segment(0xe1, XMP_MARK, "HDRGainMap:HDRGainMapVersion".getBytes(UTF_8)),
            new byte[] {(byte) 0xff, (byte) 0xd9});
    ByteBuffer index = ByteBuffer.allocate(8 + 2 + 2 * 12 + 4 + 32).order(ByteOrder.BIG_ENDIAN);
    index.put((byte) 'M').put((byte) 'M').putShort((short) 42).putInt(8).putShort((short) 2);
    index.putShort((short) 0xb001).putShort((short) 4).putInt(1).putInt(2);
    index.putShort((short) 0xb002).putShort((short) 7).putInt(32).putInt(38).putInt(0);
    int segmentBytes = 4 + 4 + index.capacity();
    int base = 2 + 8; // of the index, in the file
    index.putInt(0x030000).putInt(first.length + segmentBytes).putInt(0).putInt(0);
    index.putInt(0).putInt(second.length).putInt(first.length + segmentBytes - base).putInt(0);
    Files.write(
        source,
        joined(
            Arrays.copyOf(first, 2),
            segment(0xe2, "MPF\0", index.array()),
            Arrays.copyOfRange(first, 2, first.length),
            second));

    assertThat(enlarge(source, folder.resolve("target.jpg"), UpscaleOptions.defaults()))
        .singleElement()
        .asString()
        .contains("gain map");
  }

  @Test
  void batch_reportsNotes() throws IOException {
    Path source = jpeg(segment(0xe2, "urn:iso:std:iso:ts:21496:-1\0", new byte[4]));
    FileUpscale upscale = upscale();

    Upscaler.BatchReport report =
        new Batch(upscale::run, UpscaleOptions.defaults())
            .run(Stream.of(source), file -> folder.resolve("target.png"));

    assertThat(report.items().get(0).notes()).singleElement().asString().contains("gain map");
  }

  @Test
  void textsOfPng_areKept_butNotThoseOfItsSize() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    insertChunk(source, "tEXt", "parameters\0a cat, 20 steps".getBytes(ISO_8859_1));
    insertChunk(source, "tEXt", "exif:PixelXDimension\0".concat("40").getBytes(ISO_8859_1));
    Path target = folder.resolve("target.png");

    enlarge(source, target, UpscaleOptions.defaults());

    assertThat(new String(Files.readAllBytes(target), ISO_8859_1))
        .contains("parameters\0a cat, 20 steps")
        .doesNotContain("exif:PixelX");
  }

  /** A few kilobytes each that would be 16 MB: what comes after 32 MB is not looked at. */
  @Test
  void manyTextsThatInflate_costNoMemory() throws IOException {
    Path source = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), source);
    byte[] bomb = deflated("Raw profile type exif\0\0", "\nexif\n9\n" + "00".repeat(8 << 20));
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    for (int i = 0; i < 100; i++) {
      chunks.writeBytes(chunk("zTXt", bomb));
    }
    byte[] png = Files.readAllBytes(source);
    Files.write(
        source,
        joined(
            Arrays.copyOf(png, 33),
            chunks.toByteArray(),
            chunk("tEXt", "Author\0Jane".getBytes(ISO_8859_1)),
            Arrays.copyOfRange(png, 33, png.length)));

    assertThat(descriptions(source).texts()).isEmpty();
    assertThat(ImageFiles.size(source).width).isEqualTo(40);
  }

  @Test
  void emptyExif_isNotSaidToBeDamaged() throws IOException {
    byte[] empty = ExifBlocks.of(ByteOrder.LITTLE_ENDIAN).bytes();
    Path source = jpeg(segment(0xe1, "Exif\0\0", empty));

    assertThat(enlarge(source, folder.resolve("target.png"), UpscaleOptions.defaults())).isEmpty();
  }

  /** A WebP, whose pixels this module cannot read. */
  @Test
  void exifAndXmpOfWebp_areRead() throws IOException {
    byte[] exif = ExifBlocks.phone(ByteOrder.LITTLE_ENDIAN);
    byte[] xmp = XMP.getBytes(UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(12 + 8 + (exif.length + 1 & ~1) + 8 + (xmp.length + 1 & ~1))
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(ISO_8859_1)).putInt(file.capacity() - 8);
    file.put("WEBPEXIF".getBytes(ISO_8859_1)).putInt(exif.length).put(exif);
    file.position(12 + 8 + (exif.length + 1 & ~1));
    file.put("XMP ".getBytes(ISO_8859_1)).putInt(xmp.length).put(xmp);
    Path webp = Files.write(folder.resolve("source.webp"), file.array());

    Descriptions read = FileDescriptions.of(webp);

    assertThat(read.exif().orElseThrow().orientation()).contains(6L);
    assertThat(read.xmp().orElseThrow().mentions("Jos")).isTrue();
  }

  @Test
  void caseOfRawProfile_isTurned() throws IOException {
    Path source = SharedData.folder("cases/images").resolve("raw_profile_exif.png");

    assertThat(ImageFiles.size(source).width).isEqualTo(24); // stored as 40x24
  }

  @ParameterizedTest
  @CsvSource({"exif-offset.png, 64, 64", "xres-ffffffff.jpg, 80, 60"})
  void caseOfFarOffset_isEnlarged(String name, int width, int height) throws IOException {
    Path source = SharedData.folder("cases/hostile").resolve(name);
    Path target = folder.resolve("target.png");

    enlarge(source, target, UpscaleOptions.defaults());

    assertThat(ImageFiles.size(target).width).isEqualTo(width);
    assertThat(ImageFiles.size(target).height).isEqualTo(height);
  }

  private Path source(String extension, ByteOrder order) throws IOException {
    byte[] exif = ExifBlocks.phone(order);
    byte[] xmp = XMP.getBytes(UTF_8);
    Path jpeg =
        jpeg(
            segment(0xe1, "Exif\0\0", exif),
            segment(0xe1, XMP_MARK, xmp),
            segment(0xed, "Photoshop 3.0\0", resources()));
    if (extension.equals("jpg")) {
      return jpeg;
    }
    Path png = folder.resolve("source.png");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), png);
    String hex = HexFormat.of().formatHex(resources());
    insertChunk(png, "tEXt", "Comment\0text".getBytes(ISO_8859_1));
    insertChunk(png, "eXIf", exif);
    insertChunk(png, "iTXt", joined("XML:com.adobe.xmp\0\0\0\0\0".getBytes(ISO_8859_1), xmp));
    insertChunk(
        png,
        "zTXt",
        deflated("Raw profile type iptc\0\0", "\niptc\n" + resources().length + "\n" + hex));
    if (extension.equals("png")) {
      return png;
    }
    // Upright already, by which the result must not differ.
    Path tiff = folder.resolve("source.tif");
    enlarge(png, tiff, UpscaleOptions.defaults().factor(1));
    return tiff;
  }

  /** Another resource, and IPTC. */
  private static byte[] resources() {
    byte[] other = {'8', 'B', 'I', 'M', 3, (byte) 0xed, 1, 'n', 0, 0, 0, 3, 1, 2, 3, 0};
    ByteBuffer iptc = ByteBuffer.allocate(12 + (IPTC.length + 1 & ~1));
    iptc.put("8BIM".getBytes(ISO_8859_1)).putShort((short) 0x0404).putShort((short) 0);
    return joined(other, iptc.putInt(IPTC.length).put(IPTC).array());
  }

  private Path jpeg(byte[]... segments) throws IOException {
    Path file = folder.resolve("source.jpg");
    ImageFiles.write(TestImages.photo(BufferedImage.TYPE_3BYTE_BGR, 40, 24), file);
    byte[] bytes = Files.readAllBytes(file);
    List<byte[]> parts = new ArrayList<>();
    parts.add(Arrays.copyOf(bytes, 2));
    parts.addAll(List.of(segments));
    parts.add(Arrays.copyOfRange(bytes, 2, bytes.length));
    return Files.write(file, joined(parts.toArray(new byte[0][])));
  }

  private static byte[] segment(int code, String name, byte[] data) {
    ByteBuffer segment = ByteBuffer.allocate(4 + name.length() + data.length);
    segment.put((byte) 0xff).put((byte) code).putShort((short) (segment.capacity() - 2));
    return segment.put(name.getBytes(ISO_8859_1)).put(data).array();
  }

  private static byte[] deflated(String start, String text) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(start.getBytes(ISO_8859_1));
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(text.getBytes(ISO_8859_1));
    }
    return data.toByteArray();
  }

  private static void insertChunk(Path png, String type, byte[] data) throws IOException {
    byte[] bytes = Files.readAllBytes(png);
    Files.write(
        png,
        joined(
            Arrays.copyOf(bytes, 33),
            chunk(type, data),
            Arrays.copyOfRange(bytes, 33, bytes.length)));
  }

  private static byte[] chunk(String type, byte[] data) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(all);
    CRC32 checksum = new CRC32();
    checksum.update(type.getBytes(ISO_8859_1));
    checksum.update(data);
    out.writeInt(data.length);
    out.writeBytes(type);
    out.write(data);
    out.writeInt((int) checksum.getValue());
    return all.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static String text(Exif exif, Exif.Directory directory, int tag) {
    return new String(exif.values(directory, ByteOrder.BIG_ENDIAN).get(tag).bytes(), ISO_8859_1);
  }

  private static List<Integer> numbers(Exif exif, Exif.Directory directory, int tag) {
    ByteBuffer bytes =
        ByteBuffer.wrap(exif.values(directory, ByteOrder.BIG_ENDIAN).get(tag).bytes());
    List<Integer> numbers = new ArrayList<>();
    while (bytes.hasRemaining()) {
      numbers.add(bytes.getInt());
    }
    return numbers;
  }

  private static List<Integer> shorts(Exif exif, Exif.Directory directory, int tag) {
    ByteBuffer bytes =
        ByteBuffer.wrap(exif.values(directory, ByteOrder.BIG_ENDIAN).get(tag).bytes());
    List<Integer> numbers = new ArrayList<>();
    while (bytes.hasRemaining()) {
      numbers.add((int) bytes.getShort());
    }
    return numbers;
  }

  private static Descriptions descriptions(Path file) throws IOException {
    return FileDescriptions.of(file);
  }

  private static FileUpscale upscale() {
    Pipeline pipeline =
        new Pipeline(
            FilterNetwork.of(ModelInfo.Color.RGB, 2, 1),
            new NetworkSettings(
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                false,
                1,
                OptionalDouble.empty()),
            new RowExecutor(1));
    return new FileUpscale(pipeline, PixelLimits.of(1 << 20), FileUpscale.Limits.ofHeap());
  }

  /** Returns the reported omissions. */
  private static List<String> enlarge(Path source, Path target, UpscaleOptions options)
      throws IOException {
    List<String> notes = new ArrayList<>();
    upscale()
        .run(
            source,
            target,
            options.listener(
                new ProgressListener() {
                  @Override
                  public void progressed(Progress progress) {}

                  @Override
                  public void noted(String note) {
                    notes.add(note);
                  }
                }));
    return notes;
  }
}
