// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.SharedData;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.TestImages;
import io.github.sr4j.internal.tiles.NetworkSettings;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The colour chunks of a PNG: the network sees sRGB, and the result has the chunks again. */
final class PngColorsTest {

  private static final byte[] LINEAR = numbers(100_000); // gAMA
  private static final byte[] P3 = // cHRM: white first
      numbers(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000);

  private static final byte[] BT_2020_PQ = {9, 16, 0, 1};
  private static final byte[] BT_2020_HLG = {9, 18, 0, 1};
  private static final byte[] DISPLAY_P3 = {12, 13, 0, 1};

  @TempDir Path folder;

  @Test
  void linearLight_isSeenAsSrgb() throws IOException {
    Path png = png(8, Map.of("gAMA", LINEAR), new int[] {55, 55, 55});

    FloatImage seen = AwtImages.toFloat(ImageFiles.read(png));

    assertThat(seen.sample(0, 0, 0)).isCloseTo(128 / 255f, within(0.5f / 255)); // IEC 61966-2-1
  }

  @Test
  void gammaAndPrimaries_areAMatrixProfile() throws IOException {
    Path png = png(8, ordered("gAMA", LINEAR, "cHRM", P3), new int[] {0, 255, 0});

    FloatImage seen = AwtImages.toFloat(ImageFiles.read(png));

    // The green of P3 in linear sRGB: -0.2247, 1.0419, -0.0786.
    assertThat(seen.sample(0, 0, 0)).isCloseTo(-0.511f, within(0.005f));
    assertThat(seen.sample(1, 0, 0)).isCloseTo(1.018f, within(0.005f));
    assertThat(seen.sample(2, 0, 0)).isCloseTo(-0.311f, within(0.005f));
  }

  /** PNG, third edition, 4.3: cICP, iCCP, sRGB, and then the pair of gAMA and cHRM. */
  @Test
  void precedence_isThatOfTheSpecification() throws IOException {
    byte[] linearProfile = iccp(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData());
    int[] pixel = {100, 100, 100};
    float asLinear = AwtImages.toFloat(read(Map.of("gAMA", LINEAR), pixel)).sample(0, 0, 0);
    float asIs = 100 / 255f;
    byte[] srgb = {0};
    byte[] wide = numbers(200_000);

    assertSeen(asIs, ordered("gAMA", LINEAR, "sRGB", srgb), pixel);
    assertSeen(asLinear, ordered("gAMA", wide, "sRGB", srgb, "iCCP", linearProfile), pixel);
    assertSeen(asIs, ordered("gAMA", LINEAR, "iCCP", linearProfile, "cICP", DISPLAY_P3), pixel);
    byte[] unknown = {9, 99, 0, 1};
    assertSeen(asLinear, ordered("cICP", unknown, "iCCP", linearProfile), pixel);
    byte[] videoRange = {1, 13, 0, 0};
    assertSeen(asLinear, ordered("cICP", videoRange, "gAMA", LINEAR), pixel);
  }

  private void assertSeen(float expected, Map<String, byte[]> chunks, int[] pixel)
      throws IOException {
    assertThat(AwtImages.toFloat(read(chunks, pixel)).sample(1, 0, 0))
        .as(chunks.keySet().toString())
        .isCloseTo(expected, within(0.004f));
  }

  private BufferedImage read(Map<String, byte[]> chunks, int[] pixel) throws IOException {
    return ImageFiles.read(png(8, chunks, pixel));
  }

  /** As many programs write for sRGB, and as libpng takes them. */
  @Test
  void gammaOfSrgb_changesNothing() throws IOException {
    Path plain = png(8, Map.of(), noise(8));
    byte[] srgbCorners = numbers(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000);
    Path png = png(8, ordered("gAMA", numbers(45_455), "cHRM", srgbCorners), noise(8));

    assertThat(AwtImages.toFloat(ImageFiles.read(png)).samples())
        .containsExactly(AwtImages.toFloat(ImageFiles.read(plain)).samples());
  }

