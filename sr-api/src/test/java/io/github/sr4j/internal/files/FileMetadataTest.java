// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.util.ChannelInput;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class FileMetadataTest {

  private static final double MILLIMETRES_PER_INCH = 25.4;
  private static final int PNG_HEADER = 33; // bytes of the signature and of the IHDR chunk

  @TempDir Path folder;

  /** As ImageIO's own plug-ins read them, and as we do. */
  @ParameterizedTest
  @CsvSource({"png, 0.02", "jpg, 0", "tif, 0", "bmp, 0.02"})
  void resolution_isWrittenForOthersToRead(String extension, double tolerance) throws IOException {
    Path file = folder.resolve("image." + extension);

    write(
        photo(20, 10),
        new FileMetadata(Orientation.NORMAL, 300, 150, noProfile(), false, false),
        file);

    FileMetadata read = metadata(file);
    assertThat(read.dpiX()).isCloseTo(300, within(tolerance));
    assertThat(read.dpiY()).isCloseTo(150, within(tolerance));
    ImageReader reader = ImageIO.getImageReadersBySuffix(extension).next();
    try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
      reader.setInput(stream);
      Element tree = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_1.0");
      assertThat(millimetres(tree, "Horizontal"))
          .isCloseTo(MILLIMETRES_PER_INCH / 300, within(1e-4));
      assertThat(millimetres(tree, "Vertical")).isCloseTo(MILLIMETRES_PER_INCH / 150, within(1e-4));
    } finally {
      reader.dispose();
    }
  }

  private static double millimetres(Element tree, String direction) {
    NodeList sizes = tree.getElementsByTagName(direction + "PixelSize");
    NodeList nodes =
        sizes.getLength() > 0
            ? sizes
            : tree.getElementsByTagName(direction + "PhysicalPixelSpacing");
    double value = Double.parseDouble(((Element) nodes.item(0)).getAttribute("value"));
    // The JDK's BMP plug-in has metres there.
    return value < 1e-3 ? value * 1000 : value;
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "tif", "bmp"})
  void withoutResolution_noneIsWritten(String extension) throws IOException {
    Path file = folder.resolve("image." + extension);

    write(photo(20, 10), FileMetadata.NONE, file);

    assertThat(metadata(file).hasDpi()).isFalse();
    assertThat(metadata(file).profile()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "tif"})
  void imageInAnotherColourSpace_isReadAsWritten(String extension) throws IOException {
    Path file = folder.resolve("image." + extension);
    BufferedImage image = inLinearRgb(photo(20, 10));

    ImageFiles.write(image, file);

    BufferedImage read = ImageFiles.read(file);
    assertLinear(read.getColorModel().getColorSpace());
    assertThat(read.getRaster().getPixels(0, 0, 20, 10, (int[]) null))
        .containsExactly(image.getRaster().getPixels(0, 0, 20, 10, (int[]) null));
  }

  /** Found by fuzzing: a reader would allocate two bytes for each. */
  @ParameterizedTest
  @CsvSource({"4, 1073741884", "11, 1073741884"})
  void tiffOfManySamplesPerPixel_isRefused(short type, int samples) throws IOException {
    Path file = folder.resolve("image.tif");
    ImageFiles.write(photo(5, 3), file);
    ByteBuffer tiff = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int entry = tiff.getInt(4) + 2;
    while (tiff.getShort(entry) != 277) { // SamplesPerPixel
      entry += 12;
    }
    tiff.putShort(entry + 2, type).putInt(entry + 8, samples);
    Files.write(file, tiff.array());

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("it must have at most 1024 samples per pixel");
  }

  @Test
  void paletteInAnotherColourSpace_isReadAsItsColours() throws IOException {
    Path file = folder.resolve("image.png");
    IndexColorModel palette =
        new IndexColorModel(8, 2, new byte[] {10, 20}, new byte[] {30, 40}, new byte[] {50, 60});
    BufferedImage image = new BufferedImage(20, 10, BufferedImage.TYPE_BYTE_INDEXED, palette);
    image.getRaster().setSample(19, 9, 0, 1);
    ImageFiles.write(image, file);
    byte[] content = Files.readAllBytes(file);
    ImageFiles.write(inLinearRgb(photo(20, 10)), file);
    byte[] other = Files.readAllBytes(file);
    int at = new String(other, ISO_8859_1).indexOf("iCCP") - Integer.BYTES;
    int length = Integer.BYTES * 3 + ByteBuffer.wrap(other).getInt(at);
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(content, 0, PNG_HEADER);
    joined.write(other, at, length);
    joined.write(content, PNG_HEADER, content.length - PNG_HEADER);
    Files.write(file, joined.toByteArray());

    BufferedImage read = ImageFiles.read(file);

    assertLinear(read.getColorModel().getColorSpace());
    assertThat(read.getRaster().getPixel(0, 0, (int[]) null)).containsExactly(10, 30, 50);
    assertThat(read.getRaster().getPixel(19, 9, (int[]) null)).containsExactly(20, 40, 60);
  }

  @Test
  void jpegInAnotherColourSpace_keepsIt() throws IOException {
    Path file = folder.resolve("image.jpg");
    BufferedImage image = inLinearRgb(new BufferedImage(20, 10, BufferedImage.TYPE_3BYTE_BGR));
    image.getRaster().setPixels(0, 0, 20, 10, filled(600, 100));

    ImageFiles.write(image, file);

    BufferedImage read = ImageFiles.read(file);
    assertLinear(read.getColorModel().getColorSpace());
    for (int sample : read.getRaster().getPixels(0, 0, 20, 10, (int[]) null)) {
      assertThat(sample).isBetween(99, 101);
    }
  }

  @Test
  void formatWithoutProfiles_getsSrgb() throws IOException {
    Path file = folder.resolve("image.bmp");
    BufferedImage image = inLinearRgb(new BufferedImage(20, 10, BufferedImage.TYPE_3BYTE_BGR));
    image.getRaster().setPixels(0, 0, 20, 10, filled(600, 55));

    ImageFiles.write(image, file);

    // 55/255 of the light is 128/255 in sRGB.
    assertThat(ImageFiles.read(file).getRGB(3, 3) & 0xff).isBetween(127, 129);
  }

  @Test
  void profileOfManySegments_isPutTogether() throws IOException {
    byte[] large = Arrays.copyOf(linearRgb(), 200_000);
    Path file = folder.resolve("image.jpg");

    write(
        photo(20, 10),
        new FileMetadata(Orientation.NORMAL, 0, 0, Optional.of(new Profile(large)), false, false),
        file);

    assertThat(metadata(file).profile().orElseThrow().bytes()).isEqualTo(large);
  }

  @Test
  void profileOfAnotherKindThanTheColours_isNotWritten() throws IOException {
    Path file = folder.resolve("image.png");
    FileMetadata metadata =
        new FileMetadata(
            Orientation.NORMAL, 0, 0, Optional.of(new Profile(linearRgb())), false, false);

    write(new BufferedImage(20, 10, BufferedImage.TYPE_BYTE_GRAY), metadata, file);

    assertThat(metadata(file).profile()).isEmpty();
  }

  /** Where the first of four pixels goes, and the second, in the image as it is to be looked at. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 1, 0",
    "2, 2, 0, 1, 0",
    "3, 2, 1, 1, 1",
    "4, 0, 1, 1, 1",
    "5, 0, 0, 0, 1",
    "6, 1, 0, 1, 1",
    "7, 1, 2, 1, 1",
    "8, 0, 2, 0, 1"
  })
  void orientation_isWhatExifSays(int tag, int x0, int y0, int x1, int y1) throws IOException {
    BufferedImage stored = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    stored.setRGB(0, 0, 0xff_0000_11);
    stored.setRGB(1, 0, 0xff_0000_22);

    BufferedImage turned = Orientation.of(tag).turn(stored);

    assertThat(turned.getRGB(x0, y0)).isEqualTo(0xff_0000_11);
    assertThat(turned.getRGB(x1, y1)).isEqualTo(0xff_0000_22);
  }

  @ParameterizedTest
  @EnumSource
  void rowsOfTheTurnedImage_areThoseOfTheStoredPixels(Orientation orientation) {
    BufferedImage stored = photo(7, 5);
    BufferedImage turned = orientation.turn(stored);

    for (int top = 0; top < turned.getHeight() - 1; top++) {
      var region = orientation.stored(top, top + 2, 7, 5);
      BufferedImage rows =
          orientation.turn(
              stored.getSubimage(region.x(), region.y(), region.width(), region.height()));

      assertThat(rows.getRGB(0, 0, rows.getWidth(), 2, null, 0, rows.getWidth()))
          .containsExactly(turned.getRGB(0, top, rows.getWidth(), 2, null, 0, rows.getWidth()));
    }
  }

  @Test
  void jpegByACamera_isTurned() throws IOException {
    Path plain = folder.resolve("plain.jpg");
    Path camera = folder.resolve("camera.jpg");
    ImageFiles.write(photo(40, 24), plain);
    byte[] bytes = Files.readAllBytes(plain);
    ByteArrayOutputStream turned = new ByteArrayOutputStream();
    turned.write(bytes, 0, 20); // SOI, JFIF
    byte[] exif = {
      (byte) 0xff,
      (byte) 0xe1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0, //
      'I',
      'I',
      42,
      0,
      8,
      0,
      0,
      0,
      1,
      0,
      0x12,
      1,
      3,
      0,
      1,
      0,
      0,
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0,
      0
    };
    turned.writeBytes(exif);
    turned.write(bytes, 20, bytes.length - 20);
    Files.write(camera, turned.toByteArray());

    BufferedImage read = ImageFiles.read(camera);

    BufferedImage expected = Orientation.CLOCKWISE.turn(ImageFiles.read(plain));
    assertThat(read.getWidth()).isEqualTo(24);
    assertThat(read.getRGB(0, 0, 24, 40, null, 0, 24))
        .containsExactly(expected.getRGB(0, 0, 24, 40, null, 0, 24));
  }

  /** As tools leave it that remove the thumbnail. */
  @Test
  void exif_whoseThumbnailIsGone_isReadAllTheSame() throws IOException {
    Path file = folder.resolve("image.png");
    ImageFiles.write(photo(5, 3), file);
    byte[] png = Files.readAllBytes(file);
    ByteBuffer chunk = ByteBuffer.allocate(12 + 26);
    chunk.putInt(26).put("eXIf".getBytes(US_ASCII));
    chunk.put(new byte[] {'M', 'M', 0, 42}).putInt(8).putShort((short) 1);
    chunk
        .putShort((short) 274)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) 6)
        .putShort((short) 0);
    chunk.putInt(1000); // the directory of the thumbnail
    ByteBuffer all = ByteBuffer.allocate(png.length + chunk.capacity());
    all.put(png, 0, PNG_HEADER).put(chunk.array());
    all.put(png, PNG_HEADER, png.length - PNG_HEADER);
    Files.write(file, all.array());

    assertThat(metadata(file).orientation()).isEqualTo(Orientation.CLOCKWISE);
  }

  @Test
  void turnedImage_hasItsResolutionTurned() {
    FileMetadata stored =
        new FileMetadata(Orientation.CLOCKWISE, 300, 150, noProfile(), false, false);

    assertThat(stored.turned(4, 3))
        .isEqualTo(new FileMetadata(Orientation.NORMAL, 150, 300, noProfile(), false, false));
    assertThat(stored.enlarged(2, 3, 8, 9).dpiX()).isEqualTo(600);
    assertThat(stored.enlarged(2, 3, 8, 9).dpiY()).isEqualTo(450);
  }

  @Test
  void bigTiff_isWrittenBeyondTheLimit() throws IOException {
    Path classic = folder.resolve("classic.tif");
    Path big = folder.resolve("big.tif");
    BufferedImage image = photo(300, 500);
    FileMetadata metadata =
        new FileMetadata(Orientation.NORMAL, 72.5, 144, noProfile(), false, false);
    writeTiff(image, metadata, classic, 1 << 20);
    writeTiff(image, metadata, big, 450_000);

    ByteBuffer start = ByteBuffer.wrap(Files.readAllBytes(big)).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(start.getInt()).isEqualTo(0x002b4949); // "II", 43
    assertThat(start.getInt()).isEqualTo(8);
    int directory = (int) start.getLong();
    assertThat(start.getLong(directory)).isEqualTo(13); // entries
    assertThat(metadata(big).isBigTiff()).isTrue();
    assertThat(metadata(big).dpiX()).isEqualTo(72.5);
    assertThat(metadata(classic).isBigTiff()).isFalse();
    // The pixels lie at the same places, as the reader of the other file confirms.
    assertThat(Arrays.mismatch(Files.readAllBytes(classic), Files.readAllBytes(big)))
        .isLessThan(16);
    assertThat(Arrays.copyOfRange(Files.readAllBytes(big), 16, 450_016))
        .isEqualTo(Arrays.copyOfRange(Files.readAllBytes(classic), 16, 450_016));
    assertThat(ImageFiles.read(classic).getRGB(0, 0, 300, 500, null, 0, 300))
        .containsExactly(image.getRGB(0, 0, 300, 500, null, 0, 300));
  }

  @Test
  void bigTiff_withoutAReader_isRefusedWithTheArtifactToAdd() throws IOException {
    Path big = folder.resolve("big.tif");
    writeTiff(photo(3, 3), FileMetadata.NONE, big, 0);

    assertThatThrownBy(() -> ImageFiles.read(big))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("it is a BigTIFF")
        .hasMessageContaining("com.twelvemonkeys.imageio:imageio-tiff");
  }

  @Test
  void damagedHeaders_areReadAsFarAsTheyGo() throws IOException {
    for (String extension : List.of("png", "jpg", "tif", "bmp")) {
      Path file = folder.resolve("image." + extension);
      write(
          photo(20, 10),
          new FileMetadata(
              Orientation.NORMAL, 300, 150, Optional.of(new Profile(linearRgb())), false, false),
          file);
      byte[] whole = Files.readAllBytes(file);
      Random random = new Random(1);
      for (int i = 0; i < 100; i++) {
        byte[] damaged = whole.clone();
        for (int j = 0; j < 4; j++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        Files.write(file, damaged);
        try {
          metadata(file);
        } catch (IOException e) {
          assertThat(e).isInstanceOf(java.io.EOFException.class);
        }
      }
    }
  }

  private static void writeTiff(
      BufferedImage image, FileMetadata metadata, Path file, long maxClassicBytes)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      TiffWriter writer = new TiffWriter(channel, maxClassicBytes, false);
      writer.write(Picture.of(image, metadata));
      writer.finish();
    }
  }

  private static void write(BufferedImage image, FileMetadata metadata, Path file)
      throws IOException {
    ImageTarget.of(file).write(List.of(Picture.of(image, metadata)).iterator());
  }

  private static FileMetadata metadata(Path file) throws IOException {
    try (ChannelInput in = new ChannelInput(Files.newByteChannel(file))) {
      List<MetadataReader.Page> pages = MetadataReader.read(in);
      return pages.isEmpty() ? FileMetadata.NONE : pages.get(0).metadata();
    }
  }

  private static Optional<Profile> noProfile() {
    return Optional.empty();
  }

  private static byte[] linearRgb() {
    return ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
  }

  private static void assertLinear(ColorSpace space) {
    assertThat(space.toRGB(new float[] {0.2158f, 0.2158f, 0.2158f})[0])
        .isCloseTo(0.5f, within(0.01f));
  }

  private static BufferedImage inLinearRgb(BufferedImage image) {
    ColorModel model =
        new ComponentColorModel(
            new ICC_ColorSpace(ICC_Profile.getInstance(linearRgb())),
            false,
            false,
            ColorModel.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, image.getRaster(), false, null);
  }

  private static int[] filled(int count, int value) {
    int[] values = new int[count];
    Arrays.fill(values, value);
    return values;
  }

  private static BufferedImage photo(int width, int height) {
    Random random = new Random(1);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return image;
  }
}
