// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.Images;
import io.github.sr4j.imaging.Luma;
import io.github.sr4j.imaging.Metrics;
import io.github.sr4j.imaging.Resampling;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageFilesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "png, " + BufferedImage.TYPE_3BYTE_BGR,
    "png, " + BufferedImage.TYPE_INT_RGB,
    "png, " + BufferedImage.TYPE_INT_ARGB,
    "png, " + BufferedImage.TYPE_4BYTE_ABGR,
    "png, " + BufferedImage.TYPE_BYTE_GRAY,
    "png, " + BufferedImage.TYPE_USHORT_GRAY,
    "PNG, " + BufferedImage.TYPE_BYTE_INDEXED,
    "tif, " + BufferedImage.TYPE_3BYTE_BGR,
    "tiff, " + BufferedImage.TYPE_4BYTE_ABGR,
    "tif, " + BufferedImage.TYPE_USHORT_GRAY,
    "bmp, " + BufferedImage.TYPE_3BYTE_BGR,
    "bmp, " + BufferedImage.TYPE_INT_RGB,
    "bmp, " + BufferedImage.TYPE_BYTE_GRAY
  })
  void lossless_isReadAsWritten(String extension, int type) throws IOException {
    BufferedImage image = gradient(type);
    Path file = folder.resolve("image." + extension);

    ImageFiles.write(image, file);

    BufferedImage read = ImageFiles.read(file);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        assertThat(read.getRGB(x, y)).isEqualTo(image.getRGB(x, y));
      }
    }
    assertThat(folder)
        .isDirectoryContaining(p -> p.equals(file))
        .isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void imageWithoutPixels_isRefused() throws IOException {
    byte[] gif = // 5x3 on the screen, but 0x13312 in the descriptor of the frame
        Base64.getDecoder()
            .decode("R0lGODlhBQADAPAAAAAAAIBAICH5BAEAAAAALAAAAAAAAAA0QAgLAAEIHEgQQICBAQEAOw==");
    Path file = Files.write(folder.resolve("empty.gif"), gif);

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith("damaged gif image: it is 0x13312 pixels (width x height)");
  }

  @Test
  void png_keepsSixteenBitsAndAlpha() throws IOException {
    FloatImage colours = Images.noise(3, 21, 13);
    FloatImage alpha = Images.noise(1, 21, 13);
    BufferedImage gray16 = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
    Path file = folder.resolve("image.png");

    ImageFiles.write(AwtImages.toBuffered(colours, alpha, gray16), file);

    BufferedImage read = ImageFiles.read(file);
    assertThat(AwtImages.toFloat(read).samples())
        .containsExactly(colours.samples(), within(0.51f / 65535));
    assertThat(AwtImages.alpha(read).orElseThrow().samples())
        .containsExactly(alpha.samples(), within(0.51f / 65535));
  }

  @Test
  void jpeg_isCloseToWhatWasWritten() throws IOException {
    BufferedImage image = gradient(BufferedImage.TYPE_INT_RGB);

    ImageFiles.write(image, folder.resolve("image.jpg"));

    FloatImage read = AwtImages.toFloat(ImageFiles.read(folder.resolve("image.jpg")));
    assertThat(Metrics.psnr(Luma.of(read), Luma.of(AwtImages.toFloat(image)))).isGreaterThan(38);
  }

  @ParameterizedTest
  @CsvSource({
    "jpg, " + BufferedImage.TYPE_USHORT_GRAY,
    "jpeg, " + BufferedImage.TYPE_BYTE_GRAY,
    "bmp, " + BufferedImage.TYPE_USHORT_GRAY
  })
  void gray_staysGray_inEightBitsWhereTheFormatHasNoMore(String extension, int type)
      throws IOException {
    BufferedImage image = gradient(type);
    Path file = folder.resolve("image." + extension);

    ImageFiles.write(image, file);

    FloatImage read = AwtImages.toFloat(ImageFiles.read(file)); // BMP has gray as a palette
    for (int channel = 0; channel < read.channels(); channel++) {
      assertThat(Metrics.psnr(read.channel(channel), AwtImages.toFloat(image))).isGreaterThan(38);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "bmp"})
  void formatsWithoutAlpha_showTheImageOverWhite(String extension) throws IOException {
    FloatImage blue = FloatImage.wrap(3, 1, 1, new float[] {0, 0, 1});
    FloatImage colours = Resampling.bicubic(blue, 32, 16);
    float[] alpha = new float[512];
    for (int i = 0; i < 512; i++) {
      alpha[i] = i % 32 < 16 ? 0 : 1;
    }
    BufferedImage argb = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    Path file = folder.resolve("image." + extension);

    ImageFiles.write(AwtImages.toBuffered(colours, FloatImage.wrap(1, 16, 32, alpha), argb), file);

    FloatImage read = AwtImages.toFloat(ImageFiles.read(file));
    assertThat(read.sample(0, 2, 8)).isCloseTo(1, within(0.03f));
    assertThat(read.sample(2, 2, 8)).isCloseTo(1, within(0.03f));
    assertThat(read.sample(0, 29, 8)).isCloseTo(0, within(0.03f));
    assertThat(read.sample(2, 29, 8)).isCloseTo(1, within(0.03f));
  }

  @Test
  void read_missingFile_isNamed() {
    Path file = folder.resolve("missing.png");

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(file + ": no such file");
  }

  @Test
  void read_folder_isRefused() {
    assertThatThrownBy(() -> ImageFiles.read(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + ": is a folder, not an image");
  }

  @Test
  void read_emptyFile_isRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.png"));

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(file + ": not an image of a readable format (bmp, gif, jpeg, ")
        .hasMessageEndingWith("the file is empty");
  }

  @Test
  void read_text_isQuoted() throws IOException {
    Path file = Files.writeString(folder.resolve("text.png"), "hello, this is not an image");

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("not an image of a readable format")
        .hasMessageEndingWith("it begins with the text \"hello, this is n\"");
  }

  @Test
  void read_otherBytes_areShown() throws IOException {
    Path file = Files.write(folder.resolve("other.png"), new byte[] {'P', 'Q', 3, 4});

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageEndingWith("it begins with the bytes 50 51 03 04");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "tif"})
  void read_cutOffAnywhere_isRefused(String extension) throws IOException {
    Path file = folder.resolve("image." + extension);
    ImageFiles.write(gradient(BufferedImage.TYPE_3BYTE_BGR), file);
    byte[] whole = Files.readAllBytes(file);
    int step = Math.max(1, whole.length / 150);
    int end = extension.equals("jpg") ? 2 : 0; // bytes that say no more than that it ends

    for (int length = 1; length < whole.length - end; length += step) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ImageFiles.read(file))
          .as("first %s of %s bytes", length, whole.length)
          .isInstanceOf(ImageFormatException.class)
          .hasMessageStartingWith(file.toString());
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - end - 1));
    assertThatThrownBy(() -> ImageFiles.read(file)).isInstanceOf(ImageFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp"})
  void read_cutOffInTheMiddle_saysSo(String extension) throws IOException {
    Path file = folder.resolve("image." + extension);
    ImageIO.write(gradient(BufferedImage.TYPE_3BYTE_BGR), extension, file.toFile());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageStartingWith(
            file + ": damaged " + extension.replace("jpg", "jpeg") + " image: ");
  }

  @Test
  void read_pngWithAWrongByte_isRefused() throws IOException {
    Path file = folder.resolve("image.png");
    ImageFiles.write(gradient(BufferedImage.TYPE_3BYTE_BGR), file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 0x10;
    Files.write(file, bytes);

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(file + ": damaged png image: the checksum of its IDAT chunk is wrong");
  }

  @Test
  void read_jpegWithMissingScanlines_isRefused() throws IOException {
    Path file = folder.resolve("image.jpg");
    ImageFiles.write(gradient(BufferedImage.TYPE_3BYTE_BGR), file);
    byte[] whole = Files.readAllBytes(file);
    byte[] bytes = Arrays.copyOf(whole, whole.length - 50);
    bytes[bytes.length - 2] = (byte) 0xff; // the end of an image that has not ended
    bytes[bytes.length - 1] = (byte) 0xd9;
    Files.write(file, bytes);

    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("premature end of data");
  }

  @Test
  void read_jpegWithBytesAroundIt_isRead() throws IOException {
    Path file = folder.resolve("image.jpg");
    ImageFiles.write(gradient(BufferedImage.TYPE_3BYTE_BGR), file);
    byte[] whole = Files.readAllBytes(file);
    ByteArrayOutputStream padded = new ByteArrayOutputStream();
    padded.write(whole, 0, 20); // SOI and JFIF
    padded.write(new byte[] {(byte) 0xff, (byte) 0xe5, 0, 6, 1, (byte) 0xff, (byte) 0xd9, 2});
    padded.write(whole, 20, whole.length - 20);
    padded.write("appended by a camera".getBytes(UTF_8));
    Files.write(file, padded.toByteArray());

    assertThatCode(() -> ImageFiles.read(file)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "image, has no extension",
    "image.xyz, 'ends in \"xyz\"'",
    "image.gif, 'ends in \"gif\"'",
    "archive.png/image, has no extension"
  })
  void write_unknownExtension_isRefusedWithTheKnownOnes(String name, String found) {
    assertThatThrownBy(
            () -> ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), folder.resolve(name)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            folder.resolve(name)
                + ": the name of an image to write must end in one of"
                + " [bmp, jpeg, jpg, png, tif, tiff], but "
                + found);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void write_missingFolder_isNamed() {
    Path file = folder.resolve("missing").resolve("image.png");

    assertThatThrownBy(() -> ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(file + ": there is no folder " + folder.resolve("missing"));
  }

  @Test
  void write_ontoAFolder_isRefused() throws IOException {
    Path file = Files.createDirectory(folder.resolve("image.png"));

    assertThatThrownBy(() -> ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": is a folder");
  }

  @Test
  void write_unwritableFolder_isRefused() throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    assumeTrue(locked.toFile().setWritable(false), "this file system has no permissions");
    try {
      assumeTrue(!Files.isWritable(locked), "this user may write everywhere");

      assertThatThrownBy(
              () ->
                  ImageFiles.write(
                      gradient(BufferedImage.TYPE_INT_RGB), locked.resolve("image.png")))
          .isInstanceOf(FileSystemException.class)
          .hasMessage(locked.resolve("image.png") + ": cannot be written: permission denied");
    } finally {
      assertThat(locked.toFile().setWritable(true)).isTrue();
    }
  }

  @Test
  void write_failing_leavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("image.jpg"), "old");
    BufferedImage tooWide = new BufferedImage(70_000, 1, BufferedImage.TYPE_3BYTE_BGR);

    assertThatThrownBy(() -> ImageFiles.write(tooWide, file))
        .isInstanceOf(FileSystemException.class)
        .hasMessageStartingWith(file + ": cannot be written: ")
        .hasMessageContaining("65500");

    assertThat(file).hasContent("old");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void write_existingFile_isReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("image.png"), "old");

    ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), file);

    assertThat(ImageFiles.read(file).getWidth()).isEqualTo(40);
  }

  @Test
  void write_intoAnArchive_isReplacedThere() throws IOException {
    URI archive = URI.create("jar:" + folder.resolve("images.zip").toUri());
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      Path file = zip.getPath("/image.png");

      ImageFiles.write(gradient(BufferedImage.TYPE_BYTE_GRAY), file);
      ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), file);

      assertThat(AwtImages.toFloat(ImageFiles.read(file)).channels()).isEqualTo(3);
    }
  }

  @Test
  void write_relativeFileWithoutAFolder_isWritten() throws IOException {
    Path file = Path.of("image-files-test-" + System.nanoTime() + ".png");
    try {
      ImageFiles.write(gradient(BufferedImage.TYPE_INT_RGB), file);

      assertThat(file).isRegularFile();
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static BufferedImage gradient(int type) {
    BufferedImage image = new BufferedImage(40, 30, type);
    boolean gray = type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY;
    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 40; x++) {
        if (gray) {
          int max = type == BufferedImage.TYPE_BYTE_GRAY ? 255 : 65535;
          image.getRaster().setSample(x, y, 0, max * (x + y) / 70);
        } else {
          image.setRGB(
              x, y, ((255 - 4 * y) << 24) | ((x * 6) << 16) | ((y * 8) << 8) | ((x + y) * 3));
        }
      }
    }
    return image;
  }
}