  /** Values that cannot be a gamma or a triangle. */
  @Test
  void absurdChunks_areIgnored() throws IOException {
    int[] pixel = {10, 100, 200};
    float asIs = 100 / 255f;
    assertSeen(asIs, Map.of("gAMA", numbers(0)), pixel);
    assertSeen(asIs, Map.of("gAMA", numbers(1)), pixel);
    assertSeen(asIs, Map.of("gAMA", new byte[3]), pixel);
    assertSeen(asIs, ordered("gAMA", LINEAR, "cHRM", new byte[32]), pixel);
    assertSeen(asIs, ordered("gAMA", LINEAR, "cHRM", numbers(1, 1, 1, 1, 1, 1, 1, 1)), pixel);
    assertSeen(asIs, Map.of("cICP", new byte[] {9, 16}), pixel);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void chunks_areWrittenAgain_andColorsAreKept(int bits) throws IOException {
    Map<String, byte[]> chunks =
        ordered("cICP", BT_2020_PQ, "mDCV", new byte[24], "cLLI", new byte[8]);
    chunks.put("gAMA", LINEAR);
    chunks.put("cHRM", P3);
    assertKept(bits, chunks);
    assertKept(bits, ordered("gAMA", LINEAR));
    assertKept(bits, ordered("gAMA", LINEAR, "cHRM", P3));
    assertKept(bits, ordered("gAMA", numbers(45_455), "sRGB", new byte[1]));
    assertKept(bits, ordered("cICP", BT_2020_HLG));
    assertKept(bits, ordered("cICP", DISPLAY_P3));
    assertKept(
        bits, ordered("iCCP", iccp(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData())));
  }

  private void assertKept(int bits, Map<String, byte[]> chunks) throws IOException {
    int[] pixels = noise(bits);
    Path target = folder.resolve("target.png");

    enlarge(png(bits, chunks, pixels), target);

    Map<String, byte[]> written = chunks(target);
    chunks.forEach((type, data) -> assertThat(written.get(type)).as(type).isEqualTo(data));
    assertThat(written).containsOnlyKeys(chunks.keySet());
    Raster raster = ImageFiles.read(target).getRaster();
    int tolerance = bits == 8 ? 0 : 34; // next to black, where sRGB is steep
    for (int i = 0; i < pixels.length; i++) {
      int x = 2 * (i / 3);
      assertThat(raster.getSample(x, 1, i % 3))
          .as("%s of sample %s", chunks.keySet(), i)
          .isCloseTo(pixels[i], within(tolerance));
    }
  }

  /** Nothing is clipped, up to 10,000 cd/m2, and black keeps its levels. */
  @ParameterizedTest
  @CsvSource({"16", "18"})
  void highDynamicRange_comesBackAtEachLevel(byte transfer) throws IOException {
    int[] pixels = new int[3 * 600];
    for (int i = 0; i < 600; i++) {
      pixels[3 * i] = pixels[3 * i + 1] = pixels[3 * i + 2] = i * 65535 / 599;
    }
    Path target = folder.resolve("target.png");

    enlarge(png(16, Map.of("cICP", new byte[] {9, transfer, 0, 1}), pixels), target);

    Raster raster = ImageFiles.read(target).getRaster();
    for (int i = 0; i < 600; i++) {
      // PQ makes 4 levels of what a float rounds next to black.
      assertThat(raster.getSample(2 * i, 0, 1)).isCloseTo(pixels[3 * i], within(4));
    }
  }

  @ParameterizedTest
  @CsvSource({"16", "18"})
  void highDynamicRangeOf8Bits_comesBackExactly(byte transfer) throws IOException {
    int[] pixels = IntStream.range(0, 3 * 256).map(i -> i / 3).toArray(); // gray
    Path target = folder.resolve("target.png");

    enlarge(png(8, Map.of("cICP", new byte[] {9, transfer, 0, 1}), pixels), target);

    Raster raster = ImageFiles.read(target).getRaster();
    for (int i = 0; i < 256; i++) {
      assertThat(raster.getPixel(2 * i, 0, (int[]) null)).containsExactly(i, i, i);
    }
  }

  /** ITU-R BT.2408: 203 cd/m2, which PQ has at 58 % and HLG at 75 %. */
  @ParameterizedTest
  @CsvSource({"16, 0.5807", "18, 0.75"})
  void referenceWhite_isSeenAsWhite(byte transfer, double component) throws IOException {
    int level = (int) Math.round(component * 65535);
    Path png =
        png(16, Map.of("cICP", new byte[] {9, transfer, 0, 1}), new int[] {level, level, level});

    FloatImage seen = AwtImages.toFloat(ImageFiles.read(png));

    assertThat(seen.sample(0, 0, 0)).isCloseTo(1, within(0.002f));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tif", "jpg"})
  void highDynamicRange_isAProfileInOtherFormats(String extension) throws IOException {
    int[] pixels = new int[3 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 40 + i / 3 * 3;
    }
    Path png = png(8, Map.of("cICP", BT_2020_PQ), pixels);
    Path target = folder.resolve("target." + extension);

    enlarge(png, target);

    FloatImage source = AwtImages.toFloat(ImageFiles.read(png));
    FloatImage seen = AwtImages.toFloat(ImageFiles.read(target));
    assertThat(source.sample(0, 63, 0)).isGreaterThan(2); // far beyond paper white
    for (int x = 0; x < 64; x++) {
      assertThat(seen.sample(0, 2 * x, 0))
          .isCloseTo(source.sample(0, x, 0), within(extension.equals("tif") ? 1e-4f : 0.2f));
    }
  }

  @Test
  void gray_keepsItsSamplesAndChunks() throws IOException {
    BufferedImage image = new BufferedImage(5, 3, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(1, 1, 0, 77);
    Path png = folder.resolve("gray.png");
    ImageFiles.write(image, png);
    insert(png, Map.of("gAMA", LINEAR));
    Path target = folder.resolve("target.png");
    Path tiff = folder.resolve("target.tif");

    enlarge(png, target);
    enlarge(png, tiff);

    assertThat(chunks(target).get("gAMA")).isEqualTo(LINEAR);
    assertThat(ImageFiles.read(target).getRaster().getSample(2, 2, 0)).isEqualTo(77);
    assertThat(new String(Files.readAllBytes(tiff), ISO_8859_1)).contains("GRAY", "kTRC");
  }

  @Test
  void grayPalette_keepsItsChunks() throws IOException {
    BufferedImage image = new BufferedImage(9, 3, BufferedImage.TYPE_BYTE_BINARY);
    Path png = folder.resolve("binary.png");
    ImageFiles.write(image, png);
    insert(png, Map.of("gAMA", LINEAR));
    Path target = folder.resolve("target.png");

    enlarge(png, target);

    assertThat(chunks(target).get("gAMA")).isEqualTo(LINEAR);
  }

  /** The transparent level, as the PNG of fewer than 8 bits says it. */
  @ParameterizedTest
  @CsvSource({"1, 0", "1, 1", "2, 0", "2, 1", "2, 3", "4, 0", "4, 7", "4, 15"})
  void transparentGrayOfFewBits_isTransparent(int bits, int hidden) throws IOException {
    int levels = 1 << bits;
    byte[] row = new byte[1 + (levels * bits + 7) / 8]; // filter, and each level once
    for (int level = 0; level < levels; level++) {
      int at = level * bits;
      row[1 + at / 8] |= (byte) (level << (8 - bits - at % 8));
    }
    Path file = folder.resolve("gray.png");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(levels).putInt(1).put((byte) bits);
    writeChunk(out, "IHDR", header.array());
    writeChunk(out, "tRNS", new byte[] {0, (byte) hidden});
    writeChunk(out, "IDAT", deflated(row));
    writeChunk(out, "IEND", new byte[0]);
    Files.write(file, bytes.toByteArray());

    BufferedImage read = ImageFiles.read(file);
    FloatImage gray = AwtImages.toFloat(read);
    FloatImage alpha = AwtImages.alpha(read).orElseThrow();

    assertThat(gray.channels()).isEqualTo(1);
    for (int level = 0; level < levels; level++) {
      assertThat(alpha.sample(0, level, 0)).isEqualTo(level == hidden ? 0 : 1);
      assertThat(gray.sample(0, level, 0)).isEqualTo(level * (255 / (levels - 1)) / 255f);
    }
    Path target = folder.resolve("target.png");
    enlarge(file, target);
    assertThat(AwtImages.alpha(ImageFiles.read(target)).orElseThrow().sample(0, 2 * hidden, 0))
        .isLessThan(0.5f);
  }

  /** Masks of red, green, blue and alpha; the header of version 3, 4 and 5. */
  @ParameterizedTest
  @CsvSource({
    "56, f00, f0, f, f000",
    "108, f00, f0, f, f000",
    "124, f0, f00, f000, f",
    "56, 7c00, 3e0, 1f, 8000",
    "124, f800, 7c0, 3e, 1"
  })
  void sixteenBitBmp_hasItsAlpha(int header, String red, String green, String blue, String alpha)
      throws IOException {
    int[] masks = new int[4];
    for (int i = 0; i < 4; i++) {
      masks[i] = Integer.parseInt(List.of(red, green, blue, alpha).get(i), 16);
    }
    ByteBuffer bmp = ByteBuffer.allocate(14 + header + 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(14 + header);
    bmp.putInt(header).putInt(3).putInt(1).putShort((short) 1).putShort((short) 16).putInt(3);
    bmp.putInt(8).putInt(0).putInt(0).putInt(0).putInt(0);
    for (int mask : masks) {
      bmp.putInt(mask);
    }
    bmp.position(14 + header);
    bmp.putShort((short) (masks[0] | masks[3])); // red
    bmp.putShort((short) masks[1]); // green, transparent
    bmp.putShort((short) (masks[2] | masks[3])); // blue
    Path file = Files.write(folder.resolve("image.bmp"), bmp.array());

    BufferedImage read = ImageFiles.read(file);

    FloatImage colors = AwtImages.toFloat(read);
    FloatImage opacity = AwtImages.alpha(read).orElseThrow();
    assertThat(opacity.samples()).containsExactly(1, 0, 1);
    assertThat(colors.sample(0, 0, 0)).isEqualTo(1);
    assertThat(colors.sample(2, 0, 0)).isEqualTo(0);
    assertThat(colors.sample(1, 1, 0)).isEqualTo(1);
    assertThat(colors.sample(2, 2, 0)).isEqualTo(1);
    Path target = folder.resolve("target.png");
    enlarge(file, target);
    assertThat(ImageFiles.read(target).getColorModel().hasAlpha()).isTrue();
  }

  @Test
  void caseOfPqProfile_isNotClipped() throws IOException {
    Path source = SharedData.folder("cases/images").resolve("p3_pq.png");
    Path target = folder.resolve("target.png");

    enlarge(source, target);

    Raster expected = ImageFiles.read(source).getRaster();
    Raster actual = ImageFiles.read(target).getRaster();
    for (int y = 0; y < expected.getHeight(); y++) {
      for (int x = 0; x < expected.getWidth(); x++) {
        for (int c = 0; c < 3; c++) {
          assertThat(actual.getSample(2 * x, 2 * y, c))
              .as("channel %s at %s, %s", c, x, y)
              .isEqualTo(expected.getSample(x, y, c));
        }
      }
    }
    assertThat(chunks(target).get("iCCP")).isEqualTo(chunks(source).get("iCCP"));
  }

  @Test
  void caseOfLinearLight_isSeenAsSrgb() throws IOException {
    Path source = SharedData.folder("cases/images").resolve("rgb8_gama100000.png");

    BufferedImage read = ImageFiles.read(source);

    float linear = read.getRaster().getSample(3, 4, 1) / 255f;
    double srgb = linear <= 0.0031308 ? linear * 12.92 : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;
    assertThat(AwtImages.toFloat(read).sample(1, 3, 4)).isCloseTo((float) srgb, within(0.002f));
  }

  @Test
  void caseOfTransparentGray_isTransparent() throws IOException {
    BufferedImage read =
        ImageFiles.read(SharedData.folder("cases/images").resolve("gray2_trns.png"));

    FloatImage gray = AwtImages.toFloat(read);
    FloatImage alpha = AwtImages.alpha(read).orElseThrow();
    for (int i = 0; i < alpha.samples().length; i++) {
      assertThat(alpha.samples()[i]).isEqualTo(gray.samples()[i] == 85 / 255f ? 0 : 1);
    }
    assertThat(alpha.samples()).contains(0);
  }

  @Test
  void caseOfBmpWithAlpha_hasIt() throws IOException {
    BufferedImage read = ImageFiles.read(SharedData.folder("cases/images").resolve("argb4444.bmp"));

    // The last row comes first in the file, whose fourth pixel is 0x71e5.
    FloatImage alpha = AwtImages.alpha(read).orElseThrow();
    assertThat(alpha.sample(0, 0, 23)).isEqualTo(0);
    assertThat(alpha.sample(0, 3, 23)).isEqualTo(7 / 15f);
    assertThat(AwtImages.toFloat(read).sample(0, 3, 23)).isEqualTo(1 / 15f);
    assertThat(AwtImages.toFloat(read).sample(1, 3, 23)).isEqualTo(14 / 15f);
    assertThat(AwtImages.toFloat(read).sample(2, 3, 23)).isEqualTo(5 / 15f);
  }

  @Test
  @Timeout(20)
  void caseOfManyTags_isReadOrRefusedSoon() throws IOException {
    Path source = SharedData.folder("cases/hostile").resolve("iccp-16m-100000-tags.png");
    try {
      enlarge(source, folder.resolve("target.png"));
    } catch (ImageFormatException e) {
      assertThat(e).hasMessageContaining("profile");
    }
  }

  /** A row of pixels, with chunks behind the header. */
  private Path png(int bits, Map<String, byte[]> chunks, int[] samples) throws IOException {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            ColorModel.OPAQUE,
            bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    BufferedImage image =
        new BufferedImage(
            model, model.createCompatibleWritableRaster(samples.length / 3, 1), false, null);
    image.getRaster().setPixels(0, 0, samples.length / 3, 1, samples);
    Path file = folder.resolve("source.png");
    ImageFiles.write(image, file);
    insert(file, chunks);
    return file;
  }

  private static void insert(Path png, Map<String, byte[]> chunks) throws IOException {
    byte[] bytes = Files.readAllBytes(png);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(all);
    out.write(bytes, 0, 33);
    for (Map.Entry<String, byte[]> chunk : chunks.entrySet()) {
      writeChunk(out, chunk.getKey(), chunk.getValue());
    }
    out.write(bytes, 33, bytes.length - 33);
    Files.write(png, all.toByteArray());
  }

  private static void writeChunk(DataOutputStream out, String type, byte[] data)
      throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(type.getBytes(ISO_8859_1));
    checksum.update(data);
    out.writeInt(data.length);
    out.writeBytes(type);
    out.write(data);
    out.writeInt((int) checksum.getValue());
  }

  /** The chunks of a PNG but those of its pixels. */
  private static Map<String, byte[]> chunks(Path png) throws IOException {
    Map<String, byte[]> chunks = new LinkedHashMap<>();
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(png)).position(8);
    while (bytes.hasRemaining()) {
      byte[] data = new byte[bytes.getInt()];
      byte[] type = new byte[4];
      bytes.get(type).get(data).getInt();
      chunks.put(new String(type, ISO_8859_1), data);
    }
    chunks.keySet().removeAll(List.of("IHDR", "IDAT", "IEND", "PLTE"));
    return chunks;
  }

  private static byte[] iccp(byte[] profile) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes("name\0\0".getBytes(ISO_8859_1));
    data.writeBytes(deflated(profile));
    return data.toByteArray();
  }

  private static byte[] deflated(byte[] bytes) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(bytes);
    }
    return data.toByteArray();
  }

  private static byte[] numbers(int... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length);
    for (int number : numbers) {
      bytes.putInt(number);
    }
    return bytes.array();
  }

  private static Map<String, byte[]> ordered(Object... typesAndData) {
    Map<String, byte[]> chunks = new LinkedHashMap<>();
    for (int i = 0; i < typesAndData.length; i += 2) {
      chunks.put((String) typesAndData[i], (byte[]) typesAndData[i + 1]);
    }
    return chunks;
  }

  private static int[] noise(int bits) {
    return new Random(1).ints(300, 0, 1 << bits).toArray();
  }

  /** Repeats each pixel twice in both directions. */
  private static void enlarge(Path source, Path target) throws IOException {
    DelegatingNetwork nearest =
        new DelegatingNetwork(FilterNetwork.of(ModelInfo.Color.RGB, 2, 0)) {
          @Override
          public FloatImage upscale(FloatImage block) {
            return TestImages.nearest(block, 2);
          }
        };
    Pipeline pipeline =
        new Pipeline(
            nearest,
            new NetworkSettings(
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                false,
                1,
                OptionalDouble.empty()),
            new RowExecutor(1));
    new FileUpscale(pipeline, PixelLimits.of(1 << 20), FileUpscale.Limits.ofHeap())
        .run(source, target, UpscaleOptions.defaults());
  }
}
